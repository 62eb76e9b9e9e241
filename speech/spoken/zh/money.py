"""Sums of money in Mandarin: 十二元五角, 两元, 一万零五百元."""

from __future__ import annotations

from speech.spoken.values import Number
from speech.spoken.zh import numbers


def money(yuan: Number) -> str:
    """Yuan, jiao and fen. Parts of a fen cannot be paid: such a sum is said as a decimal number of yuan."""
    sign = "负" if yuan.negative else ""
    if len(yuan.fraction) > 2:
        return numbers.number(yuan) + "元"
    jiao, fen = (int(digit) for digit in yuan.fraction.ljust(2, "0"))
    spoken = numbers.counted(yuan.whole) + "元" if yuan.whole or not (jiao or fen) else ""
    if jiao:
        spoken += numbers.counted(jiao) + "角"
    if fen:
        spoken += ("零" if spoken and not jiao else "") + numbers.counted(fen) + "分"
    return sign + spoken
