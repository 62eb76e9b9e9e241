"""What a node can have done while it is where the call is: speak, listen, record, ask, wait. Each is a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ivr.flow.commands import (
    CancelTimer,
    Command,
    DiscardRecording,
    ForgetCaller,
    Leave,
    Listen,
    Note,
    Pace,
    PausePlaying,
    Play,
    PlayRecording,
    QueryBackend,
    Record,
    RememberCaller,
    ResumePlaying,
    Send,
    StartTimer,
    StopListening,
    StopPlaying,
    StopRecording,
    Transfer,
)
from ivr.flow.compositions import Compositions
from ivr.flow.here import Here
from ivr.flow.state import CallState
from menus import compose
from menus.model import MenuSet, Text
from menus.parts import Part


class Acting(Here):
    """What can be done at the present node. Every token is fresh, and nothing runs twice.

    Attributes:
        commands: what the driver shall do, in order.
    """

    def __init__(self, menus: MenuSet, compositions: Compositions, state: CallState) -> None:
        super().__init__(menus, compositions, state)
        self.commands: list[Command] = []

    def do(self, command: Command) -> None:
        self.commands.append(command)

    def note(self, name: str, **data: Any) -> None:
        self.do(Note(name, data))

    def fresh_token(self) -> int:
        self.state.last_token += 1
        return self.state.last_token

    # Speaking

    def say_text(
        self,
        text: Text | None,
        *,
        purpose: str = "prompt",
        more: dict[str, Any] | None = None,
        sensitive: bool = False,
    ) -> None:
        """Say a text of the present node."""
        template = compose.spoken_text(self.tree, text, self.language)
        self.say(self.fill(template, more, sensitive=sensitive), purpose=purpose)

    def say(self, parts: Sequence[Part], *, purpose: str = "prompt", pace: Pace = "normal") -> None:
        """Play parts, after the preface if there is one. Replaces what plays now."""
        self.stop_playing()
        whole = (*self.state.preface, *parts)
        self.state.preface = []
        self.state.playing = self.fresh_token()
        slow = self.state.pace == "slow" or self.state.bad_line
        voice = self.tree.voice_wish(self.language, self.node)
        self.do(Play(self.state.playing, whole, self.language, "slow" if slow else pace, purpose, voice))

    def play_recording(self, path: str) -> None:
        """Let the caller hear what they said."""
        self.stop_playing()
        self.state.playing = self.fresh_token()
        self.do(PlayRecording(self.state.playing, path))

    def stop_playing(self) -> None:
        if self.state.playing:
            self.do(StopPlaying(self.state.playing))
            self.state.playing = 0
            self.state.paused = False

    def pause_playing(self) -> None:
        if self.state.playing and not self.state.paused:
            self.do(PausePlaying(self.state.playing))
            self.state.paused = True

    def resume_playing(self) -> None:
        if self.state.paused:
            self.do(ResumePlaying(self.state.playing))
            self.state.paused = False

    # Hearing

    def listen(self, wanted: Listen) -> None:
        """Listen for something, in place of what was listened for. The token and the language are filled in."""
        self.stop_listening()
        self.state.hearing = self.fresh_token()
        sensitive = self.node.sensitive
        self.do(replace(wanted, token=self.state.hearing, language=self.language, sensitive=sensitive))

    def stop_listening(self) -> None:
        self.scratch.speaking = False
        if self.state.hearing:
            self.do(StopListening(self.state.hearing))
            self.state.hearing = 0

    # Recording

    def record(self, most_ms: int, silence_ms: int) -> None:
        self.state.recording = self.fresh_token()
        self.do(Record(self.state.recording, most_ms, silence_ms))

    def stop_recording(self) -> None:
        """Ask for the end of a recording. It stays under way until `RecordingFinished` tells of it."""
        if self.state.recording and self.state.stopping != self.state.recording:
            self.state.stopping = self.state.recording
            self.do(StopRecording(self.state.recording))

    def discard_recording(self, path: str) -> None:
        self.do(DiscardRecording(path))

    # The next call

    def remember_caller(self, values: dict[str, Any], days: int) -> None:
        """Keep values for the caller's next call. They had said yes to that."""
        self.do(RememberCaller(values, days))

    def forget_caller(self) -> None:
        self.do(ForgetCaller())

    # Waiting

    def start_timer(self, name: str, ms: int) -> None:
        """Start the timer of the node, in place of one that runs."""
        self.cancel_timer()
        self.state.timer = self.fresh_token()
        self.do(StartTimer(self.state.timer, name, ms))

    def cancel_timer(self) -> None:
        if self.state.timer:
            self.do(CancelTimer(self.state.timer))
            self.state.timer = 0

    def query(
        self, operation: str, arguments: dict[str, str], budget_ms: int, more: dict[str, Any] | None = None
    ) -> None:
        """Ask the backend.

        Args:
            arguments: expressions.
            more: arguments that are values already.
        """
        self.state.query = self.fresh_token()
        values, secret = self.values(arguments)
        if more and self.node.sensitive:
            secret = (*secret, *more)
        values.update(more or {})
        self.do(QueryBackend(self.state.query, operation, values, self.state.language, budget_ms, secret))

    def leave(
        self,
        kind: str,
        details: dict[str, str],
        more: dict[str, Any],
        *,
        files: tuple[str, ...] = (),
        secret: tuple[str, ...] = (),
    ) -> None:
        """Hand over what the caller leaves.

        Args:
            details: expressions of the author.
            more: what the node itself knows.
            secret: names in `more` that logs must mask.
        """
        self.state.leaving = self.fresh_token()
        values, hidden = self.values(details)
        self.do(Leave(self.state.leaving, kind, {**values, **more}, files, (*hidden, *secret)))

    def send(self, channel: str, to: str, text: str, budget_ms: int, *, sensitive: bool) -> None:
        self.state.sending = self.fresh_token()
        self.do(Send(self.state.sending, channel, to, text, budget_ms, sensitive))

    def start_call_timer(self, ms: int) -> None:
        """Bound the call from now on."""
        self.state.call_timer = self.fresh_token()
        self.do(StartTimer(self.state.call_timer, "call_length", ms))

    def cancel_call_timer(self) -> None:
        if self.state.call_timer:
            self.do(CancelTimer(self.state.call_timer))
            self.state.call_timer = 0

    def transfer(self, target: str, ring_for_ms: int) -> None:
        """Connect the caller to somebody. Two people who talk are not cut off: the call is bounded again afterwards."""
        self.cancel_call_timer()
        self.state.transfer = self.fresh_token()
        self.do(Transfer(self.state.transfer, target, ring_for_ms))
