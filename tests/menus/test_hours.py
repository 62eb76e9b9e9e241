"""Business hours: the times of an office, the public holidays, and what a caller can be told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from menus.expression import evaluate, parse_expression
from menus.holidays import calendar, days_of
from menus.hours import opening, times_on
from menus.model import Hours
from tests.menus.small import check_text, codes, load_text, small

OFFICE = Hours.model_validate(
    {
        "weekly": {"mon-thu": ["09:00-12:00", "14:00-17:30"], "fri": ["09:00-12:00"]},
        "holidays": "cn",
        "make_up_day": "mon",
        "closed": ["2026-12-30..2026-12-31"],
        "special": {"2026-11-26": ["10:00-11:00"]},
    }
)


def at(moment: str) -> dict[str, object]:
    return opening(OFFICE, f"{moment}:00+08:00")


@pytest.mark.parametrize(
    ("moment", "is_open", "until", "next_at", "in_days"),
    [
        ("2026-11-23T08:59", False, "", "2026-11-23 09:00", 0),
        ("2026-11-23T09:00", True, "12:00", "2026-11-23 14:00", 0),
        ("2026-11-23T12:00", False, "", "2026-11-23 14:00", 0),
        ("2026-11-23T17:29", True, "17:30", "2026-11-24 09:00", 1),
        ("2026-11-23T17:30", False, "", "2026-11-24 09:00", 1),
        ("2026-11-26T10:30", True, "11:00", "2026-11-27 09:00", 1),
        ("2026-11-27T15:00", False, "", "2026-11-30 09:00", 3),
        ("2026-12-29T20:00", False, "", "2027-01-01 09:00", 3),
    ],
)
def test_open_or_not_and_when_next(moment: str, is_open: bool, until: str, next_at: str, in_days: int) -> None:
    state = at(moment)
    assert (state["open"], state["until"], state["next_in_days"]) == (is_open, until, in_days)
    assert f"{state['next_date']} {state['next_time']}" == next_at


def test_a_public_holiday_is_closed_and_has_a_name() -> None:
    state = at("2026-10-01T10:00")
    assert (state["open"], state["holiday"]) == (False, "国庆节")
    assert (state["next_date"], state["next_in_days"]) == ("2026-10-08", 7)


def test_a_make_up_day_is_worked_although_it_is_a_saturday() -> None:
    assert date(2026, 10, 10).weekday() == 5
    assert times_on(OFFICE, date(2026, 10, 10)) == ["09:00-12:00", "14:00-17:30"], "the times of a Monday"


def test_without_holidays_the_week_decides() -> None:
    plain = Hours.model_validate({"weekly": {"mon-sun": ["00:00-24:00"]}})
    assert opening(plain, "2026-10-01T23:59:00+08:00")["open"] is True


def test_hours_that_never_come_have_no_next_opening() -> None:
    state = opening(Hours.model_validate({"weekly": {"mon": []}}), "2026-10-01T10:00:00+08:00")
    assert state["next_date"] == "" and state["next_in_days"] is None


@pytest.mark.parametrize("moment", ["", "gestern", "2026-99-99T00:00"])
def test_what_is_no_moment_counts_as_closed(moment: str) -> None:
    assert opening(OFFICE, moment)["open"] is False


def test_the_calendar_of_2026_is_that_of_the_state_council() -> None:
    """33 days off in seven holidays, and six make-up days, all of them at the end of a week."""
    known = calendar("cn")
    assert 2026 in known.years
    closed = [day for day in known.closed if day.year == 2026]
    working = [day for day in known.working if day.year == 2026]
    assert len(closed) == 33 and len(working) == 6 and all(day.weekday() >= 5 for day in working)
    assert not known.working & known.closed.keys()


@pytest.mark.parametrize("span", ["2026-10-07..2026-10-01", "2026-13-01", "1999-01-01..2026-01-01"])
def test_days_that_are_none(span: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        list(days_of(span))


def test_menus_ask_with_a_function() -> None:
    expression = parse_expression("open(office) and office.holiday == ''")
    assert evaluate(expression, {"office": at("2026-11-23T10:00")}) is True
    assert evaluate(expression, {"office": at("2026-11-23T20:00")}) is False
    assert evaluate(expression, {}) is False


HOURS = """\
hours:
  office:
    weekly: {mon-fri: ["09:00-12:00", "14:00-17:30"]}
    holidays: cn
way_out: person
"""


def test_hours_in_a_tree(tmp_path: Path) -> None:
    text = small(("way_out: person\n", HOURS), ("请问您要办什么事？", '"下班是{office.until:time}。"'))
    assert load_text(tmp_path, text).hours["office"].weekly == {"mon-fri": ["09:00-12:00", "14:00-17:30"]}
    assert codes(check_text(tmp_path, text)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("09:00-12:00", "9:00-12:00"),
        ("09:00-12:00", "12:00-09:00"),
        ("09:00-12:00", "09:00-24:30"),
        ("mon-fri", "montag"),
        ("mon-fri", "fri-mon"),
        ("holidays: cn", 'closed: ["2026-02-30"]'),
        ("holidays: cn", 'special: {"morgen": ["09:00-10:00"]}'),
    ],
)
def test_wrong_hours_are_told_at_their_place(tmp_path: Path, before: str, after: str) -> None:
    checked = check_text(tmp_path, small(("way_out: person\n", HOURS.replace(before, after))))
    assert codes(checked) == ["wrong_value"]
    assert checked.problems[0].line in (8, 9)
