"""Calls are placed one after the other, written down before they ring, and reported until the backend knows."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from ivr.outbound.record import Record, Unreported
from ivr.outbound.round import ListError, Rounds
from ivr.outbound.rules import Outcome, Wanted
from ivr.outbound.settings import OutboundSettings

SETTINGS = OutboundSettings(enabled=True, uri="sip:{number}@trunk.example", pause_min=60)
MONDAY = datetime.fromisoformat("2026-11-23T09:00:00+08:00")


def wanted(number: str, purpose: str = "rating") -> Wanted:
    return Wanted(f"{purpose}-{number}", purpose, number, "6320100016", "修路的事。")


ZHANG, WANG = wanted("13800138001", "callback"), wanted("13800138002")


class County:
    """A backend's list, a telephone and a clock in one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "outbound" / "outbound.sqlite"
        self.clock = Clock()
        self.listed: list[Wanted] = [ZHANG, WANG]
        self.outcomes: dict[str, Outcome | Deferred[Outcome]] = {}
        self.called: list[str] = []
        self.told: list[tuple[str, Outcome]] = []
        self.link_is_up = True
        self.begin()

    def begin(self) -> None:
        """A gateway starts."""
        self.record = Record(self.path, lambda number: f"hash of {number[-4:]}")
        self.rounds = Rounds(SETTINGS, self.record, self, self, self.now, self.clock)

    def now(self) -> datetime:
        return MONDAY + timedelta(seconds=self.clock.seconds())

    async def wanted(self) -> Sequence[Wanted]:
        if not self.link_is_up:
            raise ListError("no link")
        return self.listed

    async def report(self, result: Unreported) -> None:
        if not self.link_is_up:
            raise ListError("no link")
        self.told.append((result.wanted, result.outcome))

    def call(self, call: Wanted) -> Deferred[Outcome]:
        assert self.record.tries(call.id)[-1].outcome == "", "it is written down before it rings"
        self.called.append(call.number)
        outcome = self.outcomes.get(call.number, "talked")
        return outcome if isinstance(outcome, Deferred) else succeed(outcome)

    def step(self) -> bool:
        """One step, which must not have to wait."""
        results: list[Any] = []
        Deferred.fromCoroutine(self.rounds.step()).addBoth(results.append)
        (result,) = results
        if not isinstance(result, bool):
            result.raiseException()
        return bool(result)


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)


def test_everybody_on_the_list_is_called_once_and_the_backend_is_told(county: County) -> None:
    assert [county.step(), county.step(), county.step()] == [True, True, False]
    assert county.called == [ZHANG.number, WANG.number]
    assert county.told == [(ZHANG.id, "talked"), (WANG.id, "talked")]


def test_nobody_is_called_before_nine_or_without_a_list(county: County) -> None:
    county.clock.advance(-3600)
    assert not county.step()
    county.clock.advance(3600)
    county.link_is_up = False
    with pytest.raises(ListError):
        county.step()
    assert county.called == []


def test_who_does_not_answer_is_called_again_later_and_not_a_fourth_time(county: County) -> None:
    county.listed = [WANG]
    county.outcomes = {WANG.number: "no_answer"}
    for day in range(6):
        assert county.step() is (day < 3)
        assert not county.step(), "not again at once"
        county.clock.advance(86_400)
        if day == 4:
            break
    assert county.told == [(WANG.id, "no_answer")] * 3


def test_who_wants_no_calls_is_never_called_again_about_anything(county: County) -> None:
    county.outcomes = {WANG.number: "refused_further_calls"}
    county.listed = [WANG, wanted(WANG.number, "callback")]
    assert [county.step(), county.step()] == [True, False]
    county.begin()
    assert not county.step()
    assert county.record.call_again(WANG.number) and not county.record.call_again(WANG.number)
    assert county.step(), "unless they say so"


def test_a_result_is_told_when_the_link_is_back(county: County) -> None:
    ringing: Deferred[Outcome] = Deferred()
    county.outcomes = {ZHANG.number: ringing}
    failed: list[Any] = []
    Deferred.fromCoroutine(county.rounds.step()).addErrback(failed.append)
    county.link_is_up = False
    ringing.callback("busy")
    assert failed and county.told == []
    county.link_is_up = True
    county.begin()
    county.step()
    assert county.told[0] == (ZHANG.id, "busy")
    assert county.called == [ZHANG.number, WANG.number]


def test_a_gateway_that_breaks_off_while_it_rings_does_not_ring_again_at_once(county: County) -> None:
    county.listed = [ZHANG]
    county.outcomes = {ZHANG.number: Deferred()}
    Deferred.fromCoroutine(county.rounds.step())
    county.begin()
    assert not county.step()
    assert county.called == [ZHANG.number] and county.told == []


def test_it_goes_on_by_itself_until_it_is_stopped(county: County) -> None:
    county.link_is_up = False
    over: list[Any] = []
    Deferred.fromCoroutine(county.rounds.run()).addBoth(over.append)
    county.clock.advance(59)
    county.link_is_up = True
    assert county.called == []
    county.clock.advance(1)
    assert county.called == [ZHANG.number, WANG.number]
    county.rounds.stop()
    assert over == [None] and county.clock.getDelayedCalls() == []


def test_the_call_in_progress_is_finished_when_it_is_stopped(county: County) -> None:
    ringing: Deferred[Outcome] = Deferred()
    county.outcomes = {ZHANG.number: ringing}
    over: list[Any] = []
    Deferred.fromCoroutine(county.rounds.run()).addBoth(over.append)
    county.rounds.stop()
    assert over == []
    ringing.callback("talked")
    assert over == [None]
    assert county.told == [(ZHANG.id, "talked")] and county.called == [ZHANG.number]


def test_without_its_record_nobody_is_called(county: County) -> None:
    county.step()
    county.path.write_bytes(b"no database at all, and longer than a header of one" * 50)
    Deferred.fromCoroutine(county.rounds.run())
    assert county.called == [ZHANG.number]
    county.rounds.stop()


def test_the_file_is_its_owners_and_names_nobody(county: County) -> None:
    county.record.call_no_more(ZHANG.number, county.now())
    assert stat.S_IMODE(county.path.stat().st_mode) == 0o600
    assert b"13800138001" not in county.path.read_bytes()
