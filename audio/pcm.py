"""Mono sound in memory. Audio never travels without its rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]

#: A float sample of 1.0 stands for this integer: full scale.
FULL_SCALE = 32768


@dataclass(frozen=True, eq=False)
class Pcm:
    """Mono linear PCM.

    Attributes:
        samples: int16 [n]; the array is read-only once it is here, so that a Pcm can be shared.
        rate: samples per second.
    """

    samples: Samples
    rate: int

    def __post_init__(self) -> None:
        if self.samples.dtype != np.int16 or self.samples.ndim != 1:
            raise ValueError(f"samples must be int16 [n], not {self.samples.dtype} {list(self.samples.shape)}")
        if self.rate <= 0:
            raise ValueError(f"rate must be positive, not {self.rate}")
        shared = self.samples.view()
        shared.flags.writeable = False
        object.__setattr__(self, "samples", shared)

    @staticmethod
    def silence(ms: float, rate: int) -> Pcm:
        """Digital silence of `ms` milliseconds."""
        return Pcm(np.zeros(round(ms * rate / 1000), dtype=np.int16), rate)

    @staticmethod
    def concat(pieces: Iterable[Pcm]) -> Pcm:
        """One piece after the other. Raises ValueError when there are none or their rates differ."""
        listed = list(pieces)
        rates = {piece.rate for piece in listed}
        if len(rates) != 1:
            raise ValueError(f"pieces to join must have one rate, not {sorted(rates)}")
        return Pcm(np.concatenate([piece.samples for piece in listed]), rates.pop())

    @staticmethod
    def from_floats(values: npt.ArrayLike, rate: int) -> Pcm:
        """From floats [n] where 1.0 is full scale. What is louder than full scale is clipped."""
        scaled = np.rint(np.asarray(values, dtype=np.float64) * FULL_SCALE)
        return Pcm(np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16), rate)

    @staticmethod
    def from_bytes(data: bytes, rate: int) -> Pcm:
        """From little-endian 16-bit samples. Raises ValueError for an odd number of bytes."""
        return Pcm(np.frombuffer(data, dtype="<i2").astype(np.int16), rate)

    def to_bytes(self) -> bytes:
        """Little-endian 16-bit samples."""
        return self.samples.astype("<i2").tobytes()

    def to_floats(self) -> Floats:
        """Float64 [n], full scale at 1.0."""
        return self.samples.astype(np.float64) / FULL_SCALE

    @property
    def duration_ms(self) -> float:
        return len(self.samples) * 1000 / self.rate

    def cut(self, start_ms: float, end_ms: float) -> Pcm:
        """The part from `start_ms` to `end_ms`, both held to what there is."""
        start = max(0, round(start_ms * self.rate / 1000))
        return Pcm(self.samples[start : max(start, round(end_ms * self.rate / 1000))], self.rate)
