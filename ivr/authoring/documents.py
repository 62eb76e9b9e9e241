"""Documents: a tree with its rehearsals, or a fragment that trees share, as one thing that an author works on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.rehearsal.case_files import SUFFIX as CASES_SUFFIX
from menus.include import PART_SUFFIX

_PART = PART_SUFFIX.removesuffix(".yaml")
_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,63}}(?:{re.escape(_PART)})?")


@dataclass(frozen=True)
class Document:
    """One document.

    Attributes:
        name: id of the tree, or the name of a fragment such as `common.part`.
        menu: file of the menus.
        cases: file of the rehearsals; empty for a fragment.
    """

    name: str
    menu: str
    cases: str

    @property
    def is_tree(self) -> bool:
        return bool(self.cases)

    @property
    def names(self) -> tuple[str, ...]:
        """Its files."""
        return (self.menu, self.cases) if self.cases else (self.menu,)

    def of(self, files: Mapping[str, str]) -> dict[str, str]:
        """Those of the files that are its own."""
        return {name: files[name] for name in self.names if name in files}


def is_name(name: str) -> bool:
    """Whether a document can be called so."""
    return _NAME.fullmatch(name) is not None


def document(name: str, files: Mapping[str, str]) -> Document:
    """A document by its name, whether or not its files are there.

    Args:
        files: in which its files may end with `.yml`.
    """

    def file(stem: str) -> str:
        return f"{stem}.yml" if f"{stem}.yml" in files else f"{stem}.yaml"

    stem = CASES_SUFFIX.removesuffix(".yaml")
    return Document(name, file(name), "" if name.endswith(_PART) else file(f"{name}{stem}"))


def documents(files: Mapping[str, str]) -> list[Document]:
    """The documents of some files: trees first, then fragments."""
    stems = {name.rpartition(".")[0] for name in files}
    found = [document(stem, files) for stem in sorted(stems) if is_name(stem)]
    return sorted(found, key=lambda one: (not one.is_tree, one.name))
