"""Business hours, as an author writes them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from menus.holidays import days_of
from menus.model_common import Model

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])", re.ASCII)


def _is_span(written: str) -> str:
    match = _SPAN.fullmatch(written)
    if not match or not written[:5] < written[6:] <= "24:00":
        raise ValueError("写成 09:00-12:00，先开后关 / write opening and closing time such as 09:00-12:00")
    return written


def _are_weekdays(written: str) -> str:
    if not weekdays_of(written):
        raise ValueError("写成 mon、mon-fri 或 mon,wed / write mon, mon-fri or mon,wed")
    return written


def _are_days(written: str) -> str:
    try:
        list(days_of(written))
    except ValueError as error:
        message = "写成 2026-12-31 或 2026-12-28..2026-12-31 / write a day, or the first and last day with two dots"
        raise ValueError(message) from error
    return written


def weekdays_of(written: str) -> tuple[int, ...]:
    """Return the days that `mon-fri`, `sat` or `mon,wed` name, Monday being 0; empty if it names none."""
    found: list[int] = []
    for part in written.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            return ()
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        if end < start:
            return ()
        found += range(start, end + 1)
    return tuple(found)


#: A time of opening, such as `09:00-12:00`.
Span = Annotated[str, AfterValidator(_is_span)]
Weekdays = Annotated[str, AfterValidator(_are_weekdays)]
#: A day, or the first and the last of several.
Days = Annotated[str, AfterValidator(_are_days)]


class Hours(Model):
    """When somebody is there. In conditions and texts they are a variable of their name; see docs/menus.md."""

    weekly: dict[Weekdays, list[Span]] = Field(
        description='每周哪几天、几点到几点：mon-fri: ["09:00-12:00"] / days of the week: times of opening'
    )
    holidays: Literal["cn"] | None = Field(
        None,
        description="法定节假日不上班，调休上班 / closed on the public holidays of a country",
    )
    make_up_day: Literal["mon", "tue", "wed", "thu", "fri"] = Field(
        "fri", description="调休上班那天按星期几的时间 / the weekday whose times hold on make-up days"
    )
    closed: list[Days] = Field(default_factory=list, description="另外不上班的日子 / other days that are closed")
    special: dict[Days, list[Span]] = Field(
        default_factory=dict, description="时间不一样的日子，先看这里 / days with other times; looked at first"
    )
