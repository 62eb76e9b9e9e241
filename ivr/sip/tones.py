"""Keys as tones in the audio: taken from the mixer as bytes, looked at on the reactor thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pjsua2 as pj

from audio.dtmf import DtmfDetector
from ivr.sip.callbacks import callback
from ivr.sip.library import CLOCK_RATE, FRAME_MS, Library
from ivr.sip.mixer import join, part
from ivr.sip.pool import Pool

#: Frames handed to the reactor thread together: half the wake-ups for 20 ms of patience.
_FRAMES_AT_ONCE = 2


class Tap(pj.AudioMediaPort):  # type: ignore[misc]
    """Takes frames on the mixer's clock thread, which holds a lock there: bytes are moved and nothing else is done.

    Attributes:
        heard: called on the reactor thread with samples as bytes; None while the tap is on no call.
    """

    def __init__(self, library: Library) -> None:
        super().__init__()
        self.heard: Callable[[bytes], None] | None = None
        self._copy = library.copy_frame
        self._hand_over = library.hand_over
        self._frames: list[bytes] = []
        form = pj.MediaFormatAudio()
        form.init(pj.PJMEDIA_FORMAT_PCM, CLOCK_RATE, 1, FRAME_MS * 1000, 16)
        self.createPort("tap", form)

    def rest(self) -> None:
        """Take no more frames."""
        self.heard = None
        self._frames = []

    @callback
    def onFrameReceived(self, frame: Any) -> None:  # noqa: N802
        heard = self.heard
        if heard is None or frame.type != pj.PJMEDIA_FRAME_TYPE_AUDIO:
            return
        self._frames.append(self._copy(frame.buf))
        if len(self._frames) >= _FRAMES_AT_ONCE:
            frames, self._frames = self._frames, []
            self._hand_over(heard, b"".join(frames))


class ToneListener:
    """Looks for keys in the sound of one call from now on.

    Args:
        audio: the call's port in the mixer.
        found: called on the reactor thread with a key and the moment (`time.monotonic`, seconds).
    """

    def __init__(self, taps: Pool[Tap], audio: Any, found: Callable[[str, float], None]) -> None:
        self._taps = taps
        self._audio = audio
        self._found = found
        self._detector = DtmfDetector()
        self._tap: Tap | None = taps.take()
        self._tap.heard = self._heard
        join(audio, self._tap)

    def stop(self) -> None:
        """Listen no more."""
        tap, self._tap = self._tap, None
        if tap is not None:
            part(self._audio, tap)
            tap.rest()
            self._taps.give_back(tap)

    def _heard(self, data: bytes) -> None:
        if self._tap is None:
            return
        for key in self._detector.feed(np.frombuffer(data, np.int16)):
            self._found(key.digit, time.monotonic())
