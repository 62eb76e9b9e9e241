"""The ear and mouth of the test phone: a port of the mixer that records both directions and speaks what it is given."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pjsua2 as pj

from audio.pcm import Pcm
from ivr.sip.callbacks import callback
from ivr.sip.frames import copier

RATE = 8000
FRAME_MS = 20
FRAME_BYTES = RATE * FRAME_MS // 1000 * 2
_SILENCE = bytes(FRAME_BYTES)
#: How late an echo is: a room and two jitter buffers.
_ECHO_FRAMES = 6


class Handset(pj.AudioMediaPort):  # type: ignore[misc]
    """Counts the frames of the mixer's clock, which is the clock of the recording.

    The mixer asks each frame of what we say first and gives what we hear then, on its own thread.

    Args:
        echo_db: what is heard is said again, so much weaker; None for no echo.
    """

    def __init__(self, echo_db: float | None = None) -> None:
        super().__init__()
        self._echo = 0.0 if echo_db is None else 10 ** (-abs(echo_db) / 20)
        self._copy = copier()
        self._lock = threading.Lock()
        self._heard: list[bytes] = []
        self._said: list[bytes] = []
        self._to_say = b""
        self._loop = b""
        self._last_frame_at = time.monotonic()
        self._taken = 0
        form = pj.MediaFormatAudio()
        form.init(pj.PJMEDIA_FORMAT_PCM, RATE, 1, FRAME_MS * 1000, 16)
        self.createPort("handset", form)

    @property
    def now_ms(self) -> float:
        """The place in the recording at this moment."""
        with self._lock:
            since_ms = (time.monotonic() - self._last_frame_at) * 1000
            return len(self._said) * FRAME_MS + min(since_ms, FRAME_MS) if self._said else 0.0

    def begin(self) -> None:
        """Begin to record. The null device listens too, so that the clock goes on while the call is on hold."""
        self.startTransmit(pj.Endpoint.instance().audDevManager().getPlaybackDevMedia())

    def say(self, sound: Pcm) -> None:
        """Say this after what there still is to say."""
        with self._lock:
            self._to_say += sound.to_bytes()

    def say_over_and_over(self, sound: Pcm) -> None:
        """Say this whenever there is nothing else to say."""
        with self._lock:
            self._loop = sound.to_bytes()

    def take_frames(self) -> list[tuple[float, Pcm]]:
        """The frames heard since the last time, each with its start in the recording in milliseconds."""
        with self._lock:
            new = list(enumerate(self._heard[self._taken :], start=self._taken))
            self._taken = len(self._heard)
        return [(number * FRAME_MS, Pcm.from_bytes(data, RATE)) for number, data in new]

    def heard(self) -> Pcm:
        with self._lock:
            return Pcm.from_bytes(b"".join(self._heard), RATE)

    def said(self) -> Pcm:
        with self._lock:
            return Pcm.from_bytes(b"".join(self._said), RATE)

    def _with_echo(self, frame: bytes) -> bytes:
        if not self._echo or len(self._heard) < _ECHO_FRAMES:
            return frame
        heard = np.frombuffer(self._heard[-_ECHO_FRAMES], np.int16)
        mixed = np.frombuffer(frame, np.int16) + heard * self._echo
        return mixed.clip(-32768, 32767).astype(np.int16).tobytes()

    @callback
    def onFrameRequested(self, frame: Any) -> None:  # noqa: N802
        with self._lock:
            if not self._to_say:
                self._to_say = self._loop
            data, self._to_say = self._to_say[:FRAME_BYTES], self._to_say[FRAME_BYTES:]
            data = self._with_echo(data.ljust(FRAME_BYTES, b"\0"))
            self._said.append(data)
            self._last_frame_at = time.monotonic()
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.buf = pj.ByteVector(data)
        frame.size = len(data)

    @callback
    def onFrameReceived(self, frame: Any) -> None:  # noqa: N802
        data = self._copy(frame.buf) if frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO else b""
        with self._lock:
            missed = len(self._said) - len(self._heard) - 1
            if missed >= 0:  # else the recording has not begun
                self._heard += [_SILENCE] * missed + [data[:FRAME_BYTES].ljust(FRAME_BYTES, b"\0")]


def is_loud(frame: Pcm, threshold_dbfs: float) -> bool:
    """True if the RMS of a frame is over the threshold."""
    limit = 10 ** (threshold_dbfs / 20)
    return bool(np.mean(frame.to_floats() ** 2) > limit**2)
