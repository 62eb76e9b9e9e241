"""A line without SIP: what is played takes its time, and the person who is called does what was arranged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ivr.call.playback import duration_ms
from ivr.call.ports import Clock, DelayedCall, Ending, LineListener, LineQuality, Recorded
from ivr.flow.events import RecordingCause, TransferOutcome

#: How long it takes until a transfer ends like this, in seconds; nobody answers until the ringing is given up.
_TRANSFER_TAKES_S: dict[TransferOutcome, float] = {"ended": 60.0, "busy": 3.0, "failed": 1.0}


class NoSound:
    """Implements `ivr.call.ports.Tap`: words are given to the ear itself, so there is nothing to take."""

    def stop(self) -> None:
        """Nothing was taken."""


class VirtualLine:
    """Implements `ivr.call.ports.Line`.

    Args:
        sounds: told of each file when it begins to sound, and whether it is the first of a prompt.
        outcome_of: what becomes of a call to this URI.
    """

    def __init__(
        self,
        clock: Clock,
        caller: str,
        dialled: str,
        sounds: Callable[[Path, bool], None],
        outcome_of: Callable[[str], TransferOutcome],
    ) -> None:
        self.caller = caller
        self.dialled = dialled
        self.user_agent = "rehearsal"
        self._clock = clock
        self._sounds = sounds
        self._outcome_of = outcome_of
        self._listener: LineListener | None = None
        self._answered = False
        self._playing: list[DelayedCall] = []
        self._recording: Callable[[RecordingCause], None] | None = None
        self._transfer: DelayedCall | None = None
        self._over = False

    @property
    def is_sounding(self) -> bool:
        return bool(self._playing)

    def listen_to(self, listener: LineListener) -> None:
        self._listener = listener
        if self._answered:
            listener.answered()

    def answer(self) -> None:
        self._answered = True

    def reject(self, sip_code: int) -> None:
        self._end(Ending("gateway", "rejected", sip_code))

    def play(self, files: Sequence[Path], finished: Callable[[], None]) -> None:
        self.stop_playing()
        at_s = 0.0
        for index, file in enumerate(files):
            self._later(at_s, partial(self._sounds, file, index == 0))
            at_s += duration_ms(file) / 1000
        self._later(at_s, partial(self._finish, finished))

    def stop_playing(self) -> None:
        for call in self._playing:
            call.cancel()
        self._playing = []

    def tap(self, heard: Callable[[bytes], None]) -> NoSound:
        return NoSound()

    def record(self, file: Path, most_ms: int, silence_ms: int, finished: Callable[[Recorded], None]) -> None:
        """The caller talks until they press a key or hang up, at most to the longest time; there is no file."""
        begun_at = self._clock.seconds()

        def done(cause: RecordingCause) -> None:
            self._recording = None
            timer.cancel()
            finished(Recorded(round((self._clock.seconds() - begun_at) * 1000), cause))

        def too_long() -> None:
            self._recording = None
            finished(Recorded(most_ms, "longest"))

        timer = self._clock.callLater(most_ms / 1000, too_long)
        self._recording = done

    def stop_recording(self) -> None:
        if self._recording is not None:
            self._recording("stopped")

    def transfer(self, uri: str, ring_for_ms: int, ended: Callable[[TransferOutcome], None]) -> None:
        outcome = self._outcome_of(uri)
        takes_s = _TRANSFER_TAKES_S.get(outcome, ring_for_ms / 1000)

        def done() -> None:
            self._transfer = None
            ended(outcome)

        self._transfer = self._clock.callLater(takes_s, done)

    def hang_up(self) -> None:
        self._end(Ending("gateway", "hung_up", 200))

    def quality(self) -> LineQuality:
        return LineQuality()

    # What the caller does

    def press(self, key: str) -> None:
        if self._listener is not None and not self._over:
            self._listener.digit(key, "simulator")

    def caller_hangs_up(self) -> None:
        self._end(Ending("caller", "bye", 200))

    def _end(self, ending: Ending) -> None:
        if self._over:
            return
        self._over = True
        self.stop_playing()
        if self._recording is not None:
            self._recording("hangup")
        if self._transfer is not None:
            self._transfer.cancel()
        if self._listener is not None:
            self._listener.ended(ending)

    def _finish(self, finished: Callable[[], None]) -> None:
        self._playing = []
        finished()

    def _later(self, seconds: float, what: Callable[[], Any]) -> None:
        def done() -> None:
            if call in self._playing:
                self._playing.remove(call)
            what()

        call = self._clock.callLater(seconds, done)
        self._playing.append(call)
