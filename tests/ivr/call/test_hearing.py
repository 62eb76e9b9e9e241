"""Speech in a call: the driver with a fake line and a fake ear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from twisted.internet.defer import succeed

from ivr.call.line_judge import level_db, power
from ivr.call.ports import Clip, LineQuality
from ivr.flow.events import Candidate, Heard
from tests.ivr.call.test_session import Gateway, press
from tests.ivr.fakes import FakeEar, FakeLine, wav_of
from tests.ivr.flow.test_speech import menu

LOUD = (np.array([6000, 0] * 320, np.int16)).tobytes()


class Spoken(Gateway):
    """A call in which the caller may speak."""

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder, menu(), ("zh",), **more)
        self.folder = folder

    @property
    def ear(self) -> FakeEar:
        return self.hearing.one

    def inputs(self) -> list[dict[str, Any]]:
        notes = [record.data for record in self.journal.records if record.name == "Note"]
        return [note["data"] for note in notes if note["name"] == "input"]

    def plays(self) -> list[list[str]]:
        return [did[1] for did in self.line.did if did[0] == "play"]


class TwoClauses(Spoken):
    """Every prompt has two clauses, of one and of two seconds."""

    def call(self) -> FakeLine:
        self.voice.clips = self._two  # type: ignore[method-assign]
        return super().call()

    def _two(self, *_: object) -> list[Clip]:
        files = [wav_of(self.folder, "first", 1000), wav_of(self.folder, "second", 2000)]
        return [Clip(succeed(file), file.stem) for file in files]


def test_an_option_is_said_and_chosen(tmp_path: Path) -> None:
    gateway = Spoken(tmp_path)
    line = gateway.call()
    line.sound(LOUD)
    assert gateway.ear.did == [("listen", "options"), ("sound", len(LOUD))]
    gateway.clock.advance(0.4)
    gateway.ear.hears_speech()
    assert line.did[-1] == "stop_playing"
    gateway.clock.advance(0.5)
    gateway.ear.understands("1", text="查进度", decision_ms=180)
    assert [(data["outcome"], data["key_source"], data["input"]) for data in gateway.inputs()] == [
        ("match", "speech", "查进度")
    ]
    played = gateway.journal.facts("played")[0]
    assert (played["ended"], played["played_ms"]) == ("speech", 400)
    assert gateway.journal.facts("played")[1:] == [], "the answer is being said"


def test_an_interrupted_prompt_goes_on_at_the_beginning_of_its_clause(tmp_path: Path) -> None:
    gateway = TwoClauses(tmp_path)
    line = gateway.call()
    gateway.clock.advance(1.7)
    gateway.ear.hears_speech()
    gateway.clock.advance(1.0)
    gateway.ear.understands_nothing("noise")
    assert gateway.plays() == [["first", "second"], ["second"]]
    gateway.clock.advance(2.0)
    line.sound_ends()
    played = gateway.journal.facts("played")[0]
    assert (played["ended"], played["played_ms"], played["total_ms"]) == ("finished", 3000, 3000)


def test_a_prompt_interrupted_in_its_first_clause_begins_again(tmp_path: Path) -> None:
    gateway = TwoClauses(tmp_path)
    gateway.call()
    gateway.clock.advance(0.9)
    gateway.ear.hears_speech()
    gateway.ear.understands_nothing("filler")
    assert gateway.plays() == [["first", "second"], ["first", "second"]]


def test_a_key_beats_speech_and_nobody_listens_any_more(tmp_path: Path) -> None:
    gateway = Spoken(tmp_path)
    line = gateway.call()
    ear = gateway.ear
    ear.hears_speech()
    listener = ear.listener
    press(line, "2")
    assert ear.did[1:3] == ["stop", ("listen", "options")], "the answer listens for what may be said everywhere"
    assert line.taps[0].stopped
    assert listener is not None
    listener.heard(Heard(1, "accept", candidates=(Candidate("1"),)))
    assert [data["key_source"] for data in gateway.inputs()] == ["rfc4733"]
    assert gateway.journal.facts("played")[0]["ended"] == "key"


def test_the_call_takes_no_sound_while_nobody_listens(tmp_path: Path) -> None:
    gateway = Spoken(tmp_path)
    line = gateway.call()
    gateway.ear.understands("1")
    open_taps = [tap for tap in line.taps if not tap.stopped]
    assert len(open_taps) == 1, "that of the answer"
    line.end("caller", "bye")
    assert [tap for tap in line.taps if not tap.stopped] == []
    assert gateway.ear.did[-1] == "close"
    assert gateway.nothing_is_left()


def test_a_worker_that_fails_is_a_fact_and_the_caller_goes_on_with_keys(tmp_path: Path) -> None:
    gateway = Spoken(tmp_path)
    line = gateway.call()
    gateway.ear.hears_speech()
    gateway.ear.fails("slow")
    (fact,) = gateway.journal.facts("hearing")
    assert (fact["failed"], fact["step"]) == ("slow", 1)
    assert any(text.startswith("对不起，现在听不清您说话") for text in gateway.voice.asked)
    assert line.taps[0].stopped
    press(line, "1")
    assert [data["outcome"] for data in gateway.inputs()] == ["match"]


def test_without_hearing_a_call_goes_by_keys(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu())
    line = gateway.call()
    assert line.taps == []
    assert gateway.hearing.one.did == []


def test_a_bad_line_is_told_from_a_caller_who_says_something_else(tmp_path: Path) -> None:
    gateway = Spoken(tmp_path)
    line = gateway.call()
    for lost in (10, 10):
        line.measured = LineQuality("PCMA", line.measured.received + 400, line.measured.lost + lost)
        line.sound(LOUD)
        gateway.ear.hears_speech()
        gateway.ear.understands_nothing()
    assert gateway.journal.facts("bad_line") == [], "loss of 2 % is none"


def test_a_bad_line_is_written_down_and_nobody_listens_any_more(tmp_path: Path) -> None:
    gateway = Spoken(tmp_path)
    line = gateway.call()
    line.sound_ends()
    for _ in range(2):
        line.measured = LineQuality("PCMA", line.measured.received + 400, line.measured.lost + 60)
        line.sound(LOUD)
        gateway.ear.hears_speech()
        gateway.ear.understands_nothing()
        line.sound_ends()
    (fact,) = gateway.journal.facts("bad_line")
    assert fact["reason"].startswith("loss ") and fact["reason"].endswith("not understood 2")
    assert gateway.session_state().bad_line
    assert gateway.ear.turn is None
    assert any(text.startswith("电话里的声音不太清楚") for text in gateway.voice.asked)


def test_a_faint_voice_is_a_bad_line_too(tmp_path: Path) -> None:
    gateway = Spoken(tmp_path)
    line = gateway.call()
    line.sound_ends()
    for _ in range(2):
        line.sound((np.array([60, 20_000] * 320, np.int16)).tobytes())
        gateway.ear.hears_speech()
        gateway.ear.understands_nothing()
        line.sound_ends()
    (fact,) = gateway.journal.facts("bad_line")
    assert fact["reason"] == "faint -55 dB, not understood 2"


def test_jitter_is_a_bad_line_too(tmp_path: Path) -> None:
    gateway = Spoken(tmp_path)
    line = gateway.call()
    line.sound_ends()
    for _ in range(2):
        line.measured = LineQuality("PCMA", line.measured.received + 400, 0, jitter_ms=60.0)
        line.sound(LOUD)
        gateway.ear.hears_speech()
        gateway.ear.understands_nothing()
        line.sound_ends()
    (fact,) = gateway.journal.facts("bad_line")
    assert fact["reason"] == "jitter 60 ms, not understood 2"


def test_levels() -> None:
    assert level_db(power(b"")) == -96.0
    assert level_db(power(bytes(640))) == -96.0
    assert round(level_db(power(np.array([32767, 5] * 160, np.int16).tobytes()))) == 0
