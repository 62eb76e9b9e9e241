"""Whether somebody is called: every rule by itself, and that no list can make the gateway dial what it must not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ivr.outbound.rules import Outcome, Try, Wanted, decide, is_allowed, is_time, outcome_of_refusal, plain_number
from ivr.outbound.settings import OutboundSettings

TRUNK = "sip:{number}@trunk.example"
SETTINGS = OutboundSettings(enabled=True, uri=TRUNK)
MONDAY = datetime.fromisoformat("2026-11-23T10:00:00+08:00")


def wanted(**more: Any) -> Wanted:
    fields = {"id": "rating-6320100016", "purpose": "rating", "number": "13800138001", "ticket": "6320100016"}
    return Wanted(**{**fields, "text": "修路的事。", **more})


def verdict(
    call: Wanted | None = None,
    *tries: Try,
    at: datetime = MONDAY,
    not_wanted: bool = False,
    in_last_hour: int = 0,
    settings: OutboundSettings = SETTINGS,
) -> str:
    return decide(call or wanted(), at, tries, not_wanted=not_wanted, in_last_hour=in_last_hour, settings=settings)


def ago(hours: float, outcome: Outcome) -> Try:
    return Try(MONDAY - timedelta(hours=hours), outcome)


def test_who_is_on_the_list_is_called_in_the_morning() -> None:
    assert verdict() == "place"


@pytest.mark.parametrize(
    ("moment", "may"),
    [
        ("2026-11-23T08:59:59+08:00", False),
        ("2026-11-23T09:00:00+08:00", True),
        ("2026-11-23T11:29:59+08:00", True),
        ("2026-11-23T11:30:00+08:00", False),
        ("2026-11-23T02:00:00+08:00", False),
        ("2026-11-22T10:00:00+08:00", False),
    ],
    ids=["too early", "from nine", "until half past eleven", "no later", "never at night", "not on Sunday"],
)
def test_quiet_hours(moment: str, may: bool) -> None:
    at = datetime.fromisoformat(moment)
    assert is_time(at, SETTINGS) is may
    assert (verdict(at=at) == "place") is may


def test_weekends_are_for_who_wants_them() -> None:
    sunday = datetime.fromisoformat("2026-11-22T10:00:00+08:00")
    assert is_time(sunday, SETTINGS.model_copy(update={"weekends": True}))


def test_three_tries_and_no_more_whoever_counted_them() -> None:
    assert verdict(None, ago(50, "no_answer"), ago(26, "busy")) == "place"
    assert verdict(None, ago(50, "no_answer"), ago(26, "busy"), ago(3, "no_answer")) == "enough"
    assert verdict(wanted(tries=3)) == "enough", "another gateway tried"
    assert verdict(None, ago(50, ""), ago(26, ""), ago(3, "")) == "enough", "the gateway broke off each time"


def test_nobody_is_called_again_at_once() -> None:
    assert verdict(None, ago(1.9, "no_answer")) == "too_soon"
    assert verdict(None, ago(2, "no_answer")) == "place"
    assert verdict(None, ago(0.1, "failed")) == "too_soon", "nor a trunk that is down asked all the time"


def test_what_the_trunk_could_not_do_is_no_try_of_the_person() -> None:
    assert verdict(None, *(ago(hours, "failed") for hours in (9, 7, 5, 3))) == "place"


@pytest.mark.parametrize("outcome", ["talked", "wrong_number", "refused_further_calls"])
def test_what_is_settled_stays_settled(outcome: Outcome) -> None:
    assert verdict(None, ago(100, outcome), ago(90, "failed")) == "settled"


def test_who_wants_no_calls_gets_none_whatever_the_list_says() -> None:
    assert verdict(not_wanted=True) == "not_wanted"


def test_an_hour_has_only_so_many_calls() -> None:
    assert verdict(in_last_hour=29) == "place"
    assert verdict(in_last_hour=30) == "too_many"


def test_what_there_is_no_menu_for_is_not_called_about() -> None:
    assert verdict(wanted(purpose="advertising")) == "unknown_purpose"
    assert verdict(wanted(is_waiting=False)) == "settled"


@pytest.mark.parametrize(
    "number",
    [
        "008613800138001",
        "+12025550123",
        "0012025550123",
        "16893330",
        "12345",
        "110",
        "",
        "1380013800",
        "138001380011",
        "13800138001@elsewhere.example",
        "13800138001;phone-context=+1",
        "１３８００１３８００１",
        "sip:x",
        "*",
        "1[3-9]?????????",
    ],
)
def test_numbers_that_are_never_called(number: str) -> None:
    assert not is_allowed(number, SETTINGS)
    assert verdict(wanted(number=number)) == "wrong_number"


@given(st.text(max_size=30))
def test_whatever_stands_in_the_list_only_mobiles_are_dialled(written: str) -> None:
    number = plain_number(written)
    if is_allowed(number, SETTINGS):
        assert len(number) == 11 and number[0] == "1" and number[1] in "3456789"
        assert all(character in "0123456789" for character in number)


@pytest.mark.parametrize("pattern", ["*", "00*", "?*@x", "+86*", "0*", "sip:x"])
def test_settings_that_would_open_the_trunk_to_anything_are_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        OutboundSettings(enabled=True, uri=TRUNK, numbers=(pattern,))


@pytest.mark.parametrize(
    "fields",
    [
        {"uri": ""},
        {"uri": "sip:13800138001@trunk.example"},
        {"uri": "sip:{number}"},
        {"uri": "sip:{number}@{number}"},
        {"uri": "sip:a@trunk.example;to={number}"},
        {"hours": "morning"},
    ],
    ids=["no trunk", "a fixed number", "no trunk behind it", "the list chooses the trunk", "elsewhere", "no hours"],
)
def test_settings_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OutboundSettings(**{"enabled": True, "uri": TRUNK, **fields})


@pytest.mark.parametrize(
    ("written", "plain"),
    [("+86 138-0013-8001", "13800138001"), ("008613800138001", "13800138001"), ("0571 123", "0571123")],
)
def test_numbers_are_dialled_as_at_home(written: str, plain: str) -> None:
    assert plain_number(written) == plain


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(486, "busy"), (600, "busy"), (480, "no_answer"), (487, "no_answer"), (603, "no_answer"), (404, "wrong_number")]
    + [(code, "failed") for code in (403, 407, 408 + 92, 503, 302)],
)
def test_what_a_sip_status_says_of_the_person(code: int, outcome: str) -> None:
    assert outcome_of_refusal(code) == outcome
