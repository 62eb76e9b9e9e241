"""Recording a caller: a beep, then what the mixer hears of them into a file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audio.recorder import Recorder
from ivr.call.ports import Clock, DelayedCall, Recorded
from ivr.flow.events import RecordingCause
from ivr.sip.tap import Tap, Taps

log = logging.getLogger(__name__)

#: 1000 Hz for 300 ms at -18 dBFS.
BEEP = Path(__file__).with_name("beep.wav")
#: A line that brings no sound at all ends a recording so long after its longest time, in seconds.
_GRACE_S = 1.0


class Recording:
    """One recording, from the beep on.

    Args:
        finished: called once.
    """

    def __init__(
        self,
        taps: Taps,
        clock: Clock,
        file: Path,
        most_ms: int,
        silence_ms: int,
        finished: Callable[[Recorded], None],
    ) -> None:
        self._taps = taps
        self._clock = clock
        self._file = file
        self._most_ms = most_ms
        self._silence_ms = silence_ms
        self._finished = finished
        self._recorder: Recorder | None = None
        self._guard: DelayedCall | None = None
        self._tap: Tap | None = None
        self._audio: Any = None
        self._unfed = b""
        self._over = False

    def begin(self, audio: Any) -> None:
        """The beep has sounded: listen to this port of the mixer, None while the call has no sound."""
        if self._over:
            return
        try:
            self._recorder = Recorder(self._file, self._most_ms, self._silence_ms)
        except OSError as error:
            log.error("cannot record into %s: %s", self._file.name, error.strerror)
            self._end(0, "failed")
            return
        self._guard = self._clock.callLater(self._most_ms / 1000 + _GRACE_S, self._too_long)
        self.listen_to(audio)

    def listen_to(self, audio: Any) -> None:
        """The port may be a new one after a re-INVITE."""
        self._leave_tap()
        if audio is not None and self._recorder is not None:
            self._audio = audio
            self._tap = self._taps.take()
            self._tap.hear(audio)
            self._taps.each_round(self._look)

    def stop(self, cause: RecordingCause) -> None:
        """End it; what was said so far is kept."""
        if self._over:
            return
        if self._recorder is None:
            self._end(0, "nothing")
            return
        # Whoever hangs up at the end of a word has said that word.
        self._leave_tap()
        try:
            self._recorder.feed(self._taken())
            duration_ms = self._recorder.close()
        except OSError as error:
            self._failed(error)
        else:
            self._end(duration_ms, cause if self._recorder.spoke else "nothing")

    def _too_long(self) -> None:
        self._guard = None
        self.stop("longest")

    def _taken(self) -> bytes:
        """What was heard and not fed yet."""
        taken, self._unfed = self._unfed, b""
        return taken + self._tap.taken() if self._tap is not None else taken

    def _look(self) -> int:
        if self._recorder is not None and not self._over:
            self._feed(self._recorder)
        return 1

    def _feed(self, recorder: Recorder) -> None:
        try:
            cause = recorder.feed(self._taken())
        except OSError as error:
            self._failed(error)
            return
        if cause is not None:
            self.stop(cause)

    def _failed(self, error: OSError) -> None:
        log.error("recording into %s failed: %s", self._file.name, error.strerror)
        if self._recorder is not None:
            self._recorder.give_up()
        self._end(0, "failed")

    def _end(self, duration_ms: int, cause: RecordingCause) -> None:
        self._over = True
        self._leave_tap()
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.cancel()
        self._finished(Recorded(duration_ms, cause))

    def _leave_tap(self) -> None:
        tap, self._tap = self._tap, None
        if tap is not None:
            self._taps.no_more(self._look)
            tap.leave(self._audio)
            self._unfed += tap.taken()
            self._taps.give_back(tap)
