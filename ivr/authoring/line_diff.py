"""What differs between two texts, line by line, as data for a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

#: Lines that are the same, before and behind those that differ.
_AROUND = 3


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        what: `same`, `gone`, `new`, or `gap` for lines that are left out.
        old, new: its number before and after; None where it is not.
    """

    what: Literal["same", "gone", "new", "gap"]
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True)
class FileDiff:
    """What differs in one file."""

    name: str
    lines: tuple[Line, ...]

    @property
    def added(self) -> int:
        return sum(line.what == "new" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.what == "gone" for line in self.lines)


def file_diffs(before: Mapping[str, str], after: Mapping[str, str]) -> list[FileDiff]:
    """The files that differ. A file that is not there counts as empty."""
    names = sorted({*before, *after})
    changed = [name for name in names if before.get(name, "") != after.get(name, "")]
    return [FileDiff(name, tuple(_lines(before.get(name, ""), after.get(name, "")))) for name in changed]


def _lines(before: str, after: str) -> Iterator[Line]:
    old, new = before.splitlines(), after.splitlines()
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND)
    for number, group in enumerate(groups):
        if number:
            yield Line("gap", None, None, "")
        for what, old_from, old_to, new_from, new_to in group:
            if what == "equal":
                for offset in range(old_to - old_from):
                    yield Line("same", old_from + offset + 1, new_from + offset + 1, old[old_from + offset])
                continue
            for index in range(old_from, old_to):
                yield Line("gone", index + 1, None, old[index])
            for index in range(new_from, new_to):
                yield Line("new", None, index + 1, new[index])
