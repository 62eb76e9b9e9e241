"""What is wrong with a menu, in the words of the people who write menus: Chinese first, English beside it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning"]
_SEVERITY_WORDS: dict[Severity, str] = {"error": "错误 error", "warning": "提醒 warning"}
_LONGEST_EXCERPT = 160


class Bilingual(NamedTuple):
    """One sentence in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return " / ".join(part for part in dict.fromkeys(self) if part)

    def and_then(self, other: Bilingual | None) -> Bilingual:
        """Return this sentence followed by another one."""
        if other is None:
            return self
        return Bilingual("；".join(filter(None, (self.zh, other.zh))), "; ".join(filter(None, (self.en, other.en))))


NOTHING = Bilingual("", "")


class AuthorError(ValueError):
    """A text that an author wrote is not in its small language.

    Attributes:
        what: what is wrong.
        fix: what would be right.
        offset: index of the first wrong character in the text.
    """

    def __init__(self, what: Bilingual, fix: Bilingual, offset: int) -> None:
        super().__init__(f"{what}。{fix}" if fix != NOTHING else str(what))
        self.what = what
        self.fix = fix
        self.offset = offset


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes:
        file: path as it was given.
        line: from 1; 0 where the file as a whole is meant.
        column: from 1, in characters; 0 where the line as a whole is meant.
        severity: an `error` keeps the menus from being loaded, a `warning` does not.
        code: short name of the kind of problem; docs/menus.md lists them.
        what: what is wrong.
        fix: what would be right.
        excerpt: the line as it stands in the file, empty where there is none.
    """

    file: str
    line: int
    column: int
    severity: Severity
    code: str
    what: Bilingual
    fix: Bilingual = NOTHING
    excerpt: str = ""

    @property
    def text(self) -> str:
        """The problem as compilers print theirs: place, what is wrong, the line with a caret, what would be right."""
        place = ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])
        lines = [f"{place}: {_SEVERITY_WORDS[self.severity]} [{self.code}] {_printable(str(self.what))}"]
        if self.line and self.excerpt:
            lines += self._excerpt()
        if self.fix != NOTHING:
            lines.append(f"  改法 fix: {_printable(str(self.fix))}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The problem as JSON data."""
        fields = asdict(self)
        return {**fields, "what": self.what._asdict(), "fix": self.fix._asdict()}

    def _excerpt(self) -> list[str]:
        number = str(self.line)
        shown = f"  {number} | {_printable(self.excerpt[:_LONGEST_EXCERPT])}"
        if not 0 < self.column <= _LONGEST_EXCERPT:
            return [shown]
        before = sum(_columns(character) for character in self.excerpt[: self.column - 1])
        return [shown, f"  {' ' * len(number)} | {' ' * before}^"]


class MenuProblems(Exception):  # noqa: N818 - it is a list of problems, warnings among them
    """Menus that cannot be loaded. `str()` is the whole report.

    Attributes:
        problems: every error and warning that was found, by file and line.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(report(problems))
        self.problems = list(problems)


def report(problems: Sequence[Problem]) -> str:
    """Return problems as text for a terminal, with a count at the end."""
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    count = f"{errors} 个错误，{warnings} 个提醒 / {errors} errors, {warnings} warnings"
    return "\n\n".join([*(problem.text for problem in problems), count])


def _printable(text: str) -> str:
    """Show what a terminal would hide or act upon, such as direction marks and control characters."""
    return "".join(
        " " if character == "\t" else character if _is_visible(character) else f"<U+{ord(character):04X}>"
        for character in text
    )


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _columns(character: str) -> int:
    """Width in a terminal, of the character as `_printable` shows it."""
    if character == "\t" or _is_visible(character):
        return 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return len(_printable(character))
