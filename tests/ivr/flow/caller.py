"""A caller for engine tests: presses keys, speaks, stays silent, hears; the clock moves when the test says so.

It keeps state through JSON between all events, so every test is also a test that state survives it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ivr.flow import commands, events
from ivr.flow.engine import Engine
from ivr.flow.state import CallState
from menus.model import MenuSet, Tree
from menus.parts import Part, Pause, Value, Words
from menus.wording import standard_wording

BASE: dict[str, Any] = {
    "ivr": 2,
    "id": "root",
    "title": {"zh": "测试"},
    "languages": ["zh"],
    "way_out": "person",
}
PERSON = {"kind": "hangup", "text": {"zh": "给您转人工。"}, "reason": "person"}


def menu_set(nodes: Mapping[str, Any], *others: Mapping[str, Any], **more: Any) -> MenuSet:
    """A set whose root tree has these nodes, and a `person` as its way out."""
    whole = {"person": PERSON, **nodes}
    root = Tree.model_validate({**BASE, "start": next(iter(nodes)), "nodes": whole, **more})
    trees = [root, *(Tree.model_validate({**BASE, **other}) for other in others)]
    return MenuSet(trees={tree.id: tree for tree in trees}, revision="test", wording=standard_wording())


def words(parts: tuple[Part, ...]) -> str:
    """What is said, values as they are, pauses as `…`."""
    spoken = {Words: lambda part: part.text, Value: lambda part: f"<{part.value}>", Pause: lambda part: "…"}
    return "".join(spoken[type(part)](part) for part in parts)


class Caller:
    """One call to an engine.

    Attributes:
        heard: all that was said so far, oldest first.
        notes: all notes, as (name, data).
        hung_up: the reason once the engine has hung up.
    """

    def __init__(
        self,
        menus: MenuSet,
        *,
        answered: bool = True,
        speech: tuple[str, ...] = (),
        number: str = "13900001234",
        local_time: str = "2026-11-22T10:00:00+08:00",
        profile: dict[str, Any] | None = None,
        parked: dict[str, Any] | None = None,
    ) -> None:
        self.engine = Engine(menus, "root")
        self.state = CallState()
        self.heard: list[str] = []
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self.all: list[commands.Command] = []
        self.last: list[commands.Command] = []
        self.timers: dict[int, commands.StartTimer] = {}
        self.playing: commands.Play | None = None
        self.paused = False
        self.turn: commands.Listen | None = None
        self.asked: commands.QueryBackend | None = None
        self.transferred: commands.Transfer | None = None
        self.recording: commands.Record | None = None
        self.left: commands.Leave | None = None
        self.sent: commands.Send | None = None
        self.hung_up = ""
        self.give(events.CallOffered("c1", number, "12345", local_time, speech, profile or {}, parked))
        if answered:
            self.give(events.CallAnswered())

    def give(self, event: events.Event) -> Caller:
        state = CallState.from_dict(json.loads(json.dumps(self.state.to_dict())))
        assert state == self.state
        self.state, self.last = self.engine.handle(state, event)
        for command in self.last:
            self._obey(command)
        self.all += self.last
        return self

    def _obey(self, command: commands.Command) -> None:
        if isinstance(command, commands.Play):
            assert self.playing is None, "a prompt was started over another one"
            self.playing = command
            self.heard.append(words(command.parts))
        elif isinstance(command, commands.StopPlaying):
            assert self.playing is not None and self.playing.token == command.token
            self.playing, self.paused = None, False
        elif isinstance(command, (commands.PausePlaying, commands.ResumePlaying)):
            assert self.playing is not None and self.playing.token == command.token
            self.paused = not self.paused
            assert self.paused == isinstance(command, commands.PausePlaying)
        elif isinstance(command, commands.Listen):
            assert self.turn is None, "listening was begun twice"
            self.turn = command
        elif isinstance(command, commands.StopListening):
            assert self.turn is not None and self.turn.token == command.token
            self.turn = None
        elif isinstance(command, commands.StartTimer):
            self.timers[command.token] = command
        elif isinstance(command, commands.CancelTimer):
            del self.timers[command.token]
        elif isinstance(command, commands.PlayRecording):
            assert self.playing is None, "a recording was started over a prompt"
            self.playing = commands.Play(command.token, (), "")
            self.heard.append(f"[{command.path}]")
        elif isinstance(command, commands.Record):
            assert self.recording is None, "two recordings at once"
            self.recording = command
        elif isinstance(command, commands.StopRecording):
            assert self.recording is not None and self.recording.token == command.token
        elif isinstance(command, commands.Leave):
            self.left = command
        elif isinstance(command, commands.Send):
            self.sent = command
        elif isinstance(command, commands.QueryBackend):
            self.asked = command
        elif isinstance(command, commands.Transfer):
            self.transferred = command
        elif isinstance(command, commands.Note):
            self.notes.append((command.name, command.data))
        elif isinstance(command, commands.HangUp):
            self.hung_up = command.reason

    # What a caller does

    def press(self, keys: str) -> Caller:
        for key in keys:
            self.give(events.DigitPressed(key))
        return self

    def listen(self) -> Caller:
        """Hear the prompt under way to its end."""
        assert self.playing is not None, "nothing is being said"
        assert not self.paused, "the prompt is paused"
        token, self.playing = self.playing.token, None
        return self.give(events.PlaybackFinished(token))

    def speak(self) -> Caller:
        """Begin to speak."""
        assert self.turn is not None, "nobody listens"
        return self.give(events.SpeechStarted(self.turn.token))

    def say(self, *meant: str, band: events.Band = "accept", values: tuple[str, ...] = (), text: str = "话") -> Caller:
        """Speak and be understood: `meant` are ids, the likeliest first."""
        token = self.speak()._end_of_turn()
        candidates = tuple(events.Candidate(id, text, 0.9 - index / 10) for index, id in enumerate(meant))
        return self.give(events.Heard(token, band, text, candidates, values, "test", 800, 250))

    def mumble(self, reason: events.NotHeard = "out_of_set") -> Caller:
        """Speak and not be understood."""
        return self.give(events.HeardNothing(self.speak()._end_of_turn(), reason, "什么"))

    def make_noise(self, reason: events.NotHeard = "noise") -> Caller:
        """Make a noise that is never taken for speech."""
        return self.give(events.HeardNothing(self._end_of_turn(), reason))

    def deafen(self, reason: events.HearingFailure = "away") -> Caller:
        """The speech worker fails."""
        return self.give(events.HearingFailed(self._end_of_turn(), reason))

    def _end_of_turn(self) -> int:
        assert self.turn is not None, "nobody listens"
        token, self.turn = self.turn.token, None
        return token

    def wait(self) -> Caller:
        """Let the timer of the node run out."""
        return self.fire(*[timer.name for timer in self.timers.values() if timer.name != "call_length"])

    def fire(self, name: str) -> Caller:
        token = next(token for token, timer in self.timers.items() if timer.name == name)
        del self.timers[token]
        return self.give(events.TimerFired(token))

    def recorded(self, duration_ms: int = 5000, cause: events.RecordingCause = "stopped") -> Caller:
        """The recording under way is over."""
        assert self.recording is not None, "nothing is being recorded"
        token, self.recording = self.recording.token, None
        return self.give(events.RecordingFinished(token, "said.wav", duration_ms, cause))

    def kept(self, reference: str = "2026001") -> Caller:
        assert self.left is not None
        return self.give(events.Left(self.left.token, {"reference": reference}))

    def not_kept(self, reason: str = "disk") -> Caller:
        assert self.left is not None
        return self.give(events.LeaveFailed(self.left.token, reason))

    def reply(self, data: Any) -> Caller:
        assert self.asked is not None
        return self.give(events.BackendReplied(self.asked.token, data))

    def fail(self, reason: str) -> Caller:
        assert self.asked is not None
        return self.give(events.BackendFailed(self.asked.token, reason))

    # What a test looks at

    @property
    def timer_names(self) -> list[str]:
        return sorted(timer.name for timer in self.timers.values() if timer.name != "call_length")

    def inputs(self) -> list[tuple[str, str]]:
        """(outcome, keys) of every input noted."""
        return [(data["outcome"], data["input"]) for name, data in self.notes if name == "input"]

    def outcomes(self) -> list[str]:
        return [data["outcome"] for name, data in self.notes if name == "step_left"]
