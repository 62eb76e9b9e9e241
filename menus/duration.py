"""Durations as authors write them: `8s`, `1.5s`, `500ms`, `2min`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

#: What a duration looks like, for editors.
DURATION_PATTERN = r"^\s*\d+(\.\d+)?\s*(ms|s|min)\s*$"

_FORM = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|min)\s*$")
_MILLISECONDS = {"ms": 1, "s": 1000, "min": 60_000}


def parse_duration(written: Any) -> int:
    """Return a duration in whole milliseconds.

    Raises:
        ValueError: when there is no unit, or it is not one of ms, s, min. A bare number is refused: it cannot be
            known whether seconds or milliseconds were meant. Whole numbers pass only as already parsed values.
    """
    if isinstance(written, str):
        match = _FORM.match(written)
        if match:
            return int(Decimal(match[1]) * _MILLISECONDS[match[2]])
    if isinstance(written, int) and not isinstance(written, bool) and written >= 100:
        return written
    raise ValueError("写成 8s、1.5s、500ms 或 2min / write a duration such as 8s, 1.5s, 500ms or 2min")


def written_duration(milliseconds: int) -> str:
    """Return a duration as an author would write it."""
    for unit in ("min", "s"):
        length = Decimal(milliseconds) / _MILLISECONDS[unit]
        if length >= 1 and (unit == "s" or length == int(length)):
            return f"{length.normalize():f}{unit}"
    return f"{milliseconds}ms"
