"""A caller's line: the `Line` of `ivr.call.ports` on a SIP call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import pjsua2 as pj

from ivr.call.ports import Clock, DelayedCall, Ending, LineListener, LineQuality, Recorded
from ivr.flow.events import KeySource, RecordingCause, SendOutcome, TransferOutcome
from ivr.sip.call import Call, EventPacket
from ivr.sip.invitation import Invitation
from ivr.sip.keys import EventFilter, KeyMerger
from ivr.sip.library import Library
from ivr.sip.pool import Pool
from ivr.sip.prompt import Prompt
from ivr.sip.recording import BEEP, Recording
from ivr.sip.settings import SipSettings
from ivr.sip.sides import BothSides
from ivr.sip.tap import Taps
from ivr.sip.tones import ToneListener
from ivr.sip.transfer import Transfer
from ivr.sip.watch import MediaWatch

log = logging.getLogger(__name__)

_OK, _REQUEST_TERMINATED, _UNAVAILABLE = 200, 487, 503
#: Final statuses of an answered call whose refresh was not answered (RFC 4028 section 10).
_SESSION_EXPIRED = (408, 481)
#: What a refused caller is told to wait, in seconds.
RETRY_AFTER_S = 10
#: Longest text of a MESSAGE in bytes: with its headers it must fit into a datagram (RFC 3428 section 8).
LONGEST_MESSAGE = 900


class Exchange(Protocol):
    """What a line needs from the endpoint."""

    library: Library
    taps: Taps
    ringing: Pool[Any]
    settings: SipSettings

    @property
    def clock(self) -> Clock:
        """The reactor's clock."""

    def outbound_call(self, uri: str) -> Call | None:
        """Call a URI; None if there is no channel left or the URI is nonsense."""

    def line_ended(self, line: SipLine) -> None:
        """The line is gone and its channel free."""


