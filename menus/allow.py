"""Silencing in place: `# ivr: allow CODE 因为…` keeps a warning quiet, with the reason beside it.

The comment stands behind a line or above it. It holds for that line and for everything indented below it, so that above
a node it holds for the node. It is a comment and not a key, because any line of a file can need it, and because
`ivr menus fmt` and every editor keep comments. Only warnings can be allowed: an error keeps menus from being loaded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from menus.problems import Bilingual, Problem
from menus.suggest import one_of

_COMMENT = re.compile(
    r"(?:^|\s)#\s*ivr\s*[:：]\s*allow\b[ \t]*(?P<code>[^\s,，:：]*)[,，:：]?[ \t]*(?P<reason>.*)$", re.IGNORECASE
)
#: More comments than this in one file are not meant.
_MOST = 1000


@dataclass(frozen=True)
class Allowance:
    """One comment that allows something.

    Attributes:
        line: where it stands, from 1.
        column: where it begins, from 1.
        code: the problem that it allows.
        reason: why; empty if none is given.
        first: first line for which it holds.
        last: last line for which it holds.
    """

    line: int
    column: int
    code: str
    reason: str
    first: int
    last: int

    def covers(self, problem: Problem) -> bool:
        return problem.severity == "warning" and problem.code == self.code and self.first <= problem.line <= self.last


@dataclass(frozen=True)
class Allowed:
    """A warning that an author has allowed, and why."""

    problem: Problem
    reason: str


def allowances_in(lines: Sequence[str]) -> list[Allowance]:
    """Return the allowances of a file, a thousand at most."""
    # Most lines have no comment, and a file may have a hundred thousand of them.
    suspects = ((index, line) for index, line in enumerate(lines) if "#" in line and "allow" in line.lower())
    matches = [(index, match) for index, line in suspects if (match := _COMMENT.search(line))]
    if not matches:
        return []
    following, ends = _blocks(lines)
    found = []
    for index, match in islice(matches, _MOST):
        line = lines[index]
        first = index if line[: match.start()].strip() else following[index]
        column = line.index("#", match.start()) + 1
        found.append(
            Allowance(index + 1, column, match["code"], match["reason"].strip(), first + 1, ends.get(first, first) + 1)
        )
    return found


def apply(
    problems: Iterable[Problem],
    lines_of: Mapping[str, Sequence[str]],
    known: Collection[str],
    silencable: Collection[str],
) -> tuple[list[Problem], list[Allowed]]:
    """Return the problems that stay, with those of the allowances themselves, and the warnings that are allowed.

    Args:
        lines_of: the lines of every file by its name.
        known: every code of a warning there is.
        silencable: codes of the checks that ran; an allowance for another one is not called useless.
    """
    allowances = {file: found for file, lines in lines_of.items() if (found := allowances_in(lines))}
    kept: list[Problem] = []
    allowed: list[Allowed] = []
    used: set[tuple[str, int]] = set()
    for problem in problems:
        covering = [allowance for allowance in allowances.get(problem.file, ()) if allowance.covers(problem)]
        used |= {(problem.file, allowance.line) for allowance in covering}
        reason = next((allowance.reason for allowance in covering if allowance.reason), "")
        if reason:
            allowed.append(Allowed(problem, reason))
        else:
            kept.append(problem)
    for file, found in allowances.items():
        for allowance in found:
            told = _complaint(allowance, (file, allowance.line) in used, known, silencable)
            if told:
                code, what, fix = told
                excerpt = lines_of[file][allowance.line - 1]
                kept.append(Problem(file, allowance.line, allowance.column, "warning", code, what, fix, excerpt))
    return kept, allowed


def _complaint(
    allowance: Allowance, used: bool, known: Collection[str], silencable: Collection[str]
) -> tuple[str, Bilingual, Bilingual] | None:
    if allowance.code not in known:
        what = Bilingual(f"没有“{allowance.code}”这个提醒", f"there is no warning {allowance.code!r}")
        return "allow_unknown", what, one_of(allowance.code, sorted(known))
    if not allowance.reason:
        what = Bilingual("没有写为什么可以", "it is not said why this is all right")
        fix = Bilingual(f"写成 # ivr: allow {allowance.code} 因为……", f"write # ivr: allow {allowance.code} because …")
        return "allow_without_reason", what, fix
    if not used and allowance.code in silencable:
        what = Bilingual(f"这里没有 {allowance.code} 要放行", f"there is no {allowance.code} here to allow")
        return "allow_unused", what, Bilingual("删掉这条注释", "remove the comment")
    return None


def _blocks(lines: Sequence[str]) -> tuple[list[int], dict[int, int]]:
    """For each line the next one with content, and for each line with content the last one that is indented deeper."""
    following = [0] * len(lines)
    ends: dict[int, int] = {}
    content = len(lines) - 1
    for index in range(len(lines) - 1, -1, -1):
        following[index] = content
        if _has_content(lines[index]):
            content = index
    open_lines: list[tuple[int, int]] = []
    before = 0
    for index, line in enumerate(lines):
        if not _has_content(line):
            continue
        indentation = len(line) - len(line.lstrip(" "))
        while open_lines and open_lines[-1][0] >= indentation:
            ends[open_lines.pop()[1]] = before
        open_lines.append((indentation, index))
        before = index
    ends.update((index, before) for _, index in open_lines)
    return following, ends


def _has_content(line: str) -> bool:
    stripped = line.lstrip()
    return bool(stripped) and not stripped.startswith("#")
