"""Lists in Mandarin: 第一，身份证；第二，户口簿。"""

from __future__ import annotations

from speech.spoken.zh import numbers

_END_MARKS = "，。；：？！、"


def enumeration(items: list[str]) -> str:
    """Spoken texts, one after the other with their places; a single one stands alone."""
    items = [item.strip(_END_MARKS) for item in items]
    if len(items) <= 1:
        return "".join(items)
    return "；".join(f"{numbers.ordinal(place)}，{item}" for place, item in enumerate(items, start=1)) + "。"
