"""Making any recording or voice fit the telephone: 8 kHz, 300 to 3400 Hz, one loudness, never clipped.

Loudness is that of ITU-R BS.1770-4 (K-weighting, 400 ms blocks, gates at -70 LUFS and 10 LU below the mean). The
standard gives its K-weighting as filters for 48 kHz; here their response is applied in the frequency domain, which is
exact at every rate.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from audio import level
from audio.pcm import Floats, Pcm
from audio.resample import resample_floats

#: Every prompt gets this loudness. At -23 LUFS the peaks of speech keep clear of the limiter.
TARGET_LUFS = -23.0
#: No sample, nor the curve between samples, goes above this.
PEAK_CEILING_DBFS = -1.0
#: More gain than this would only make the noise of a nearly empty recording loud.
GREATEST_GAIN_DB = 30.0
RATE = 8000
LOWEST_HZ, HIGHEST_HZ = 300.0, 3400.0

#: From where all passes to where 60 dB are gone.
_EDGE_HZ = 120.0
_BLOCK_MS, _HOP_MS = 400, 100
# BS.1770-4, tables 1 and 2: (b0, b1, b2), (a0, a1, a2) at 48 kHz.
_K_WEIGHTING_48K = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


def for_telephone(pcm: Pcm) -> Pcm:
    """The same sound as it is best sent down a telephone line; silence stays silence."""
    # In floats to the end: filters overshoot, and an integer between two steps would clip.
    narrow = _band_limited(resample_floats(pcm.to_floats(), pcm.rate, RATE))
    gain_db = min(TARGET_LUFS - _gated_loudness(narrow, RATE), GREATEST_GAIN_DB)
    return Pcm.from_floats(_limited(narrow * 10 ** (gain_db / 20)), RATE)


def loudness(pcm: Pcm) -> float:
    """Gated loudness in LUFS (BS.1770-4, one channel); minus infinity when all is below the gate of -70 LUFS.

    Sound shorter than one block of 400 ms is measured as one block of its own length, so that a single word can be.
    """
    return _gated_loudness(pcm.to_floats(), pcm.rate)


def trim_silence(pcm: Pcm, threshold_dbfs: float = level.DEFAULT_THRESHOLD_DBFS, keep_ms: float = 20) -> Pcm:
    """Without the silence before the first and after the last sound, but for `keep_ms`; empty if there is no sound."""
    heard = level.sounds(pcm, threshold_dbfs)
    if not heard:
        return Pcm.silence(0, pcm.rate)
    return pcm.cut(heard[0][0] - keep_ms, heard[-1][1] + keep_ms)


def _gated_loudness(values: Floats, rate: int) -> float:
    powers = _block_powers(_k_weighted(values, rate), rate)
    audible = powers[_lufs(powers) > -70]
    if len(audible) == 0:
        return -math.inf
    gated = audible[_lufs(audible) > _lufs(np.mean(audible, keepdims=True)) - 10]
    return float(_lufs(np.mean(gated, keepdims=True))[0])


def _lufs(powers: Floats) -> Floats:
    result: Floats = -0.691 + 10 * np.log10(np.maximum(powers, 1e-20))
    return result


def _k_weighted(values: Floats, rate: int) -> Floats:
    """Float64 [n] -> float64 [n]. The padding takes up the high-pass filter's tail, which would wrap around."""
    size = _fast_size(len(values) + rate // 2)
    z = np.exp(2j * np.pi * np.fft.rfftfreq(size, 1 / rate) / 48000)
    response = np.ones_like(z)
    for (b0, b1, b2), (a0, a1, a2) in _K_WEIGHTING_48K:
        response *= (b0 + b1 / z + b2 / z**2) / (a0 + a1 / z + a2 / z**2)
    return np.fft.irfft(np.fft.rfft(values, size) * response, size)[: len(values)]


def _block_powers(values: Floats, rate: int) -> Floats:
    """Mean square of every block of 400 ms, one each 100 ms: float64 [blocks]."""
    block, hop = rate * _BLOCK_MS // 1000, rate * _HOP_MS // 1000
    block = max(1, min(block, len(values)))
    sums = np.concatenate([[0.0], np.cumsum(values**2)])
    powers: Floats = ((sums[block:] - sums[:-block]) / block)[::hop]
    return powers


def _band_limited(values: Floats) -> Floats:
    """What a telephone channel lets pass, not shifted in time; float64 [n] -> float64 [n] at 8 kHz."""
    taps = _telephone_filter()
    size = _fast_size(len(values) + len(taps) - 1)
    start = len(taps) // 2
    return np.fft.irfft(np.fft.rfft(values, size) * np.fft.rfft(taps, size), size)[start : start + len(values)]


def _limited(values: Floats) -> Floats:
    """Turn the gain down smoothly around peaks that would go above the ceiling."""
    ceiling = 10 ** (PEAK_CEILING_DBFS / 20)
    # The highest of the curve near each sample, from four times the rate (BS.1770-4, annex 2).
    between = np.abs(resample_floats(values, RATE, 4 * RATE)).reshape(-1, 4)
    peaks = np.maximum(between.max(axis=1), np.abs(values))
    if peaks.max(initial=0.0) <= ceiling:
        return values
    reach = RATE * 5 // 1000
    wanted = np.pad(np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9)), 2 * reach, constant_values=1.0)
    lowest = np.lib.stride_tricks.sliding_window_view(wanted, 2 * reach + 1).min(axis=1)
    smooth = np.hanning(2 * reach + 3)[1:-1]
    return values * np.convolve(lowest, smooth / smooth.sum(), mode="valid")


@lru_cache(maxsize=1)
def _telephone_filter() -> Floats:
    """Linear-phase band-pass, 6 dB down half an edge outside of the band: float64 [taps], an odd number."""
    reach = 120
    n = np.arange(-reach, reach + 1)
    low, high = (LOWEST_HZ - _EDGE_HZ / 2) / RATE, (HIGHEST_HZ + _EDGE_HZ / 2) / RATE
    taps: Floats = (2 * high * np.sinc(2 * high * n) - 2 * low * np.sinc(2 * low * n)) * np.kaiser(2 * reach + 1, 6.0)
    return taps


def _fast_size(least: int) -> int:
    """The next power of two: FFTs of other sizes can be slow."""
    return 1 << (max(least, 2) - 1).bit_length()
