"""Connecting a caller to a person: a second call, joined with the first in the mixer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivr.call.ports import Clock, DelayedCall
from ivr.flow.events import TransferOutcome
from ivr.sip.call import Call, EventPacket
from ivr.sip.mixer import Source, join
from ivr.sip.pool import Pool
from ivr.sip.watch import MediaWatch

#: SIP answers that mean the person is busy, and those that mean nobody came to the phone (RFC 3261 section 21).
_BUSY = {486, 600}
_NO_ANSWER = {408, 480, 487}


class Transfer:
    """The second call of a transfer, from INVITE to its end.

    Args:
        ringing: ringing tones, see `ivr.sip.mixer.make_ringing`.
        call: a new outbound call, already dialled.
        caller_audio: gives the caller's port in the mixer, or None while there is none.
        ended: called once with the outcome; never after `give_up`.
    """

    def __init__(
        self,
        ringing: Pool[Any],
        clock: Clock,
        call: Call,
        caller_audio: Callable[[], Any],
        ring_for_ms: int,
        media_timeout_s: float,
        ended: Callable[[TransferOutcome], None],
    ) -> None:
        self._call = call
        self._caller_audio = caller_audio
        self._ended: Callable[[TransferOutcome], None] | None = ended
        self._clock = clock
        self._media_timeout_s = media_timeout_s
        self._talking = False
        self._active = False
        self._held = False
        self._rang_out = False
        self._watch: MediaWatch | None = None
        self._limit: DelayedCall | None = clock.callLater(ring_for_ms / 1000, self._ring_out)
        tone = ringing.take()
        tone.rewind()
        self._ringing: Source | None = Source(tone, ringing.give_back)
        self._ringing.play_to(caller_audio())
        call.tell(self)

    def give_up(self) -> None:
        """The caller is gone: end the second call, quietly."""
        self._ended = None
        self._end()

    def reconnect(self) -> None:
        """The caller's port may be a new one."""
        if self._ringing is not None:
            self._ringing.play_to(self._caller_audio())
        self._join()

    def check(self, now: float) -> None:
        """End a talk whose other side has gone dead."""
        if self._watch is not None and self._watch.lost(self._call.quality().received, self._held, now):
            self._end()

    # What happens to the second call

    def confirmed(self) -> None:
        self._talking = True
        self._cancel_limit()
        self._watch = MediaWatch(self._media_timeout_s, self._clock.seconds())
        self._join()

    def media_changed(self, active: bool, held: bool) -> None:
        self._active, self._held = active, held
        self._join()

    def event_packet(self, packet: EventPacket) -> None:
        """The person's keys mean nothing to us."""

    def info_key(self, digit: str, at: float) -> None:
        """The person's keys mean nothing to us."""

    def disconnected(self, code: int) -> None:
        self._cancel_limit()
        self._stop_ringing()
        ended, self._ended = self._ended, None
        if ended is not None:
            ended(self._outcome(code))

    def _outcome(self, code: int) -> TransferOutcome:
        if self._talking:
            return "ended"
        if self._rang_out or code in _NO_ANSWER:
            return "no_answer"
        return "busy" if code in _BUSY else "failed"

    def _join(self) -> None:
        """Let both hear each other as far as there is sound; before the answer, the caller hears announcements."""
        caller, person = self._caller_audio(), self._call.audio()
        if not self._active or caller is None or person is None:
            return
        self._stop_ringing()
        join(person, caller)
        if self._talking:
            join(caller, person)

    def _ring_out(self) -> None:
        self._limit = None
        self._rang_out = True
        self._end()

    def _end(self) -> None:
        self._cancel_limit()
        self._stop_ringing()
        self._call.end()

    def _cancel_limit(self) -> None:
        limit, self._limit = self._limit, None
        if limit is not None:
            limit.cancel()

    def _stop_ringing(self) -> None:
        tone, self._ringing = self._ringing, None
        if tone is not None:
            tone.stop()
