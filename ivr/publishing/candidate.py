"""What must be so before menus are published: they have no errors, all numbers lead to trees, they are rehearsed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.rehearsal.report import rehearse
from menus.checks.surroundings import Surroundings
from menus.loader import check_menus
from menus.model import MenuSet
from menus.problems import Bilingual, Problem, report

#: Where a folder of menus says which revision it was published as, or taken from.
BASE_FILE = ".published"


@dataclass(frozen=True)
class Candidate:
    """Menus that may be published.

    Attributes:
        files: name to text, rehearsals among them.
    """

    menus: MenuSet
    files: Mapping[str, str]

    @property
    def revision(self) -> str:
        return self.menus.revision


class RefusedError(Exception):
    """These menus are not published. The message has every reason, for authors."""


def candidate(folder: Path, roots: Iterable[str], surroundings: Surroundings) -> Candidate:
    """The menus of a folder, if they may be published.

    Args:
        roots: trees that numbers lead to.
        surroundings: the gateway that will run them.

    Raises:
        RefusedError: they may not.
    """
    checked = check_menus(folder, surroundings)
    if checked.menus is None:
        raise RefusedError(report(checked.problems))
    missing = [_no_tree(folder, root) for root in roots if root not in checked.menus.trees]
    if missing:
        raise RefusedError(report(missing))
    done = rehearse(checked.menus, [folder])
    if not done.passed:
        raise RefusedError(report(done.problems))
    if not done.outcomes:
        why = Bilingual(
            "一次排练也没有，不能发布。用 ivr menus try 试打，加 --save 存成排练",
            "there is not one rehearsal, so nothing is published: call the menus with ivr menus try --save",
        )
        raise RefusedError(str(why))
    return Candidate(checked.menus, texts_of(folder))


def texts_of(folder: Path) -> dict[str, str]:
    """The menus of a folder and their rehearsals: name to text."""
    names = (path for path in folder.glob("*.y*ml") if path.suffix in (".yaml", ".yml"))
    return {path.name: path.read_text("utf-8-sig") for path in sorted(names) if not path.name.startswith(".")}


def base_of(folder: Path) -> str | None:
    """The revision that a folder was published as or taken from; None if it does not say."""
    try:
        return (folder / BASE_FILE).read_text("utf-8").strip() or None
    except OSError:
        return None


def remember_base(folder: Path, revision: str) -> bool:
    """Write down which revision a folder is; whether that could be written."""
    if not os.access(folder, os.W_OK):
        return False
    (folder / BASE_FILE).write_text(revision + "\n", "utf-8")
    return True


def write_out(folder: Path, revision: str, files: Mapping[str, str]) -> None:
    """Write the files of a revision into a folder, to work on from there.

    Raises:
        FileExistsError: there are menus in it.
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if texts_of(folder):
        raise FileExistsError(f"{folder} 里已经有菜单 / there are menus in {folder} already")
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    remember_base(folder, revision)


def _no_tree(folder: Path, root: str) -> Problem:
    what = Bilingual(
        f"设置里有号码通到“{root}”，这里没有这棵树", f"a number leads to the tree {root!r}, which is not here"
    )
    return Problem(str(folder), 0, 0, "error", "unknown_tree", what)
