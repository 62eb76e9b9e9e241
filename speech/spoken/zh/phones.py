"""Telephone numbers in Mandarin: one is 幺, groups with pauses."""

from __future__ import annotations

import re

from speech.spoken import grouping
from speech.spoken.zh.letters import PAUSE, code_digits

_SEVERAL = re.compile(r"\s*(?:[/、，,;；]|或者?)\s*")


def phone(text: str) -> str | None:
    """One or several telephone numbers: 零八二六，二三四，五六七八; None when it is none."""
    numbers = [grouping.phone_groups(part) for part in _SEVERAL.split(text)]
    spoken = [_one(number) for number in numbers if number is not None]
    return "，或者，".join(spoken) if spoken and len(spoken) == len(numbers) else None


def _one(number: grouping.PhoneNumber) -> str:
    groups = PAUSE.join(map(code_digits, number.groups))
    country = "加" if number.international else ""
    extension = f"{PAUSE}转{code_digits(number.extension)}" if number.extension else ""
    return country + groups + extension
