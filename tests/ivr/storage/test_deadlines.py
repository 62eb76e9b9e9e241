"""Deadlines are working days of China, on the gateway's clock, until offices close."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from ivr.storage.deadlines import deadlines, is_working_day

CHINA = timezone(timedelta(hours=8))


def local(at: datetime) -> datetime:
    return at.astimezone(CHINA)


def left(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(timezone.utc)


@pytest.mark.parametrize(
    ("queue", "about", "at", "contact", "answer"),
    [
        ("appeal", "complaint", "2026-11-23 09:00", "11-24 17:00", "11-30 17:00"),
        ("appeal", "question", "2026-11-23 09:00", "11-24 17:00", "11-26 17:00"),
        ("callback", "", "2026-11-20 16:59", "11-23 17:00", "11-23 17:00"),
        ("appeal", "help", "2026-11-21 23:30", "11-23 17:00", "11-27 17:00"),
        # National Day: offices are closed from the first to the seventh of October, and open on Saturday the tenth.
        ("appeal", "complaint", "2026-09-30 18:00", "10-08 17:00", "10-13 17:00"),
    ],
)
def test_days_are_working_days(queue: str, about: str, at: str, contact: str, answer: str) -> None:
    found = deadlines(queue, about, left(at), local)
    assert found.contact_by is not None
    assert f"{local(found.contact_by):%m-%d %H:%M}" == contact
    assert f"{local(found.answer_by):%m-%d %H:%M}" == answer


def test_nobody_is_called_for_a_review() -> None:
    assert deadlines("review", "bad_rating", left("2026-11-23 09:00"), local).contact_by is None


def test_years_whose_holidays_are_not_told_have_weekends() -> None:
    assert is_working_day(date(2035, 10, 1))
    assert not is_working_day(date(2035, 10, 6))
