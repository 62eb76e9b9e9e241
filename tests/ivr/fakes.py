"""Memory stand-ins for the ports of `ivr.call.ports`: recorders of what they were asked."""

from __future__ import annotations

import wave
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed

from ivr.call.ports import (
    Clip,
    EarListener,
    Ending,
    LineListener,
    LineQuality,
    Recalled,
    Receipt,
    Record,
    Recorded,
)
from ivr.flow.commands import Listen
from ivr.flow.events import (
    Band,
    Candidate,
    Heard,
    HeardNothing,
    HearingFailure,
    NotHeard,
    RecordingCause,
    SendOutcome,
    TransferOutcome,
)
from menus.parts import Part, Value, Words
from tests.ivr.flow.caller import words


def wav_of(folder: Path, name: str, ms: int = 1000) -> Path:
    """A silent WAV file of a length."""
    file = folder / f"{name}.wav"
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(16 * ms))
    return file


class FakeTap:
    """Sound that a test gives by `FakeLine.sound`."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self.heard = heard
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


class FakeEar:
    """An ear that writes down what it was asked; the test says through `listener` what it understands."""

    def __init__(self) -> None:
        self.did: list[Any] = []
        self.turn: Listen | None = None
        self.listener: EarListener | None = None

    def listen(self, turn: Listen, listener: EarListener) -> None:
        self.did.append(("listen", turn.expect))
        self.turn, self.listener = turn, listener

    def sound(self, chunk: bytes) -> None:
        self.did.append(("sound", len(chunk)))

    # What a test lets it understand

    def hears_speech(self) -> None:
        assert self.listener is not None, "nobody listens"
        self.listener.speech_started()

    def understands(self, *ids: str, band: Band = "accept", **more: Any) -> None:
        turn, listener = self._answered()
        listener.heard(Heard(turn.token, band, candidates=tuple(Candidate(id) for id in ids), **more))

    def understands_nothing(self, reason: NotHeard = "out_of_set") -> None:
        turn, listener = self._answered()
        listener.heard(HeardNothing(turn.token, reason))

    def fails(self, reason: HearingFailure = "away") -> None:
        self._answered()[1].failed(reason, "as the test wants")

    def _answered(self) -> tuple[Listen, EarListener]:
        assert self.turn is not None and self.listener is not None, "nobody listens"
        turn, listener = self.turn, self.listener
        self.turn = self.listener = None
        return turn, listener

    # What the driver asks

    def stop(self) -> None:
        self.did.append("stop")
        self.turn = self.listener = None

    def close(self) -> None:
        self.did.append("close")


class FakeHearing:
    """Hearing with one ear, for one call."""

    def __init__(self, *languages: str) -> None:
        self.languages = languages
        self.one = FakeEar()

    def ear(self, call_id: str) -> FakeEar:
        return self.one


class FakeLine:
    """A line that does what it is told and writes it down in `did`."""

    def __init__(self, caller: str = "13900001234", dialled: str = "12345") -> None:
        self.caller = caller
        self.dialled = dialled
        self.user_agent = "fake"
        self.sip_call_id = "fake@127.0.0.1"
        self.takes_messages = False
        self.shown: Callable[[SendOutcome], None] | None = None
        self.did: list[Any] = []
        self.listener: LineListener | None = None
        self.finish: Callable[[], None] | None = None
        self.taps: list[FakeTap] = []
        self.measured = LineQuality("PCMA", 1000, 10, 3.0, 40.0, ("rfc4733",))
        self.recording: tuple[Path, Callable[[Recorded], None]] | None = None
        self.transfer_ended: Callable[[TransferOutcome], None] | None = None

    def listen_to(self, listener: LineListener) -> None:
        self.listener = listener

    def answer(self) -> None:
        self.did.append("answer")

    def reject(self, sip_code: int) -> None:
        self.did.append(("reject", sip_code))

    def play(self, files: Sequence[Path], finished: Callable[[], None]) -> None:
        self.did.append(("play", [file.stem for file in files]))
        self.finish = finished

    def stop_playing(self) -> None:
        self.did.append("stop_playing")
        self.finish = None

    def tap(self, heard: Callable[[bytes], None]) -> FakeTap:
        self.taps.append(FakeTap(heard))
        return self.taps[-1]

    def record(self, file: Path, most_ms: int, silence_ms: int, finished: Callable[[Recorded], None]) -> None:
        self.did.append(("record", file.name, most_ms, silence_ms))
        self.recording = (file, finished)

    def stop_recording(self) -> None:
        self.did.append("stop_recording")
        self.spoken(3000)

    def transfer(self, uri: str, ring_for_ms: int, ended: Callable[[TransferOutcome], None]) -> None:
        self.did.append(("transfer", uri, ring_for_ms))
        self.transfer_ended = ended

    def show(self, text: str, ended: Callable[[SendOutcome], None]) -> None:
        self.did.append(("show", text))
        self.shown = ended

    def hang_up(self) -> None:
        self.did.append("hang_up")
        self.end("gateway", "hung_up")

    def quality(self) -> LineQuality:
        return self.measured

    # What a test lets happen

    def spoken(self, ms: int, cause: RecordingCause = "stopped") -> None:
        """The recording under way ends, with so much said."""
        if self.recording is not None:
            (file, finished), self.recording = self.recording, None
            wav_of(file.parent, file.stem, ms)
            finished(Recorded(ms, cause))

    def sound_ends(self) -> None:
        """The last sample of what plays has been sent."""
        assert self.finish is not None, "nothing is being played"
        finish, self.finish = self.finish, None
        finish()

    def sound(self, chunk: bytes) -> None:
        """A stretch of sound comes and goes; see `Line.tap`."""
        for tap in self.taps:
            if not tap.stopped:
                tap.heard(chunk)

    def end(self, by: Any, reason: str) -> None:
        assert self.listener is not None
        self.spoken(3000, "hangup")
        self.listener.ended(Ending(by, reason, 200))


class FakeVoice:
    """Every utterance is one clip of one second, at once, unless `late` has clips that a test fires itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.late: list[Deferred[Path]] = []
        self.asked: list[str] = []

    def clips(self, parts: Sequence[Part], language: str, pace: str, voice: str = "") -> list[Clip]:
        text = words(tuple(Words("•") if isinstance(part, Value) and part.sensitive else part for part in parts))
        self.asked.append(text)
        if self.late:
            return [Clip(late, text) for late in self.late]
        return [Clip(succeed(wav_of(self.folder, str(abs(hash(text))))), text)]


