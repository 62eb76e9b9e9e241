"""Dates in Mandarin: 二零二六年十二月五日, years digit by digit."""

from __future__ import annotations

from speech.spoken.values import Moment, Seen
from speech.spoken.zh import numbers, times

#: Days by how long ago they are.
_NEAR_DAYS = {2: "前天", 1: "昨天", 0: "今天", -1: "明天", -2: "后天"}
_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")


def date(moment: Moment, weekday: bool = False) -> str:
    """A date as far as it is known, with the time of day if there is one.

    `weekday` adds 星期六 behind a complete date, as reminders of appointments want it.
    """
    spoken = ""
    if moment.year is not None:
        spoken += year(moment.year)
    if moment.month is not None:
        spoken += numbers.cardinal(moment.month) + "月"
    if moment.day is not None:
        spoken += numbers.cardinal(moment.day) + "日"
    if weekday and moment.weekday is not None:
        spoken += "，" + _WEEKDAYS[moment.weekday] + ("，" if moment.clock else "")
    if moment.clock is not None:
        spoken += times.time(moment.clock)
    return spoken


def seen(found: Seen) -> str:
    """A moment as people tell of it: 昨天下午三点, or 十一月十八号下午三点 when it is longer ago."""
    moment = found.moment
    assert moment.month is not None
    assert moment.day is not None
    day = _NEAR_DAYS.get(found.days_ago) or (
        (year(moment.year) if moment.year is not None else "")
        + f"{numbers.cardinal(moment.month)}月{numbers.cardinal(moment.day)}号"
    )
    return day + (times.told_time(moment.clock) if moment.clock is not None else "")


def year(number: int) -> str:
    """A year, digit by digit and with at least four digits: 二零二六年."""
    return numbers.digit_by_digit(f"{number:04}") + "年"
