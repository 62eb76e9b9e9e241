"""What the operators and functions of expressions do with values. Total: none of them ever fails."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

#: Check digits by the weighted sum modulo 11 (ISO 7064 MOD 11-2).
_CHECKS = "10X98765432"


def truth(value: Any) -> bool:
    """Return whether a value counts as true: not none, false, 0, '' or an empty list."""
    return bool(value)


def _as_number(value: Any) -> int | float | None:
    """Keys are collected as text, so `township == 3` must hold for the text '03' too."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and len(value) <= 40:
        digits = value.strip().removeprefix("-").replace(".", "", 1)
        if digits.isascii() and digits.isdecimal():
            return float(value) if "." in value else int(value)
    return None


def _alike(left: Any, right: Any) -> tuple[Any, Any] | None:
    """Return the two as a pair that can be ordered, or None."""
    if isinstance(left, str) and isinstance(right, str):
        return left, right
    numbers = _as_number(left), _as_number(right)
    return None if None in numbers else numbers


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    pair = _alike(left, right)
    return bool(pair[0] == pair[1]) if pair else bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def ordered(left: Any, right: Any) -> bool:
        pair = _alike(left, right)
        return pair is not None and compare(*pair)

    return ordered


def _contains(item: Any, container: Any) -> bool:
    if isinstance(container, str):
        return isinstance(item, str) and item in container
    if isinstance(container, Mapping):
        return isinstance(item, str) and item in container
    return isinstance(container, (list, tuple)) and any(_equal(item, member) for member in container)


def _plus(left: Any, right: Any) -> Any:
    both_text = isinstance(left, str) and isinstance(right, str)
    if both_text and len(left) + len(right) <= 10_000:
        return left + right
    numbers = _as_number(left), _as_number(right)
    if both_text or numbers[0] is None or numbers[1] is None:
        return None
    return numbers[0] + numbers[1]


def _count(value: Any) -> int:
    return len(value) if isinstance(value, (str, list, tuple, Mapping)) else 0


def _as_text(value: Any) -> str | None:
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None


def _starts_with(value: Any, start: Any) -> bool:
    return isinstance(value, str) and isinstance(start, str) and value.startswith(start)


def _open(value: Any) -> bool:
    """Business hours are data with `open` in it (`menus.hours`)."""
    return isinstance(value, Mapping) and value.get("open") is True


def _identity(value: Any) -> bool:
    """Whether a text may be an identity number (GB 11643-1999), whole with its check digit, or its last six."""
    if not isinstance(value, str) or not value.isascii() or not value[:-1].isdecimal() or value[-1] not in _CHECKS:
        return False
    if len(value) == 6:
        return "01" <= value[:2] <= "31"  # the day of birth; the check digit needs the whole number
    weighted = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(value[:17]))
    return len(value) == 18 and value[-1] == _CHECKS[weighted % 11]


def _date(value: Any) -> str | None:
    """The date of a moment: both are ISO 8601, so dates compare as texts."""
    return value[:10] if isinstance(value, str) else None


#: Functions an author may call: name to (implementation, number of arguments).
FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "count": (_count, 1),
    "empty": (lambda value: not truth(value), 1),
    "number": (_as_number, 1),
    "text": (_as_text, 1),
    "starts_with": (_starts_with, 2),
    "date": (_date, 1),
    "open": (_open, 1),
    "identity": (_identity, 1),
}

#: Every operator and function by name.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _contains,
    "not in": lambda item, container: not _contains(item, container),
    "+": lambda *operands: reduce(_plus, operands),
    "not": lambda value: not truth(value),
    "list": lambda *items: list(items),
    **{name: function for name, (function, _) in FUNCTIONS.items()},
}
