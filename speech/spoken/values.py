"""JSON values read as what they mean: numbers, moments, clock times, texts. No language in here.

Every function is total: what it cannot read is None, and the value is then said as text.
"""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

#: Numbers with more digits before the point than this are strings of digits, not quantities.
LONGEST_NUMBER = 24
#: Members of members below this depth are not said.
_DEEPEST = 6
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?|[+-]?\.\d+")
_MINUS_SIGNS = str.maketrans({"−": "-", "–": "-", "—": "-", "﹣": "-", "负": "-"})
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:\s*(?:Z|\+\d{2}:?\d{2}))?", re.IGNORECASE)
#: An offset west of Greenwich looks like the end of a span (8:30-12:00): it is one only behind a date with T.
_WEST = re.compile(r"(?<=\d)(T\d[\d:.,]*)\s*-\d{2}:?\d{2}$", re.ASCII | re.IGNORECASE)
_SPAN = re.compile(r"\d:\d{2}(?::\d{2})?\s*(?:[-~–—]+|至|到)\s*\d{1,2}:\d{2}", re.ASCII)
_BARE_CLOCK = re.compile(r"(\d{2})(\d{2})")
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})(?P<separator>[-/.])(?P<month>\d{1,2})(?:(?P=separator)(?P<day>\d{1,2}))?",
        r"(?P<year>\d{4})年(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})[日号]?)?)?",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?:--)?(?P<month>\d{1,2})[-/](?P<day>\d{1,2})",
        r"(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]?",
        r"(?P<year>(?:19|20)\d{2})",
        r"(?P<month>\d{2})(?P<day>\d{2})",
    )
)
#: A moment as programs write it (ISO 8601, RFC 3339), inside running text.
TIMESTAMP = re.compile(
    r"(?<!\d)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?(?![\d:])", re.ASCII
)
_BETWEEN_DATE_AND_TIME = re.compile(r"(?<=\d)T(?=\d)|(?<=[\d日号])\s+(?=\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Number:
    """A decimal number, exactly as it was given.

    Attributes:
        negative: True below zero; zero is never negative.
        whole: the part before the point, not negative.
        fraction: the digits after the point without trailing zeros; empty for an integer.
    """

    negative: bool
    whole: int
    fraction: str = ""


@dataclass(frozen=True)
class Clock:
    """A time of day. `hour` is 0 to 24; 24 stands only for the end of the day, 24:00."""

    hour: int
    minute: int
    second: int = 0


@dataclass(frozen=True)
class Moment:
    """A date that exists, as exact as it was given: any of year, month and day may be missing, and so may the time."""

    year: int | None
    month: int | None
    day: int | None
    clock: Clock | None = None

    @property
    def weekday(self) -> int | None:
        """Monday is 0, as in `datetime`; None unless the date is complete."""
        if self.year is None or self.month is None or self.day is None:
            return None
        return datetime.date(self.year, self.month, self.day).weekday()


@dataclass(frozen=True)
class Seen:
    """A moment, seen from another one.

    Attributes:
        moment: by the clock of who sees it; without the year where it is the same; without seconds.
        days_ago: by the calendar, not by hours; negative for days to come.
    """

    moment: Moment
    days_ago: int


def as_seen_from(value: Any, now: str) -> Seen | None:
    """A date or a date with time, ISO 8601, as it is seen at the moment `now`; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        then, here = (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (value, now))
    except ValueError:
        return None
    if then.tzinfo is not None and here.tzinfo is not None:
        then = then.astimezone(here.tzinfo)
    year = None if then.year == here.year else then.year
    time_of_day = Clock(then.hour, then.minute) if ":" in value else None
    return Seen(Moment(year, then.month, then.day, time_of_day), (here.date() - then.date()).days)


def as_text(value: Any) -> str:
    """Any JSON value as plain text: None is nothing, collections are their members joined with commas."""
    return _as_text(value, _DEEPEST)


def _as_text(value: Any, depth: int) -> str:
    if value is None or depth == 0:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list, tuple)):
        members = value.values() if isinstance(value, dict) else value
        return "，".join(text for member in members if (text := _as_text(member, depth - 1)))
    if isinstance(value, (bool, float)):
        return json.dumps(value)
    return str(value)


def half_width(value: Any) -> str:
    """The value as text with compatibility characters folded (Unicode NFKC) and no blanks around it."""
    return unicodedata.normalize("NFKC", as_text(value)).strip()


def as_number(value: Any) -> Number | None:
    """A number or its text, thousands separators allowed; None for anything else, also beyond `LONGEST_NUMBER`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float, Decimal)):
        return _number_of_decimal(value)
    if not isinstance(value, str) or len(value) > 4 * LONGEST_NUMBER:
        return None
    text = half_width(value).translate(_MINUS_SIGNS)
    return _number_of_decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None


