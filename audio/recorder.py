"""Writing down what somebody says: a WAV file that grows, and the decision when they have finished.

Speech is told from noise by its level over the quietest that the line has been: a tractor that hums all the time is
quiet, whoever speaks over it is not.
"""

from __future__ import annotations

import contextlib
import math
import os
import struct
from pathlib import Path
from typing import Literal

import numpy as np

RATE = 8000
_FRAME = RATE // 50  # samples of 20 ms
_FRAME_MS = 20
_BYTES_PER_MS = RATE * 2 // 1000
#: Levels in dBFS: nothing quieter is speech; how much louder than the line speech is; the quietest line believed in.
_LEAST_DBFS, _OVER_FLOOR_DB, _QUIETEST_DBFS = -48.0, 10.0, -65.0
#: The floor rises so much per frame, in dB, to follow a line that becomes louder.
_FLOOR_RISE_DB = 0.05
#: Loud frames in a row that make speech, not a click, and all that must be heard before somebody has spoken.
_LEAST_RUN, _LEAST_FRAMES = 3, 15
#: What is kept of the silence at the end, in milliseconds.
_TAIL_MS = 500
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")

Finished = Literal["silence", "longest"]


class Recorder:
    """A recording under way: 8 kHz, mono, 16 bit, readable by nobody but the owner.

    Args:
        path: the file; it must not be there yet.
        most_ms: longest recording, milliseconds.
        silence_ms: silence that ends it, milliseconds; also when nothing was said at all.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path, most_ms: int, silence_ms: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._file.write(_header(0))
        self._most_ms = most_ms
        self._silence_ms = silence_ms
        self._written = 0
        self._rest = b""
        self._floor = 0.0
        self._run = 0
        self._loud_frames = 0
        self._spoke_until_ms = 0
        self._heard_ms = 0

    @property
    def spoke(self) -> bool:
        """Whether anybody has said anything."""
        return self._loud_frames >= _LEAST_FRAMES

    def feed(self, samples: bytes) -> Finished | None:
        """Take samples (16 bit, the machine's byte order). Says why the recording is over, once it is.

        Raises:
            OSError: the disk does not take it.
        """
        self._file.write(samples)
        self._written += len(samples)
        data = self._rest + samples
        whole = len(data) // (2 * _FRAME) * 2 * _FRAME
        self._rest = data[whole:]
        for frame in np.frombuffer(data[:whole], np.int16).reshape(-1, _FRAME):
            self._judge(frame)
        if self._heard_ms >= self._most_ms:
            return "longest"
        return "silence" if self._heard_ms - self._spoke_until_ms >= self._silence_ms else None

    def close(self) -> int:
        """Finish the file, so that it is on disk for good; gives its length in milliseconds.

        Raises:
            OSError: the disk does not take it.
        """
        with self._file as file:
            kept = min(self._written, (self._spoke_until_ms + _TAIL_MS) * _BYTES_PER_MS) if self.spoke else 0
            file.flush()
            file.truncate(_HEADER.size + kept)
            file.seek(0)
            file.write(_header(kept))
            file.flush()
            os.fsync(file.fileno())
        return kept // _BYTES_PER_MS

    def give_up(self) -> None:
        """Let go of the file as it is, because the disk does not take any more."""
        with contextlib.suppress(OSError):
            self._file.close()

    def _judge(self, frame: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> None:
        self._heard_ms += _FRAME_MS
        power = float(np.mean(frame.astype(np.float64) ** 2))
        level = max(10 * math.log10(power / 32768**2) if power else -math.inf, _QUIETEST_DBFS)
        self._floor = min(level, self._floor + _FLOOR_RISE_DB)
        loud = level > max(self._floor + _OVER_FLOOR_DB, _LEAST_DBFS)
        self._run = self._run + 1 if loud else 0
        if self._run >= _LEAST_RUN:
            self._loud_frames += _LEAST_RUN if self._run == _LEAST_RUN else 1
            self._spoke_until_ms = self._heard_ms


def mend(path: Path) -> None:
    """Let a recording that was never closed, because its process died, say how long it is.

    Raises:
        OSError: the file cannot be read or written.
    """
    length = max(0, path.stat().st_size - _HEADER.size) // 2 * 2
    with path.open("r+b") as file:
        file.write(_header(length))
        file.truncate(_HEADER.size + length)


def _header(length: int) -> bytes:
    return _HEADER.pack(b"RIFF", length + 36, b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16, b"data", length)
