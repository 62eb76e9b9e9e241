"""Keys as tones in the audio."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from audio.dtmf import DtmfDetector
from ivr.sip.tap import Tap, Taps, is_quiet

#: Rounds in which a quiet call is looked at: a key that begins then is found 40 ms later at most.
EACH_SECOND = 2


class ToneListener:
    """Looks for keys in the sound of one call from now on.

    Args:
        audio: the call's port in the mixer.
        found: called with a key and the moment (`time.monotonic`, seconds).
    """

    def __init__(self, taps: Taps, audio: Any, found: Callable[[str, float], None]) -> None:
        self._taps = taps
        self._audio = audio
        self._found = found
        self._detector = DtmfDetector()
        self._tap: Tap | None = taps.take()
        self._tap.hear(audio)
        taps.each_round(self._look)

    def stop(self) -> None:
        """Listen no more."""
        tap, self._tap = self._tap, None
        if tap is not None:
            self._taps.no_more(self._look)
            tap.leave(self._audio)
            self._taps.give_back(tap)

    def _look(self) -> int:
        sound = self._tap.taken() if self._tap is not None else b""
        for key in self._detector.feed(np.frombuffer(sound, np.int16)):
            self._found(key.digit, time.monotonic())
        return EACH_SECOND if is_quiet(sound) else 1
