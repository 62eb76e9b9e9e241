"""Carries out `Listen` and `StopListening` for one call: joins the sound of the line to an ear, and the ear to the
engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivr.call.line_judge import LineJudge
from ivr.call.ports import Ear, EarListener, Line, Tap
from ivr.flow import commands, events
from ivr.flow.events import Event

#: Why nothing was understood where that may be the fault of the line. Music and fillers were heard well enough.
_IN_VAIN: tuple[events.NotHeard, ...] = ("out_of_set", "too_long", "noise")


class Deaf:
    """Hearing that understands no language. Implements `ivr.call.ports.Hearing` and `Ear`."""

    languages: tuple[str, ...] = ()

    def ear(self, call_id: str) -> Ear:
        return self

    def listen(self, turn: commands.Listen, listener: EarListener) -> None:
        listener.failed("away", "no speech worker")

    def sound(self, chunk: bytes) -> None:
        """Nobody hears it."""

    def stop(self) -> None:
        """Nothing is under way."""

    def close(self) -> None:
        """Nothing is open."""


class _Turn:
    """One `Listen`. Implements `EarListener`; what an ear says after the end of its turn does not count."""

    def __init__(self, command: commands.Listen, step: int, tap: Tap | None, hearing: CallHearing) -> None:
        self.command = command
        self.step = step
        self.tap = tap
        self._hearing = hearing

    def speech_started(self) -> None:
        if self._hearing.turn is self:
            self._hearing.tell(events.SpeechStarted(self.command.token))

    def heard(self, event: events.Heard | events.HeardNothing) -> None:
        if self._hearing.turn is self:
            self._hearing.decided(event)

    def failed(self, reason: events.HearingFailure, detail: str) -> None:
        if self._hearing.turn is self:
            self._hearing.failed(reason, detail)


class CallHearing:
    """The hearing of one call.

    Args:
        ear: gives the ear of this call, when it is first needed.
        step: number of the step that the call is in.
        tell: takes events for the engine.
        fact: writes a fact into the journal: name and fields.
    """

    def __init__(
        self,
        line: Line,
        ear: Callable[[], Ear],
        step: Callable[[], int],
        tell: Callable[[Event], None],
        fact: Callable[..., None],
    ) -> None:
        self.turn: _Turn | None = None
        self.tell = tell
        self._line = line
        self._make_ear = ear
        self._ear: Ear | None = None
        self._step = step
        self._fact = fact
        self._judge = LineJudge()
        self._is_bad = False

    def listen(self, command: commands.Listen) -> None:
        self._end_turn()
        if self._ear is None:
            self._ear = self._make_ear()
        self._judge.turn_begins()
        self.turn = turn = _Turn(command, self._step(), None, self)
        self._ear.listen(command, turn)
        if self.turn is turn:  # the ear may have failed at once
            turn.tap = self._line.tap(self._sound)

    def stop_listening(self, command: commands.StopListening) -> None:
        if self.turn is not None and self.turn.command.token == command.token:
            self._end_turn()
            assert self._ear is not None
            self._ear.stop()

    def close(self) -> None:
        """The call is over."""
        self._end_turn()
        if self._ear is not None:
            self._ear.close()

    # What a turn says

    def decided(self, event: events.Heard | events.HeardNothing) -> None:
        self._end_turn()
        self._judge_line(event)
        self.tell(event)

    def failed(self, reason: events.HearingFailure, detail: str) -> None:
        turn = self._end_turn()
        assert turn is not None
        self._fact("hearing", token=turn.command.token, step=turn.step, failed=reason, detail=detail)
        self.tell(events.HearingFailed(turn.command.token, reason))

    def _sound(self, chunk: bytes) -> None:
        if self.turn is not None and self._ear is not None:
            self._judge.sound(chunk)
            self._ear.sound(chunk)

    def _end_turn(self) -> _Turn | None:
        turn, self.turn = self.turn, None
        if turn is not None and turn.tap is not None:
            turn.tap.stop()
        return turn

    def _judge_line(self, event: events.Heard | events.HeardNothing) -> None:
        """Tell the engine, once, that the line is bad; before the event, so that it answers accordingly."""
        if isinstance(event, events.Heard):
            self._judge.understood(self._line.quality())
        elif event.reason in _IN_VAIN and not self._is_bad:
            verdict = self._judge.not_understood(self._line.quality())
            if verdict is not None:
                self._is_bad = True
                self._fact("bad_line", step=self._step(), **_rounded(verdict.__dict__), reason=verdict.reason)
                self.tell(events.QualityChanged("bad", verdict.reason))


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) for name, value in figures.items()}
