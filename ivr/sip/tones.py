"""Keys as tones in the audio: taken from the mixer as bytes, looked at on the reactor thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from audio.dtmf import DtmfDetector
from ivr.sip.library import Library
from ivr.sip.mixer import join, part
from ivr.sip.pool import Pool
from ivr.sip.tap import Tap

#: Frames handed to the reactor thread together: half the wake-ups for 20 ms of patience.
_FRAMES_AT_ONCE = 2


class ToneListener:
    """Looks for keys in the sound of one call from now on.

    Args:
        audio: the call's port in the mixer.
        found: called on the reactor thread with a key and the moment (`time.monotonic`, seconds).
    """

    def __init__(self, library: Library, taps: Pool[Tap], audio: Any, found: Callable[[str, float], None]) -> None:
        self._library = library
        self._taps = taps
        self._audio = audio
        self._found = found
        self._detector = DtmfDetector()
        self._frames: list[bytes] = []
        self._tap: Tap | None = taps.take()
        self._tap.took = self._took
        join(audio, self._tap)

    def stop(self) -> None:
        """Listen no more."""
        tap, self._tap = self._tap, None
        if tap is not None:
            part(self._audio, tap)
            tap.took = None
            self._taps.give_back(tap)

    def _took(self, frame: bytes) -> None:
        """On the mixer's clock thread."""
        self._frames.append(frame)
        if len(self._frames) >= _FRAMES_AT_ONCE:
            frames, self._frames = self._frames, []
            self._library.hand_over(self._heard, b"".join(frames))

    def _heard(self, data: bytes) -> None:
        if self._tap is None:
            return
        for key in self._detector.feed(np.frombuffer(data, np.int16)):
            self._found(key.digit, time.monotonic())