class SipLine:
    """One caller; see `ivr.call.ports.Line`. Everything happens on the reactor thread.

    Attributes:
        caller, dialled, user_agent: see `Line`.
        takes_messages: see `Line`.
        sip_call_id: the Call-ID of the INVITE, to find the call in a provider's log.

    Args:
        placed: it is we who called, and the other side has answered already.
    """

    def __init__(self, exchange: Exchange, call: Call, invitation: Invitation, *, placed: bool = False) -> None:
        self.caller = invitation.caller
        self.dialled = invitation.dialled
        self.user_agent = invitation.user_agent
        self.sip_call_id = invitation.sip_call_id
        self.takes_messages = invitation.takes_messages
        self._exchange = exchange
        self._call = call
        self._listener: LineListener | None = None
        self._untold: list[Callable[[LineListener], None]] = []
        self._accepted = placed
        self._placed = placed
        self._confirmed = False
        self._active = False
        self._held = False
        self._answered = False
        self._over = False
        self._ending: Ending | None = None
        self._quality = LineQuality()
        self._events = EventFilter()
        self._keys = KeyMerger(self._key)
        self._prompt: Prompt | None = None
        self._skip: DelayedCall | None = None  # of a prompt that cannot be played
        self._tones: ToneListener | None = None
        self._sides: list[BothSides] = []
        self._recording: Recording | None = None
        self._transfer: Transfer | None = None
        self._watch: MediaWatch | None = None
        call.tell(self)

    @property
    def has_listener(self) -> bool:
        """Whether somebody listens to what happens here."""
        return self._listener is not None

    # What the driver asks

    def listen_to(self, listener: LineListener) -> None:
        self._listener = listener
        untold, self._untold = self._untold, []
        for say in untold:
            say(listener)

    def answer(self) -> None:
        self._accepted = True
        if not self._placed:
            self._call.respond(_OK)

    def reject(self, sip_code: int) -> None:
        if self._over or self._ending is not None:
            return
        self._ending = Ending("gateway", "rejected", sip_code)
        self._call.end(sip_code, RETRY_AFTER_S if sip_code == _UNAVAILABLE else 0)

    def play(self, files: Sequence[Path], finished: Callable[[], None]) -> None:
        self.stop_playing()
        if self._over:
            return
        try:
            self._prompt = Prompt(self._exchange.library, files, lambda: self._prompt_ended(finished))
        except pj.Error as error:
            log.error("cannot play %s: %s", ", ".join(map(str, files)), error.reason)
            self._skip = self._exchange.clock.callLater(0, self._prompt_ended, finished)
            return
        self._prompt.play_to(self._call.audio())
        for sides in self._sides:
            sides.hear_source(self._prompt)

    def stop_playing(self) -> None:
        skip, self._skip = self._skip, None
        if skip is not None:
            skip.cancel()
        prompt, self._prompt = self._prompt, None
        if prompt is not None:
            prompt.stop()

    def tap(self, heard: Callable[[bytes], None]) -> BothSides:
        sides = BothSides(self._exchange.taps, heard, self._sides.remove)
        self._sides.append(sides)
        if self._over:
            sides.stop()
            return sides
        sides.hear_caller(self._call.audio())
        if self._prompt is not None:
            sides.hear_source(self._prompt)
        return sides

    def record(self, file: Path, most_ms: int, silence_ms: int, finished: Callable[[Recorded], None]) -> None:
        self._stop_recording("stopped")
        exchange = self._exchange
        recording = Recording(exchange.taps, exchange.clock, file, most_ms, silence_ms, finished)
        if self._over:
            recording.stop("hangup")
            return
        self._recording = recording
        self.play([BEEP], lambda: recording.begin(self._audio()))

    def stop_recording(self) -> None:
        self._stop_recording("stopped")

    def transfer(self, uri: str, ring_for_ms: int, ended: Callable[[TransferOutcome], None]) -> None:
        if self._over or self._transfer is not None:
            return
        self.stop_playing()
        call = self._exchange.outbound_call(uri)
        if call is None:
            self._exchange.clock.callLater(0, self._transfer_ended, "failed", ended)
            return
        self._transfer = Transfer(
            self._exchange.ringing,
            self._exchange.clock,
            call,
            self._audio,
            ring_for_ms,
            self._exchange.settings.media_timeout_s,
            lambda outcome: self._transfer_ended(outcome, ended),
        )
        self._listen_for_tones()

    def show(self, text: str, ended: Callable[[SendOutcome], None]) -> None:
        if self._over:
            return
        if not self.takes_messages or len(text.encode()) > LONGEST_MESSAGE:
            self._exchange.clock.callLater(0, ended, "failed")
            return
        self._call.message(text, lambda taken: ended("sent" if taken else "failed"))

    def hang_up(self) -> None:
        self.close("gateway", "hung_up")

    def quality(self) -> LineQuality:
        if not self._over:
            self._quality = self._call.quality()
        return LineQuality(
            codec=self._quality.codec,
            received=self._quality.received,
            lost=self._quality.lost,
            jitter_ms=self._quality.jitter_ms,
            round_trip_ms=self._quality.round_trip_ms,
            seen_key_sources=self._keys.sources,
        )

    # What the endpoint asks

    def close(self, by: Literal["gateway", "line"], reason: str) -> None:
        """End the call, and say so to the listener with these words when it has ended."""
        if self._over or self._ending is not None:
            return
        self._ending = Ending(by, reason, _OK if self._accepted else _UNAVAILABLE)
        self.stop_playing()
        self._give_up_transfer()
        self._call.end(0 if self._accepted else _UNAVAILABLE)

    def check(self, now: float) -> None:
        """Look whether sound still arrives. Called about once a second."""
        if self._watch is None or self._over:
            return
        if self._watch.lost(self._call.quality().received, self._held, now):
            self.close("line", "media_timeout")
        elif self._transfer is not None:
            self._transfer.check(now)

    # What happens to the call

    def confirmed(self) -> None:
        self._confirmed = True
        self._begin_if_up()

    def media_changed(self, active: bool, held: bool) -> None:
        self._active, self._held = active, held
        if self._prompt is not None:
            self._prompt.play_to(self._audio())
        if self._recording is not None:
            self._recording.listen_to(self._audio())
        if self._transfer is not None:
            self._transfer.reconnect()
        for sides in self._sides:
            sides.hear_caller(self._audio())
        self._stop_tones()  # the port may be a new one
        self._begin_if_up()
        self._listen_for_tones()

    def event_packet(self, packet: EventPacket) -> None:
        new = self._events.is_new(packet.digit, packet.timestamp, update=packet.update, end=packet.end, at=packet.at)
        if new:
            self._keys.key(packet.digit, "rfc4733", packet.at)
            self._listen_for_tones()
        else:
            self._keys.still_pressed("rfc4733", packet.at)

    def info_key(self, digit: str, at: float) -> None:
        self._keys.key(digit, "sip_info", at)
        self._listen_for_tones()

    def disconnected(self, code: int) -> None:
        self._over = True
        self._quality = self._call.quality()
        self.stop_playing()
        self._stop_recording("hangup")
        self._stop_tones()
        for sides in list(self._sides):
            sides.stop()
        self._give_up_transfer()
        self._exchange.line_ended(self)
        ending = self._ending or self._ending_of(code)
        self._tell(lambda listener: listener.ended(ending))

    def _ending_of(self, code: int) -> Ending:
        if code == _REQUEST_TERMINATED and not self._confirmed:
            return Ending("caller", "cancel", code)
        if code == _OK:
            return Ending("caller", "bye", code)
        if self._confirmed:
            return Ending("line", "session_timer" if code in _SESSION_EXPIRED else "sip_error", _OK)
        return Ending("line", "sip_error", code)

    def _begin_if_up(self) -> None:
        """Tell that the call is answered, when both the ACK and the media are there."""
        if self._confirmed and self._active and not self._answered:
            self._answered = True
            self._watch = MediaWatch(self._exchange.settings.media_timeout_s, self._exchange.clock.seconds())
            self._tell(lambda listener: listener.answered())

    def _audio(self) -> Any:
        return self._call.audio()

    # Keys

    def _key(self, digit: str, source: KeySource) -> None:
        if not self._over:
            self._tell(lambda listener: listener.digit(digit, source))

    def _listen_for_tones(self) -> None:
        """Look for tones in the audio exactly while that is of use."""
        wanted = (
            self._exchange.settings.inband_keys
            and self._keys.wants_tones
            and self._active
            and self._transfer is None
            and not self._over
        )
        if not wanted:
            self._stop_tones()
        elif self._tones is None and (audio := self._call.audio()) is not None:
            self._tones = ToneListener(self._exchange.taps, audio, self._tone)

    def _tone(self, digit: str, at: float) -> None:
        self._keys.key(digit, "inband", at)

    def _stop_tones(self) -> None:
        tones, self._tones = self._tones, None
        if tones is not None:
            tones.stop()

    # Ends

    def _prompt_ended(self, finished: Callable[[], None]) -> None:
        self._prompt = self._skip = None
        finished()

    def _transfer_ended(self, outcome: TransferOutcome, ended: Callable[[TransferOutcome], None]) -> None:
        self._transfer = None
        if self._over:
            return
        self._listen_for_tones()
        ended(outcome)

    def _stop_recording(self, cause: RecordingCause) -> None:
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.stop(cause)

    def _give_up_transfer(self) -> None:
        transfer, self._transfer = self._transfer, None
        if transfer is not None:
            transfer.give_up()

    def _tell(self, say: Callable[[LineListener], None]) -> None:
        if self._listener is None:
            self._untold.append(say)
        else:
            say(self._listener)
