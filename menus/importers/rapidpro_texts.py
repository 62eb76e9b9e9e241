"""Texts and conditions of RapidPro: its expressions begin with `@`."""

from __future__ import annotations

import re
from collections.abc import Callable

from menus.importers.imported import plain_name, plain_text

#: Says that something was lost: Chinese, English.
Lose = Callable[[str, str], None]

_RESULT = re.compile(r"results\.([A-Za-z0-9_]+)(\.(value|category|category_localized|text))?$")
_PATH = re.compile(r"@([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)")
_COMPARISONS = {
    "has_number_eq": "==",
    "has_number_lt": "<",
    "has_number_lte": "<=",
    "has_number_gt": ">",
    "has_number_gte": ">=",
}
_WORDS = ("has_only_text", "has_only_phrase", "has_phrase", "has_any_word", "has_all_words", "has_category")


def text_of(written: str, lose: Lose) -> str:
    """Return a text with its results as slots; other expressions are left out and told."""
    pieces: list[str] = []
    position = 0
    while position < len(written):
        at = written.find("@", position)
        if at < 0:
            at = len(written)
        pieces.append(plain_text_within(written[position:at]))
        position = at
        if written.startswith("@@", at):
            pieces.append("@")
            position = at + 2
        elif written.startswith("@(", at):
            position = _end_of_parentheses(written, at + 1)
            _left_out(written[at:position], lose)
        elif at < len(written):
            match = _PATH.match(written, at)
            position = match.end() if match else at + 1
            pieces.append(_slot(match[1], lose) if match else "@")
    return " ".join("".join(pieces).split())


def plain_text_within(written: str) -> str:
    """Plain text that keeps the blanks at its ends, which part it from a slot."""
    made = plain_text(written)
    before = " " if written[:1].isspace() and made else ""
    return f"{before}{made}{' ' if written[-1:].isspace() else ''}"


def condition(kind: str, arguments: list[str], variable: str) -> str | None:
    """Return a test of RapidPro as a condition, or None where there is nothing like it."""
    numbers = [argument.strip() for argument in arguments]
    are_numbers = all(re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", number) for number in numbers) and bool(numbers)
    if kind in _COMPARISONS and are_numbers and len(numbers) == 1:
        return f"number({variable}) {_COMPARISONS[kind]} {numbers[0]}"
    if kind == "has_number_between" and are_numbers and len(numbers) == 2:
        return f"number({variable}) >= {numbers[0]} and number({variable}) <= {numbers[1]}"
    if kind == "has_number":
        return f"number({variable}) != none"
    if kind == "has_text":
        return f"not empty({variable})"
    if kind in _WORDS and len(arguments) >= 1 and not any(mark in arguments[0] for mark in "'\\@\n"):
        return f"{variable} == '{plain_text(arguments[0])}'"
    return None


def _slot(path: str, lose: Lose) -> str:
    # A path takes the full stop of its sentence along only where a word follows, so none is lost here.
    match = _RESULT.fullmatch(path)
    if match:
        return f"{{{plain_name(match[1])}}}"
    _left_out(f"@{path}", lose)
    return ""


def _left_out(expression: str, lose: Lose) -> None:
    lose(f"{expression} 没有带过来", f"{expression} was left out")


def _end_of_parentheses(written: str, opening: int) -> int:
    """Behind the parenthesis that closes the one at `opening`; texts in double quotes are skipped."""
    depth, position, quoted = 0, opening, False
    while position < len(written):
        character = written[position]
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "()":
            depth += 1 if character == "(" else -1
            if depth == 0:
                return position + 1
        position += 1
    return position
