"""Codes and telephone numbers in English, in groups with pauses: two zero two six, zero zero zero one."""

from __future__ import annotations

import re

from speech.spoken import grouping
from speech.spoken.en import numbers

_SEVERAL = re.compile(r"\s*(?:[/、，,;；]|\bor\b)\s*")
_MARKS = {"*": "star", "#": "pound"}


def code(text: str) -> str | None:
    """A code in groups; None when it cannot be spelled in English."""
    groups = grouping.code_groups(text)
    if not groups or not text.isascii():
        return None
    if grouping.is_identity_number(text) and groups[-1].endswith("X"):
        groups[-1:] = [groups[-1][:-1], "X"]
    return ", ".join(_run(group) for group in groups)


def phone(text: str) -> str | None:
    """One or several telephone numbers; None when it is none."""
    found = [grouping.phone_groups(part) for part in _SEVERAL.split(text)]
    spoken = [_one_phone(number) for number in found if number is not None]
    return ", or ".join(spoken) if spoken and len(spoken) == len(found) else None


def _one_phone(number: grouping.PhoneNumber) -> str:
    groups = ", ".join(map(numbers.digit_by_digit, number.groups))
    extension = f", extension {numbers.digit_by_digit(number.extension)}" if number.extension else ""
    return ("plus " if number.international else "") + groups + extension


def _run(group: str) -> str:
    return " ".join(
        numbers.digit_by_digit(char) if char.isdigit() else _MARKS.get(char, char) for char in group.upper()
    )
