"""Reading the data of a journal line: what has not the expected type counts as absent, and what comes out fits every
database.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Data = Mapping[str, Any]

#: Characters kept of names and numbers, and of what was said.
SHORT, LONG = 200, 4000

#: The way of an input that was spoken, and of a prompt that speech has cut.
SPEECH = "speech"

_MOST_INTEGER = 2**31 - 1


def text(data: Data, name: str, most: int = SHORT) -> str:
    """The field as text, empty if it is absent."""
    return clean(data.get(name), most)


def clean(value: object, most: int) -> str:
    """Text without NUL and lone surrogates, which PostgreSQL and SQLite refuse, and not longer than `most`."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    if isinstance(value, int) and abs(value) >= 10**18:
        return ""
    return str(value)[:most].replace("\x00", "").encode("utf-8", errors="replace").decode("utf-8")


def whole(data: Data, name: str) -> int | None:
    """The field as a whole number from 0 to 2**31 - 1, rounded."""
    value = number(data, name)
    return None if value is None or not 0 <= value <= _MOST_INTEGER else round(value)


def number(data: Data, name: str) -> float | None:
    """The field as a finite number."""
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, int):
        return float(value) if abs(value) <= _MOST_INTEGER else None
    return value if math.isfinite(value) else None


def capped(value: int) -> int:
    """A sum that still fits its column."""
    return min(value, _MOST_INTEGER)