class FakeBackend:
    """Answers are fired by the test."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answer: Deferred[Any] = Deferred()

    def query(
        self, operation: str, arguments: dict[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Any]:
        self.asked.append((operation, arguments))
        return self.answer


class FakeJournal:
    """Keeps records in a list."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.healthy = True

    def append(self, call_id: str, records: Sequence[Record]) -> None:
        self.records += records

    def facts(self, name: str) -> list[dict[str, Any]]:
        return [record.data for record in self.records if record.kind == "fact" and record.name == name]


class FakeOutbox:
    """Keeps what is left in a list; the test may hold back or fail the answer."""

    def __init__(self) -> None:
        self.left: list[tuple[str, dict[str, Any], list[Path]]] = []
        self.answer: Deferred[Receipt] | None = None

    def leave(self, kind: str, data: Mapping[str, Any], files: Sequence[Path], *, call_id: str) -> Deferred[Receipt]:
        self.left.append((kind, dict(data), list(files)))
        return self.answer if self.answer is not None else succeed(Receipt("2026001"))


class FakeRecordings:
    """Writes into a folder; `ended` has the calls after which it was asked to put away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ended: list[str] = []

    def new_file(self, call_id: str, token: int) -> Path:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        return self.folder / f"{call_id}-{token}.wav"

    def call_ended(self, call_id: str) -> Deferred[None]:
        self.ended.append(call_id)
        return succeed(None)


class FakeMessenger:
    def __init__(self, outcome: SendOutcome = "sent") -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.outcome: SendOutcome = outcome

    def send(self, channel: str, to: str, text: str, *, call_id: str) -> Deferred[SendOutcome]:
        self.sent.append((channel, to, text))
        return succeed(self.outcome)


class FakeMemory:
    """Remembers in a dict; numbers are their own keys."""

    def __init__(self) -> None:
        self.profiles: dict[str, dict[str, Any]] = {}
        self.parked: dict[str, dict[str, Any]] = {}

    def recall(self, caller: str) -> Recalled:
        return Recalled(self.profiles.get(caller, {}), self.parked.pop(caller, None))

    def remember(self, caller: str, values: Mapping[str, Any], days: int) -> None:
        self.profiles[caller] = dict(values)

    def forget(self, caller: str) -> None:
        self.profiles.pop(caller, None)

    def park(self, caller: str, state: Mapping[str, Any], keep_ms: int) -> None:
        self.parked[caller] = dict(state)
