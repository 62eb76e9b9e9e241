"""The ear of one call: one turn after another, over one connection to the speech worker.

A turn ends with the worker's decision, or with a failure: the worker is away, busy, refuses, talks nonsense, does not
take the sound, or does not decide in time. An answer to a turn that is over is passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.vad import VoiceStarted, VoiceStopped

from ivr.call.ports import EarListener
from ivr.flow.commands import Listen
from ivr.flow.events import HearingFailure
from ivr.hearing.answers import LONGEST_MS, GarbledError, answer_of, question_of, refusal_of, turn_of
from ivr.hearing.connection import Connection
from speech.wire import Address

_SOUND = {"rate": 8000, "width": 2, "channels": 2}
#: How long after the longest speech the end of speech must have been told, in seconds.
_MARGIN_S = 2.0


@dataclass
class _Turn:
    number: int
    listener: EarListener
    deadline: asyncio.TimerHandle | None = None

    def within(self, seconds: float, late: Callable[[], None]) -> None:
        """Set the deadline, in place of an earlier one."""
        self.end()
        self.deadline = asyncio.get_running_loop().call_later(seconds, late)

    def end(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()


class SpeechEar:
    """Implements `ivr.call.ports.Ear`.

    Args:
        patience_s: longest wait for a decision after the end of speech, in seconds.
        away: told when the worker is not there.
        call_id: for the worker's log.
    """

    def __init__(self, address: Address, patience_s: float, away: Callable[[], None], call_id: str) -> None:
        self._address = address
        self._patience_s = patience_s
        self._away = away
        self._call_id = call_id
        self._connection: Connection | None = None
        self._turn: _Turn | None = None

    def listen(self, turn: Listen, listener: EarListener) -> None:
        self._end_turn()
        self._turn = _Turn(turn.token, listener)
        if self._connection is None:
            self._connection = Connection(self._address, self._told, self._lost)
        self._connection.send(question_of(turn, self._call_id))
        self._send(AudioStart(**_SOUND).event())

    def sound(self, chunk: bytes) -> None:
        if self._turn is not None:
            self._send(AudioChunk(**_SOUND, audio=chunk).event())

    def stop(self) -> None:
        if self._end_turn() is not None:
            self._send(AudioStop().event())

    def close(self) -> None:
        self._end_turn()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _send(self, event: Event) -> None:
        if self._connection is not None:
            self._connection.send(event)

    def _end_turn(self) -> _Turn | None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.end()
        return turn

    # What the worker says

    def _told(self, event: Event) -> None:
        turn = self._turn
        if turn is None or turn_of(event) not in (turn.number, None):
            return
        if VoiceStarted.is_type(event.type):
            turn.within(LONGEST_MS / 1000 + _MARGIN_S, self._late)
            turn.listener.speech_started()
        elif VoiceStopped.is_type(event.type):
            turn.within(self._patience_s, self._late)
        elif Transcript.is_type(event.type):
            self._decided(turn, event)
        elif Error.is_type(event.type):
            self._fail(*refusal_of(event))

    def _decided(self, turn: _Turn, event: Event) -> None:
        try:
            answer = answer_of(event, turn.number)
        except GarbledError as error:
            self._fail("garbled", str(error))
        else:
            self._end_turn()
            turn.listener.heard(answer)

    def _late(self) -> None:
        self._send(AudioStop().event())
        self._fail("slow", f"{self._address}: no decision in time")

    def _lost(self, reason: HearingFailure, detail: str) -> None:
        self._connection = None
        if reason == "away":
            self._away()
        self._fail(reason, detail)

    def _fail(self, reason: HearingFailure, detail: str) -> None:
        turn = self._end_turn()
        if turn is not None:
            turn.listener.failed(reason, detail)
