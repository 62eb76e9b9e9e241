"""Times of day and durations in Mandarin: 上午八点零五分, 下午两点半, 一小时零五秒.

Hours are said on a twelve-hour clock with the part of the day before them, as people make appointments. The hour 2 is
两, the minute 2 is 二; minutes under ten keep their 零.
"""

from __future__ import annotations

from collections.abc import Sequence

from speech.spoken.values import Clock, Number
from speech.spoken.zh import numbers

#: First hour of each part of the day; 24:00 is the end of the evening.
_PARTS_OF_DAY = ((0, "凌晨"), (6, "上午"), (12, "中午"), (13, "下午"), (18, "晚上"))
#: The same as people tell of a day, who get up with the sun.
_TOLD_PARTS_OF_DAY = ((0, "凌晨"), (6, "早上"), (9, "上午"), (12, "中午"), (13, "下午"), (18, "晚上"))
PARTS_OF_DAY = ("凌晨", "清晨", "早晨", "早上", "上午", "中午", "下午", "傍晚", "晚上", "夜里", "夜间", "午夜", "当晚")
_UNITS = ((86_400, "天"), (3_600, "小时"), (60, "分钟"), (1, "秒"))


def time(clock: Clock, with_part_of_day: bool = True, sharp: bool = True) -> str:
    """A time of day.

    `with_part_of_day` False leaves out 上午, for where it has been said; `sharp` False leaves out 整 at the full hour.
    """
    spoken = part_of_day(clock) if with_part_of_day else ""
    spoken += numbers.counted(_hour_on_the_dial(clock.hour)) + "点"
    if clock.minute == 30 and clock.second == 0:
        return spoken + "半"
    if clock.minute == 0 and clock.second == 0:
        return spoken + ("整" if sharp else "")
    spoken += _two_places(clock.minute) + "分"
    return spoken + (_two_places(clock.second) + "秒" if clock.second else "")


def told_time(clock: Clock) -> str:
    """A time of day as people tell of it: 早上七点, 下午三点半."""
    return _part(clock, _TOLD_PARTS_OF_DAY) + time(clock, with_part_of_day=False, sharp=False)


def duration(seconds: Number) -> str | None:
    """A length of time in days, hours, minutes and seconds; None when it is negative."""
    if seconds.negative:
        return None
    rest = seconds.whole
    spoken, gap = "", False
    for size, name in _UNITS:
        amount, rest = divmod(rest, size)
        fraction = seconds.fraction if size == 1 else ""
        if amount or fraction:
            # A unit that is left out between two others is heard as 零: 一小时零五秒.
            spoken += ("零" if spoken and gap else "") + _amount(amount, fraction) + name
        gap = not (amount or fraction)
    return spoken or "零秒"


def _amount(amount: int, fraction: str) -> str:
    return numbers.number(Number(False, amount, fraction)) if fraction else numbers.counted(amount)


def part_of_day(clock: Clock) -> str:
    """凌晨, 上午, 中午, 下午 or 晚上."""
    return _part(clock, _PARTS_OF_DAY)


def _part(clock: Clock, parts: Sequence[tuple[int, str]]) -> str:
    return [name for first_hour, name in parts if clock.hour >= first_hour][-1]


def _hour_on_the_dial(hour: int) -> int:
    """0 for midnight, 12 for noon and for 24:00."""
    return hour if hour <= 12 else hour - 12


def _two_places(value: int) -> str:
    return ("零" if 0 < value < 10 else "") + numbers.cardinal(value)
