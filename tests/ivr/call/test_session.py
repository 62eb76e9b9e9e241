"""The driver, on a fake line with a clock in the test's hands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from ivr.call.calls import Admission, Calls
from ivr.call.session import Surroundings
from ivr.flow import events
from ivr.flow.commands import COMMANDS
from ivr.flow.engine import Engine
from ivr.flow.state import CallState
from tests.ivr.fakes import (
    FakeBackend,
    FakeHearing,
    FakeJournal,
    FakeLine,
    FakeMemory,
    FakeMessenger,
    FakeOutbox,
    FakeRecordings,
    FakeVoice,
    wav_of,
)
from tests.ivr.flow.caller import menu_set
from tests.ivr.flow.test_nodes import query, transfer
from tests.ivr.flow.test_timing import collect, menu


class Gateway:
    """Everything around one call."""

    def __init__(self, folder: Path, nodes: dict[str, Any], languages: tuple[str, ...] = (), **more: Any) -> None:
        self.clock = Clock()
        self.voice = FakeVoice(folder)
        self.backend = FakeBackend()
        self.journal = FakeJournal()
        self.hearing = FakeHearing(*languages)
        self.outbox = FakeOutbox()
        self.messenger = FakeMessenger()
        self.recordings = FakeRecordings(folder / "recordings")
        self.memory = FakeMemory()
        around = Surroundings(
            voice=self.voice,
            backend=self.backend,
            journal=self.journal,
            clock=self.clock,
            transfer_targets={"operator": "sip:desk@127.0.0.1"},
            mask_number=lambda number: number[:3] + "****",
            seal=lambda text: f"sealed {text[::-1]}",
            hearing=self.hearing,
            recordings=self.recordings,
            outbox=self.outbox,
            messenger=self.messenger,
            memory=self.memory,
        )
        admission = Admission(
            lambda: "c1", lambda: "2026-11-22T10:00:00+08:00", lambda _: {"caller_masked": "139"}, "w1"
        )
        self.calls = Calls({"12345": Engine(menu_set(nodes, **more), "root")}, around, admission)
        self.line = FakeLine()

    def call(self) -> FakeLine:
        self.calls.offered(self.line)
        assert self.line.listener is not None
        self.line.listener.answered()
        return self.line

    def session_state(self) -> CallState:
        """Where the one call stands."""
        (session,) = self.calls._sessions.values()
        return session.state

    def nothing_is_left(self) -> bool:
        return len(self.calls) == 0 and self.clock.getDelayedCalls() == []


def press(line: FakeLine, keys: str) -> None:
    assert line.listener is not None
    for key in keys:
        line.listener.digit(key, "rfc4733")


def test_a_call_from_offer_to_goodbye(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    line = gateway.call()
    assert line.did[0] == "answer"
    press(line, "1")
    line.sound_ends()
    assert line.did[-1] == "hang_up"
    (closed,) = gateway.journal.facts("closed")
    assert (closed["ended_by"], closed["reason"]) == ("menu", "chosen")
    assert gateway.nothing_is_left()


def test_every_command_can_be_carried_out(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    gateway.call()
    (session,) = gateway.calls._sessions.values()
    assert set(session._carry_out) == set(COMMANDS.values())


def test_a_key_cuts_the_prompt_and_the_log_knows_how_far_it_was_heard(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    line = gateway.call()
    gateway.clock.advance(0.4)
    press(line, "1")
    played = gateway.journal.facts("played")[0]
    assert (played["ended"], played["played_ms"], played["total_ms"]) == ("key", 400, 1000)


def test_a_prompt_cut_by_the_end_of_the_call_is_told_apart(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    gateway.call().end("caller", "bye")
    assert gateway.journal.facts("played")[0]["ended"] == "hangup"


def test_records_are_written_before_they_are_acted_upon(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    seen: list[int] = []
    gateway.line.answer = lambda: seen.append(len(gateway.journal.records))  # type: ignore[method-assign]
    gateway.calls.offered(gateway.line)
    names = [record.name for record in gateway.journal.records[: seen[0]]]
    assert "Answer" in names


def test_hang_up_by_the_caller_leaves_nothing_scheduled(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, query())
    line = gateway.call()
    line.end("caller", "bye")
    assert gateway.journal.facts("played") == []
    (closed,) = gateway.journal.facts("closed")
    assert (closed["ended_by"], closed["reason"]) == ("caller", "hangup")
    assert gateway.nothing_is_left()


def test_what_is_sensitive_does_not_reach_the_journal(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, collect(least=4, most=4, sensitive=True))
    press(gateway.call(), "7391")
    written = repr(gateway.journal.records)
    assert "7391" not in written and "'7'" not in written
    assert "13900001234" not in written


def test_the_choice_at_a_sensitive_menu_does_not_reach_the_journal(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("735", sensitive=True))
    press(gateway.call(), "735")
    inputs = [record.data["data"] for record in gateway.journal.records if record.data.get("name") == "input"]
    assert [(data["outcome"], data["input"], data["option"]) for data in inputs] == [("match", "••••", "••••")]


def test_keys_typed_ahead_of_a_sensitive_node_do_not_reach_the_journal(tmp_path: Path) -> None:
    nodes = menu("1", interruptible=False)
    nodes["end_0"] = collect(least=4, most=4, sensitive=True)["ask"] | {"next": "person"}
    gateway = Gateway(tmp_path, nodes)
    line = gateway.call()
    press(line, "17391")
    line.sound_ends()
    digits = [record.data["digit"] for record in gateway.journal.records if record.name == "DigitPressed"]
    assert digits == ["•"] * 5
    assert "7391" not in repr(gateway.journal.records)


def test_the_callers_number_does_not_reach_the_journal_by_what_is_said_or_asked(tmp_path: Path) -> None:
    nodes = query(arguments={"phone": "mine", "all": "call"}, text={"zh": "您的号码是{call.caller:phone}。"})
    nodes["begin"] = {"kind": "set", "values": {"mine": "call.caller"}, "next": "ask"}
    gateway = Gateway(tmp_path, nodes)
    gateway.call()
    assert gateway.backend.asked[0][1]["phone"] == "13900001234"
    assert "13900001234" not in repr(gateway.journal.records)


def test_a_backend_that_never_answers_is_given_up_after_its_budget(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, query(budget="3s"))
    line = gateway.call()
    gateway.clock.pump([0.5] * 7)
    line.sound_ends()
    assert gateway.journal.facts("backend")[0]["status"] == "timeout"


def test_an_error_of_ours_in_the_backend_client_is_a_sentence_for_the_caller(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = Gateway(tmp_path, query())
    gateway.call()
    gateway.backend.answer.errback(ZeroDivisionError("ours"))
    assert gateway.journal.facts("backend")[0]["status"] == "internal"
    assert "ZeroDivisionError" in caplog.text
    assert gateway.line.did[-1][0] == "play"


def test_transfer_goes_only_to_targets_of_the_settings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    nodes = transfer()
    nodes["begin"]["target"] = "elsewhere"
    gateway = Gateway(tmp_path, nodes)
    gateway.call().sound_ends()
    assert gateway.journal.facts("transfer")[0]["outcome"] == "failed"
    assert not [did for did in gateway.line.did if did[0] == "transfer"]


def test_transfer_that_is_answered_and_ends(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, transfer())
    line = gateway.call()
    line.sound_ends()
    assert line.did[-1] == ("transfer", "sip:desk@127.0.0.1", 30_000)
    assert line.transfer_ended is not None
    gateway.clock.advance(12)
    line.transfer_ended("ended")
    (fact,) = gateway.journal.facts("transfer")
    assert (fact["outcome"], fact["ms"]) == ("ended", 12_000)


def test_clauses_that_are_ready_play_together_and_late_ones_get_a_filler(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    first, second = Deferred(), Deferred()  # type: ignore[var-annotated]
    gateway.voice.late = [first, second]
    line = gateway.call()
    assert line.did == ["answer"], "nothing to play yet"
    gateway.voice.late = []
    gateway.clock.advance(1.6)
    assert line.did[-1][0] == "play", "the filler"
    first.callback(wav_of(tmp_path, "first"))
    line.sound_ends()
    assert line.did[-1] == ("play", ["first"])
    second.callback(wav_of(tmp_path, "second"))
    line.sound_ends()
    assert line.did[-1] == ("play", ["second"])
    line.sound_ends()
    played = gateway.journal.facts("played")[0]
    assert (played["ended"], played["first_audio_ms"], played["late_clauses"]) == ("finished", 1600, 1)


def test_a_clause_is_dropped_by_a_caller_who_does_not_wait_for_it(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    dropped: list[str] = []
    gateway.voice.late = [Deferred(lambda _: dropped.append("first")), Deferred(lambda _: dropped.append("second"))]
    line = gateway.call()
    gateway.voice.late[0].callback(wav_of(tmp_path, "first"))
    assert not dropped
    line.end("caller", "bye")
    assert dropped == ["second"]


def test_a_prompt_that_stays_away_is_filled_again_and_again(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    gateway.voice.late = [Deferred()]
    line = gateway.call()
    gateway.voice.late = []
    for seconds in (1.6, 5.1, 5.1):
        heard = len(line.did)
        gateway.clock.advance(seconds)
        assert len(line.did) == heard + 1, "the filler"
        line.sound_ends()


def test_what_follows_is_prepared_while_a_prompt_plays(tmp_path: Path) -> None:
    nodes = {
        "first": {"kind": "say", "text": {"zh": "第一句。"}, "next": "second"},
        "second": {"kind": "say", "text": {"zh": "第二句。"}, "next": "person"},
    }
    gateway = Gateway(tmp_path, nodes)
    line = gateway.call()
    assert gateway.voice.asked[:3] == ["第一句。", "第二句。", "给您转人工。"]
    assert [did for did in line.did if did[0] == "play"] == [line.did[-1]], "nothing else is played"
    assert [fact["tree"] for fact in _notes(gateway, "step_entered")] == ["root"], "nothing else has happened"


def _notes(gateway: Gateway, name: str) -> list[dict[str, Any]]:
    data = [record.data for record in gateway.journal.records if record.name == "Note"]
    return [note["data"] for note in data if note["name"] == name]


def test_no_call_is_begun_that_cannot_be_written_down(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    gateway.journal.healthy = False
    gateway.calls.offered(gateway.line)
    assert gateway.line.did == [("reject", 503)]


def test_unknown_number(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    gateway.calls.offered(line := FakeLine(dialled="999"))
    assert line.did == [("reject", 404)]


def test_calls_keep_the_engine_with_which_they_began(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    line = gateway.call()
    gateway.calls.use({"12345": Engine(menu_set(menu("2")), "root")})
    press(line, "1")
    assert gateway.journal.facts("played")[-1]["ended"] == "key"
    assert line.did[-1][0] == "play"


def test_a_voice_that_fails_leaves_no_caller_in_silence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gateway = Gateway(tmp_path, menu("1", "2"))
    line = gateway.call()

    def full(*_: object) -> list[Any]:
        raise OSError("no space left on device")

    gateway.voice.clips = full  # type: ignore[method-assign]
    press(line, "9")
    assert "could not be said" in caplog.text
    press(line, "1")
    assert line.did[-1] == "hang_up", "the goodbye is missed, not the end"
    assert gateway.nothing_is_left()


def test_what_is_said_at_a_sensitive_node_does_not_reach_the_journal(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1", sensitive=True))
    gateway.call()
    (session,) = gateway.calls._sessions.values()
    candidates = (events.Candidate("1", "低保"),)
    before = len(gateway.journal.records)
    session.handle(events.Heard(99, "accept", "申请低保", candidates, ("510100",)))
    session.handle(events.HeardNothing(99, text="申请低保"))
    written = repr(gateway.journal.records[before:])
    assert "低保" not in written and "510100" not in written
