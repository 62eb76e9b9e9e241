"""Change of sample rate by a polyphase windowed-sinc filter.

Between the rates `from_rate : to_rate = down : up` in lowest terms, output sample n lies at input time n * down / up.
Its fractional part takes only `up` values, the phases; each has a short filter of its own, cut from one Kaiser-windowed
sinc.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from audio.pcm import Floats, Pcm

#: What would fold over, or appear as an image, is held this far down.
STOPBAND_DB = 80.0
#: Share of the lower rate's half that passes unchanged; the filter has closed at that half.
PASSBAND = 0.92


def resample(pcm: Pcm, rate: int) -> Pcm:
    """The same sound at another rate; as long as before, to within a sample, and not shifted."""
    return Pcm.from_floats(resample_floats(pcm.to_floats(), pcm.rate, rate), rate)


def resample_floats(values: Floats, from_rate: int, to_rate: int) -> Floats:
    """Float64 [n] at `from_rate` -> float64 [ceil(n * to_rate / from_rate)] at `to_rate`."""
    if from_rate == to_rate:
        return values
    divisor = math.gcd(from_rate, to_rate)
    down, up = from_rate // divisor, to_rate // divisor
    filters = _phase_filters(up, down)
    reach = filters.shape[1] // 2
    count = -(-len(values) * up // down)
    padded = np.concatenate([np.zeros(reach), values, np.zeros(reach + 1)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, filters.shape[1])
    result = np.empty(count)
    for first in range(min(up, count)):
        start, phase = divmod(first * down, up)
        wanted = len(range(first, count, up))
        result[first::up] = windows[start::down][:wanted] @ filters[phase]
    return result


@lru_cache(maxsize=16)
def _phase_filters(up: int, down: int) -> Floats:
    """Float64 [up, taps]: row p interpolates p/up of a sample after the centre tap. Every row sums to one."""
    lower_half = min(1.0, up / down) / 2
    cutoff, transition = lower_half * (1 + PASSBAND) / 2, lower_half * (1 - PASSBAND)
    # Kaiser's formulas for the length and the shape of the window.
    reach = math.ceil((STOPBAND_DB - 8) / (2.285 * 2 * math.pi * transition) / 2)
    beta = 0.1102 * (STOPBAND_DB - 8.7)
    distance = np.arange(-reach, reach + 1)[None, :] - np.arange(up)[:, None] / up
    window = np.i0(beta * np.sqrt(np.maximum(1 - (distance / (reach + 1)) ** 2, 0))) / np.i0(beta)
    taps = np.sinc(2 * cutoff * distance) * window
    filters: Floats = taps / taps.sum(axis=1, keepdims=True)
    return filters
