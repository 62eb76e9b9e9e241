"""Until when a person must have done something, in working days: public holidays and make-up days counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from menus.holidays import calendar

#: When offices close: the end of the last day.
CLOSING = time(17)
#: Working days until somebody has spoken with the caller.
CONTACT_DAYS: Mapping[str, int] = {"appeal": 1, "callback": 1}
#: Working days until it is answered; questions are quicker.
ANSWER_DAYS: Mapping[str, int] = {"appeal": 5, "callback": 1, "review": 5}
QUESTION_DAYS = 3


@dataclass(frozen=True)
class Deadlines:
    """Both ends of an item.

    Attributes:
        contact_by: None where nobody has to be called.
    """

    contact_by: datetime | None
    answer_by: datetime


def deadlines(queue: str, about: str, left_at: datetime, local: Callable[[datetime], datetime]) -> Deadlines:
    """The deadlines of something that was left at a moment.

    Args:
        queue: `appeal`, `callback` or `review`.
        about: what it is about; of an appeal its kind, such as `question`.
        local: the wall clock of the gateway at a moment.
    """
    began = local(left_at)
    days = QUESTION_DAYS if queue == "appeal" and about == "question" else ANSWER_DAYS[queue]
    contact_days = CONTACT_DAYS.get(queue)
    contact_by = None if contact_days is None else _closing_after(began, contact_days, local)
    return Deadlines(contact_by, _closing_after(began, days, local))


def is_working_day(day: date) -> bool:
    """Whether offices in China are open, as far as the holidays of its year are known."""
    holidays = calendar("cn")
    if day in holidays.closed:
        return False
    return day.weekday() < 5 or day in holidays.working


def _closing_after(began: datetime, days: int, local: Callable[[datetime], datetime]) -> datetime:
    """Close of business so many working days after the day of a moment."""
    day = began.date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    # Through the wall clock, because the offset of that day may be another.
    naive = datetime.combine(day, CLOSING)
    return local(naive.replace(tzinfo=began.tzinfo)).replace(hour=CLOSING.hour, minute=CLOSING.minute)
