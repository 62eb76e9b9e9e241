"""Strict readers of spoken Mandarin, written from the grammar of numbers and not from the code under test.

They accept exactly the forms that are right: a 零 too much or too little, 二 for 两 or 一十 at the start is an error.
"""

from __future__ import annotations

import re
from decimal import Decimal

DIGIT = {char: value for value, char in enumerate("零一二三四五六七八九")}
CODE_DIGIT = DIGIT | {"幺": 1}


def cardinal(spoken: str) -> int:
    """The number of a cardinal; ValueError for anything not well formed."""
    if spoken == "零":
        return 0
    value, covered = _group(spoken, leading=True)
    if covered != spoken:
        raise ValueError(f"{spoken!r} is not well formed, {covered!r} would be")
    return value


def _group(spoken: str, leading: bool) -> tuple[int, str]:
    """A number above zero and its one right spelling."""
    for name, unit in (("亿", 10**8), ("万", 10**4)):
        head, mark, tail = spoken.rpartition(name) if name == "亿" else spoken.partition(name)
        if mark:
            high = 2 if head == "两" else _group(head, leading)[0]
            low = _group(tail.lstrip("零"), leading=False)[0] if tail else 0
            if not 0 <= low < unit:
                raise ValueError(spoken)
            return high * unit + low, _spell(high, leading, alone=True) + name + _rest(low, unit)
    value = _section(spoken)
    return value, _spell(value, leading)


def _section(spoken: str) -> int:
    match = re.fullmatch(r"(?:(.)千)?零?(?:(.)百)?零?(?:(.?)十)?零?(.)?", spoken)
    if match is None or not spoken:
        raise ValueError(spoken)
    thousands, hundreds, tens, ones = match.groups()
    value = {"两": 2, None: 0}.get(thousands) if thousands in ("两", None) else DIGIT[thousands]
    total = (value or 0) * 1000
    total += DIGIT[hundreds] * 100 if hundreds else 0
    total += (DIGIT[tens] if tens else 1) * 10 if tens is not None else 0
    return total + (DIGIT[ones] if ones else 0)


def _spell(value: int, leading: bool, alone: bool = False) -> str:
    """The grammar of one number, written out by its decimal places."""
    if alone and value == 2:
        return "两"
    if value >= 10**4:
        unit, name = (10**8, "亿") if value >= 10**8 else (10**4, "万")
        return _spell(value // unit, leading, alone=True) + name + _rest(value % unit, unit)
    places = f"{value:04}"
    spelled = ""
    for digit, unit_name in zip(places, "千百十 ", strict=True):
        if digit == "0":
            spelled += "零"
        else:
            spelled += (
                "两" if (digit, unit_name) == ("2", "千") else "零一二三四五六七八九"[int(digit)]
            ) + unit_name.strip()
    spelled = re.sub("零+", "零", spelled).strip("零")
    return spelled.removeprefix("一") if leading and spelled.startswith("一十") else spelled


def _rest(low: int, unit: int) -> str:
    if low == 0:
        return ""
    return ("零" if low < unit // 10 else "") + _spell(low, leading=False)


def decimal(spoken: str) -> Decimal:
    """A signed decimal number."""
    sign = "-" if spoken.startswith("负") else ""
    whole, _, fraction = spoken.removeprefix("负").partition("点")
    return Decimal(f"{sign}{cardinal(whole)}.{''.join(str(DIGIT[char]) for char in fraction)}")


def code(spoken: str) -> str:
    """The digits of a code, pauses dropped; 一 is not a digit of a code."""
    if "一" in spoken and len(spoken) > 1:
        raise ValueError(spoken)
    return "".join(str(CODE_DIGIT[char]) for char in spoken.replace("，", "").replace("叉", "")) + "X" * spoken.count(
        "叉"
    )


def counted(spoken: str) -> int:
    """A number before what it counts: 两, never 二 alone."""
    if spoken == "二":
        raise ValueError("二 before a measure word")
    return 2 if spoken == "两" else cardinal(spoken)


def year(spoken: str) -> int:
    """A year digit by digit."""
    return int("".join(str(DIGIT[char]) for char in spoken))
