"""Whom the gateway may call, when, and how often."""

from __future__ import annotations

from datetime import datetime

import pytest
from twisted.internet.task import Clock

from ivr.call.directory import Directory, read_span

TARGETS = {"operator": "sip:8001@192.0.2.10", "night": "sip:8002@192.0.2.10"}


def directory(at: str = "12:00", hours: dict[str, str] | None = None, most: int = 100) -> tuple[Directory, Clock]:
    clock = Clock()
    moment = datetime.fromisoformat(f"2026-11-22T{at}:00")
    return Directory(TARGETS, hours or {}, most, lambda: moment, clock.seconds), clock


def test_only_names_lead_anywhere() -> None:
    found, _ = directory()
    assert found.get("operator") == "sip:8001@192.0.2.10"
    assert found.get("+8613800000000") is None and found.get("sip:anybody@192.0.2.1") is None


@pytest.mark.parametrize(
    ("span", "at", "allowed"),
    [
        ("08:30-17:30", "08:29", False),
        ("08:30-17:30", "08:30", True),
        ("08:30-17:30", "17:30", False),
        ("20:00-06:00", "23:59", True),
        ("20:00-06:00", "05:59", True),
        ("20:00-06:00", "12:00", False),
        ("00:00-24:00", "23:59", True),
        ("08:00-24:00", "07:59", False),
    ],
)
def test_hours(span: str, at: str, allowed: bool) -> None:
    found, _ = directory(at, {"operator": span})
    assert (found.get("operator") is not None) is allowed
    assert found.get("night") is not None, "a target without hours may always be called"


@pytest.mark.parametrize("wrong", ["8:30-17:30", "08:30", "24:01-25:00", "08:30-24:30", "morning"])
def test_wrong_hours_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=":"):
        read_span(wrong)


def test_calls_of_an_hour_are_limited_whoever_is_called() -> None:
    found, clock = directory(most=2)
    assert found.get("operator") and found.get("night")
    assert found.get("operator") is None
    found.use(TARGETS, {}, 2)
    assert found.get("operator") is None, "reading the settings again gives nothing away"
    clock.advance(3600)
    assert found.get("operator")
