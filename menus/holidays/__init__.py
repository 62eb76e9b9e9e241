"""Public holidays and make-up working days, one file for each country, with the source of each year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import yaml  # type: ignore[import-untyped]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Calendar:
    """The holidays of a country, as far as they have been told.

    Attributes:
        years: those that are known. For any other year nothing is a holiday.
        closed: day to the name of its holiday.
        working: days at the end of a week that are worked.
    """

    years: frozenset[int]
    closed: Mapping[date, str]
    working: frozenset[date]


@lru_cache(maxsize=8)
def calendar(country: str) -> Calendar:
    """Return the calendar of a country, such as `cn`.

    Raises:
        OSError: there is no file for it.
    """
    years = yaml.safe_load((_FOLDER / f"{country}.yaml").read_text("utf-8"))
    closed = {
        day: name
        for year in years.values()
        for name, spans in year["closed"].items()
        for span in spans
        for day in days_of(span)
    }
    working = {date.fromisoformat(day) for year in years.values() for day in year["working"]}
    return Calendar(frozenset(map(int, years)), closed, frozenset(working))


def days_of(span: str) -> Iterator[date]:
    """Yield the days of `2026-10-01` or `2026-10-01..2026-10-07`.

    Raises:
        ValueError: it is neither, or ends before it begins.
    """
    first, dots, last = span.partition("..")
    day, end = date.fromisoformat(first), date.fromisoformat(last if dots else first)
    if not timedelta(0) <= end - day <= timedelta(days=366):
        raise ValueError(f"{span} ends before it begins, or is longer than a year")
    while day <= end:
        yield day
        day += timedelta(days=1)
