"""Whether somebody is there at a moment, and when they will be: business hours as data that menus can ask and say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from menus.holidays import Calendar, calendar, days_of
from menus.model_hours import WEEKDAYS, Hours, weekdays_of

#: How far it is looked for the next opening; whoever is closed for longer has no next opening.
_DAYS_AHEAD = 60
_NO_HOLIDAYS = Calendar(frozenset(), {}, frozenset())


def opening(hours: Hours, local_time: str) -> dict[str, Any]:
    """Return what a menu can know of business hours at a moment.

    - `open`: whether somebody is there.
    - `until`: when they close today, `HH:MM`; empty if they are closed.
    - `holiday`: name of the public holiday today; empty for none.
    - `next_date`, `next_time`: when they open next, `YYYY-MM-DD` and `HH:MM`; empty if they do not soon.
    - `next_in_days`: 0 if that is later today, 1 for tomorrow; none if they do not soon.

    Args:
        local_time: ISO 8601. What is no moment counts as closed, so that nobody is sent to an empty office.
    """
    try:
        moment = datetime.fromisoformat(local_time)
    except ValueError:
        moment = None
    if moment is None:
        return _state(False, "", "", None, "", 0)
    today, now = moment.date(), f"{moment:%H:%M}"
    holiday = _calendar(hours).closed.get(today, "")
    until = next((span[6:] for span in times_on(hours, today) if span[:5] <= now < span[6:]), "")
    for ahead, day, start in _openings(hours, today):
        if ahead or start > now:
            return _state(bool(until), until, holiday, day, start, ahead)
    return _state(bool(until), until, holiday, None, "", 0)


def times_on(hours: Hours, day: date) -> list[str]:
    """Return the times of opening on a day, in order."""
    for days, spans in hours.special.items():
        if day in _days(days):
            return sorted(spans)
    if any(day in _days(days) for days in hours.closed):
        return []
    holidays = _calendar(hours)
    if day in holidays.closed:
        return []
    weekday = WEEKDAYS.index(hours.make_up_day) if day in holidays.working else day.weekday()
    return sorted(span for days, spans in hours.weekly.items() if weekday in weekdays_of(days) for span in spans)


def _openings(hours: Hours, today: date) -> Iterator[tuple[int, date, str]]:
    for ahead in range(_DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        for span in times_on(hours, day):
            yield ahead, day, span[:5]


def _state(is_open: bool, until: str, holiday: str, day: date | None, time: str, ahead: int) -> dict[str, Any]:
    return {
        "open": is_open,
        "until": until,
        "holiday": holiday,
        "next_date": day.isoformat() if day else "",
        "next_time": time,
        "next_in_days": ahead if day else None,
    }


def _calendar(hours: Hours) -> Calendar:
    return calendar(hours.holidays) if hours.holidays else _NO_HOLIDAYS


@lru_cache(maxsize=512)
def _days(written: str) -> frozenset[date]:
    return frozenset(days_of(written))
