"""One prompt being said: plays clause after clause as their files become ready.

Clauses that are ready are handed to the line together, so that nothing gapes between them. Where the voice is late, a
filler is heard instead of silence, once; then the clause, whenever it comes. A prompt that was paused goes on at the
beginning of the clause that was interrupted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from ivr.call.ports import Clip, Clock, DelayedCall, Line

log = logging.getLogger(__name__)

#: How long a caller may hear nothing before the filler, in seconds.
FILLER_AFTER_S = 1.5
#: The same, once a filler was heard in this prompt.
NEXT_FILLER_AFTER_S = 5.0
#: Bytes per millisecond of an 8 kHz 16-bit mono WAV file, and its header.
_BYTES_PER_MS = 16
_HEADER_BYTES = 44


class Playback:
    """Plays the clips of one `Play` command.

    Args:
        filler: gives the files to play when a clause is late.
        finished: called once after the last sample, never after `stop`.

    Attributes:
        first_audio_ms: from `start` to the first sound, None while there was none.
        played_ms: how much of the prompt was sent.
        total_ms: length of all clauses, None while one is not ready.
        late_clauses: number of clauses that were waited for.
    """

    def __init__(
        self,
        line: Line,
        clips: Sequence[Clip],
        clock: Clock,
        filler: Callable[[], Sequence[Path]],
        finished: Callable[[], None],
    ) -> None:
        self._line = line
        self._clock = clock
        self._filler = filler
        self._finished = finished
        self._files: list[Path | None] = [None] * len(clips)
        self._clips = clips
        self._next = 0
        self._first_sounding = 0  # of the clauses that the line has now
        self._waited_for = -1
        self._begun_at = clock.seconds()
        self._sound_since: float | None = None
        self._sounding = False
        self._filler_timer: DelayedCall | None = None
        self._fillers = 0
        self._started = False
        self._over = False
        self._paused_at_ms: int | None = None
        self.first_audio_ms: int | None = None
        self._played_s = 0.0
        self.late_clauses = 0

    @property
    def text(self) -> str:
        """The words said, masked where they must be."""
        return "".join(clip.text for clip in self._clips)

    @property
    def played_ms(self) -> int:
        if self._paused_at_ms is not None:
            return self._paused_at_ms
        running = self._clock.seconds() - self._sound_since if self._sound_since is not None else 0.0
        played = round((self._played_s + running) * 1000)
        return played if self.total_ms is None else min(played, self.total_ms)

    @property
    def total_ms(self) -> int | None:
        files = [file for file in self._files if file is not None]
        return sum(map(duration_ms, files)) if len(files) == len(self._files) else None

    def start(self) -> None:
        for index, clip in enumerate(self._clips):
            clip.file.addCallback(self._ready, index)
        self._started = True
        self._go_on()

    def stop(self) -> None:
        """Cut what plays. `finished` is not called."""
        if self._over:
            return
        self._close()
        if self._sounding:
            self._line.stop_playing()
        self._stop_watch()
        for clip in self._clips:
            clip.drop()

    def pause(self) -> None:
        """Fall silent for a while."""
        if self._over or self._paused_at_ms is not None:
            return
        self._paused_at_ms = self.played_ms
        self._cancel_filler()
        if self._sounding:
            self._sounding = False
            self._line.stop_playing()
            self._go_back_to_clause()

    def resume(self) -> None:
        """Go on at the beginning of the clause in which the prompt was paused."""
        if self._paused_at_ms is not None:
            self._paused_at_ms = None
            if not self._over:
                self._go_on()

    def _go_back_to_clause(self) -> None:
        """Let the clause be next that sounds now. What was heard of it will be heard again, and counts once."""
        if self._sound_since is None:
            return  # the filler, which nobody misses
        sounded_ms = (self._clock.seconds() - self._sound_since) * 1000
        self._sound_since = None
        for index in range(self._first_sounding, self._next):
            length_ms = duration_ms(cast(Path, self._files[index]))
            if sounded_ms < length_ms:
                self._next = index
                return
            sounded_ms -= length_ms
            self._played_s += length_ms / 1000

    def _ready(self, file: Path, index: int) -> Path:
        self._files[index] = file
        idle = not self._sounding and self._paused_at_ms is None
        if self._started and not self._over and idle and index == self._next:
            self._go_on()
        return file

    def _go_on(self) -> None:
        """Play what is ready, or wait for the next clause, or finish."""
        ready: list[Path] = []
        self._first_sounding = self._next
        while self._next < len(self._files) and (file := self._files[self._next]) is not None:
            ready.append(file)
            self._next += 1
        if ready:
            self._play(ready)
        elif self._next < len(self._files):
            self._wait()
        else:
            self._close()
            self._finished()

    def _play(self, files: Sequence[Path]) -> None:
        self._cancel_filler()
        if self.first_audio_ms is None:
            self.first_audio_ms = round((self._clock.seconds() - self._begun_at) * 1000)
        self._sounding = True
        self._sound_since = self._clock.seconds()
        self._line.play(files, self._sound_ended)

    def _sound_ended(self) -> None:
        self._stop_watch()
        self._sounding = False
        if not self._over:
            self._go_on()

    def _wait(self) -> None:
        if self._next != self._waited_for:
            self._waited_for = self._next
            self.late_clauses += 1
        if self._filler_timer is None:
            delay = NEXT_FILLER_AFTER_S if self._fillers else FILLER_AFTER_S
            self._filler_timer = self._clock.callLater(delay, self._fill)

    def _fill(self) -> None:
        self._filler_timer = None
        self._fillers += 1
        files = self._filler()
        if files:
            self._sounding = True
            self._line.play(files, self._sound_ended)

    def _stop_watch(self) -> None:
        if self._sound_since is not None:
            self._played_s += self._clock.seconds() - self._sound_since
            self._sound_since = None

    def _cancel_filler(self) -> None:
        if self._filler_timer is not None:
            self._filler_timer.cancel()
            self._filler_timer = None

    def _close(self) -> None:
        self._over = True
        self._cancel_filler()


def duration_ms(file: Path) -> int:
    """Length of an 8 kHz 16-bit mono WAV file in milliseconds; 0 if it cannot be read."""
    try:
        return max(0, (file.stat().st_size - _HEADER_BYTES) // _BYTES_PER_MS)
    except OSError as error:
        log.warning("cannot measure %s: %s", file, error)
        return 0
