"""Dates, times and durations in English: December fifth, twenty twenty-six; eight oh five a.m."""

from __future__ import annotations

from speech.spoken.en import numbers
from speech.spoken.values import Clock, Moment, Number, Seen

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
#: Days by how long ago they are.
_NEAR_DAYS = {2: "the day before yesterday", 1: "yesterday", 0: "today", -1: "tomorrow", -2: "the day after tomorrow"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def date(moment: Moment, weekday: bool = False) -> str:
    """A date as far as it is known, with the time of day if there is one."""
    day = " ".join(
        part
        for part in (
            _MONTHS[moment.month - 1] if moment.month else "",
            numbers.ordinal(moment.day) if moment.day else "",
        )
        if part
    )
    parts = [_WEEKDAYS[moment.weekday]] if weekday and moment.weekday is not None else []
    if day:
        parts.append(day)
    if moment.year is not None:
        parts.append(year(moment.year))
    spoken = ", ".join(parts)
    return f"{spoken}, at {time(moment.clock)}" if moment.clock else spoken


def seen(found: Seen) -> str:
    """A moment as people tell of it: yesterday at three p.m., or on November eighteenth when it is longer ago."""
    day = _NEAR_DAYS.get(found.days_ago)
    if day is None:
        return f"on {date(found.moment)}"
    return f"{day} at {time(found.moment.clock)}" if found.moment.clock else day


def year(value: int) -> str:
    """A year in pairs: twenty twenty-six, nineteen oh five, two thousand and eight."""
    century, rest = divmod(value, 100)
    if value < 1100 or 2000 <= value < 2010 or value > 9999:
        return numbers.cardinal(value)
    if rest == 0:
        return f"{numbers.cardinal(century)} hundred"
    return f"{numbers.cardinal(century)} {'oh ' if rest < 10 else ''}{numbers.cardinal(rest)}"


def time(clock: Clock) -> str:
    """A time of day on a twelve-hour clock; noon and midnight by name."""
    if (clock.minute, clock.second) == (0, 0) and clock.hour % 12 == 0:
        return "noon" if clock.hour == 12 else "midnight"
    spoken = numbers.cardinal((clock.hour - 1) % 12 + 1)
    if clock.minute or clock.second:
        spoken += f" {_two_places(clock.minute)}"
    half = "a.m." if clock.hour < 12 else "p.m."
    seconds = f" and {_amount(clock.second, 'second')}" if clock.second else ""
    return f"{spoken} {half}{seconds}"


def duration(seconds: Number) -> str | None:
    """A length of time: one day, two hours and five minutes; None when it is negative."""
    if seconds.negative:
        return None
    rest, parts = seconds.whole, []
    for size, unit in _UNITS:
        amount, rest = divmod(rest, size)
        if size == 1 and seconds.fraction:
            parts.append(f"{numbers.number(Number(False, amount, seconds.fraction))} seconds")
        elif amount:
            parts.append(_amount(amount, unit))
    if len(parts) > 1:
        return f"{', '.join(parts[:-1])} and {parts[-1]}"
    return parts[0] if parts else "zero seconds"


def _two_places(minute: int) -> str:
    if minute == 0:
        return "o'clock"
    return ("oh " if minute < 10 else "") + numbers.cardinal(minute)


def _amount(amount: int, unit: str) -> str:
    return f"{numbers.cardinal(amount)} {unit}{'' if amount == 1 else 's'}"