def _number_of_decimal(value: int | float | Decimal | str) -> Number | None:
    if isinstance(value, int) and value.bit_length() > 4 * LONGEST_NUMBER:
        return None
    try:
        decimal = Decimal(str(value))
    except InvalidOperation:
        return None
    if not decimal.is_finite() or decimal.adjusted() >= LONGEST_NUMBER or decimal.adjusted() < -LONGEST_NUMBER:
        return None
    whole, _, fraction = f"{abs(decimal):f}".partition(".")
    fraction = fraction.rstrip("0")
    return Number(negative=decimal < 0, whole=int(whole), fraction=fraction)


def as_clock(value: Any) -> Clock | None:
    """`HH:MM`, `HH:MM:SS` or `HHMM`; a date before it and a time zone behind it are passed over."""
    if not isinstance(value, str):
        return None
    text = _date_and_time(value)[-1]
    match = _CLOCK.fullmatch(text) or _BARE_CLOCK.fullmatch(text)
    if match is None:
        return None
    return clock(*(int(part or 0) for part in match.groups()))


def clock(hour: int, minute: int, second: int = 0) -> Clock | None:
    """The time of day, or None when there is no such time."""
    in_the_day = hour < 24 and minute < 60 and second < 60
    return Clock(hour, minute, second) if in_the_day or (hour, minute, second) == (24, 0, 0) else None


def as_moment(value: Any) -> Moment | None:
    """An ISO 8601 date with or without time, the usual Chinese ways to write one, and `YYYYMMDD` as typed on keys."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    parts = _date_and_time(value)
    time_of_day = None
    if len(parts) == 2:
        time_of_day = as_clock(parts[1])
        if time_of_day is None:
            return None
    for pattern in _DATES:
        match = pattern.fullmatch(parts[0])
        moment = _moment_of(match.groupdict(), time_of_day) if match else None
        if moment is not None:
            return moment
    return None


def is_span(value: Any) -> bool:
    """Whether two times of day are given, from one to the other."""
    return isinstance(value, str) and as_clock(value) is None and bool(_SPAN.search(half_width(value)))


def _date_and_time(value: Any) -> list[str]:
    """The two parts of a moment, or the one that is given; without an offset west of Greenwich."""
    return _BETWEEN_DATE_AND_TIME.split(_WEST.sub(r"\1", half_width(value)), maxsplit=1)


def _moment_of(found: dict[str, str | None], time_of_day: Clock | None) -> Moment | None:
    year, month, day = (int(text) if (text := found.get(part)) else None for part in ("year", "month", "day"))
    if time_of_day is not None and day is None:
        return None
    try:
        # 2000 is a leap year: the 29th of February exists when no year is given.
        datetime.date(2000 if year is None else year, month or 1, day or 1)
    except ValueError:
        return None
    return Moment(year, month, day, time_of_day)


def as_texts(value: Any) -> list[str]:
    """A list of texts without empty ones; a single value is a list of one."""
    members = value if isinstance(value, (list, tuple)) else [value]
    return [text for text in (as_text(member).strip() for member in members) if text]
