"""Masks: what may be shown of a number to somebody who need not know it."""

from __future__ import annotations

import re

_MOBILE = re.compile(r"^1[3-9]\d{9}$")


def mask_number(number: str) -> str:
    """Hide the middle of a telephone number: `13912345678` becomes `139****5678`.

    Short numbers show less, fewer than four characters nothing. The length stays.
    """
    length = len(number)
    if length >= 11:
        head, tail = (6 if number.startswith("+86") and length >= 13 else 3), 4
    elif length >= 7:
        head, tail = 2, 2
    elif length >= 4:
        head, tail = 1, 1
    else:
        head, tail = 0, 0
    return number[:head] + "*" * (length - head - tail) + number[length - tail :]


def mask_identity(card: str) -> str:
    """Hide an identity card number (GB 11643, 18 characters, or 15 of old): the province and the last four stay.

    What is left names neither the county nor the day of birth. Anything shorter than 15 is hidden altogether.
    """
    if len(card) < 15:
        return "*" * len(card)
    return card[:3] + "*" * (len(card) - 7) + card[-4:]


def plain_number(number: str) -> str:
    """One spelling for one telephone: no separators, no +86 or 0086, no 0 before a mobile number.

    `+86 139-1234-5678`, `013912345678` and `13912345678` are the same caller. A landline of another trunk keeps or
    gets the 0 of its area code; other countries are written with 00.
    """
    digits = re.sub(r"[\s().-]", "", number)
    digits = re.sub(r"^\+", "00", digits)
    if digits.startswith("0086"):
        national = digits[4:]
        return national if _MOBILE.match(national) or national.startswith("0") else f"0{national}"
    if digits.startswith("0") and _MOBILE.match(digits[1:]):
        return digits[1:]
    return digits
