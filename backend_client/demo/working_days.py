"""Deadlines in working days, Monday to Friday. The demo county has no other holidays."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from backend_client.demo.seed import CHINA

#: When offices close.
CLOSING = time(17)


def working_days_later(moment: datetime, days: int) -> datetime:
    """Return the close of business `days` working days after `moment`, in the county's time."""
    day = moment.astimezone(CHINA).date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return datetime.combine(day, CLOSING, CHINA)
