"""Finding keys in the sound of a call, for callers whose line sends them in no other way (ITU-T Q.23 and Q.24).

Every 5 ms the last 20 ms are looked at. They are a *hit* for a key when two sines, one near a low and one near a high
frequency of the keypad, make up nearly all that is there. The sines are found as peaks of a fine spectrum, so that
their frequencies are known to within a few hertz. Four hits that agree in frequency and in twist report the key, 35 to
40 ms after it began. A window that a tone fills less than three quarters is no hit, so that a tone of 23 ms never has
four. Then the key is held for as long as it fills half of a window; six windows in a row without it end it. Of those an
interruption of 10 ms makes two or three, a lost packet four or five, a pause of 40 ms at least seven.

Speech stays out because its power is spread over many harmonics, because much of it lies below the keypad's
frequencies, and because it holds neither pitch nor balance still. What lies below is filtered away before the windows
are looked at, or a dial tone would hide the keys; it speaks against a key unless it is as steady as a dial tone or hum.

Q.24 leaves the sign of twist to its readers; here 10 dB are allowed either way, more than both +4 and -8 dB.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from audio.g711 import FULL_SCALE_SINE_DBM0
from audio.pcm import FULL_SCALE, Samples
from audio.tones import HIGH_GROUP_HZ, KEYPAD, LOW_GROUP_HZ

RATE = 8000
HOP, WINDOW = 40, 160

#: A frequency may be off by this share; Q.24 wants 1.5 % accepted and 3.5 % refused.
GREATEST_OFFSET = 0.025
#: The weaker tone must have at least this level.
LEAST_LEVEL_DBM0 = -42.0
#: Neither tone may be stronger than the other by more.
GREATEST_TWIST_DB = 10.0
#: The two tones' share of the power of a window that counts as a hit, and of one that a tone fills.
LEAST_PURITY, FULL_PURITY = 0.77, 0.88
#: Share at which a key that was reported counts as still held, so that noise does not break it into two.
HELD_PURITY = 0.5

_HITS, _FULL_HITS = 4, 3
#: So many windows in a row without the key end it; more than so many without a hit forget hits that led to none.
_MISSES_TO_END, _MISSES_TO_FORGET = 6, 6
#: Four hits of one key agree to within these.
_FREQUENCY_SPREAD, _TWIST_SPREAD_DB = 0.015, 3.0
#: Power below the keypad's frequencies, as share of that above, that needs no excuse.
_LITTLE_BELOW = 0.05
#: What was there for so many windows, 200 ms, is excused if the middle three fifths of their powers lie within 2 dB.
_STEADY_WINDOWS, _STEADY_FACTOR = 40, 1.6

_LEAST_POWER = (FULL_SCALE * 10 ** ((LEAST_LEVEL_DBM0 - FULL_SCALE_SINE_DBM0) / 20)) ** 2 / 2
_HOPS = WINDOW // HOP
#: Samples looked at together. For a larger product BLAS wakes its threads, and those cost more than they help.
_PIECE = RATE // 10
_STEP_HZ, _LOW_START_HZ, _HIGH_START_HZ = 20.0, 640.0, 1140.0
_SPLIT = 19
_NO_SPECTRA = np.zeros((0, 0), dtype=np.float32)
_GRID = np.concatenate([_LOW_START_HZ + _STEP_HZ * np.arange(_SPLIT), _HIGH_START_HZ + _STEP_HZ * np.arange(30)])
#: A peak between two frequencies of the grid looks lower by up to this factor: sinc(10 Hz * 20 ms) squared.
_GRID_LOSS = 0.87

_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class DetectedKey:
    """A key that was pressed.

    Attributes:
        digit: one of `0-9 * # A-D`.
        start_ms: when its tone began, to about 5 ms, counted from the first sample that was fed.
    """

    digit: str
    start_ms: float


@dataclass(frozen=True)
class _Hit:
    """Attributes:
    window: number of the window.
    low, high: frequencies as shares of the nominal ones, less one.
    twist_db: level of the high tone over that of the low one.
    """

    window: int
    digit: str
    purity: float
    low: float
    high: float
    twist_db: float


class DtmfDetector:
    """Finds keys in a stream of int16 samples at 8 kHz.

    Costs 0.16 % of a core per call in speech, 0.11 % in silence and 0.43 % while a key is held, in chunks of 20 ms
    (measured on 2 cores of a shared server, OpenBLAS with one thread), so it can stay on until the call shows RFC 4733.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew, as for another call."""
        # Silence comes before the first sample.
        self._raw: _Floats = np.zeros(2 * HOP, dtype=np.float32)
        self._above: _Floats = np.zeros((_HOPS - 1, HOP), dtype=np.float32)
        self._below: _Floats = np.zeros((_HOPS - 1, HOP), dtype=np.float32)
        self._powers_below: deque[float] = deque([0.0], maxlen=_STEADY_WINDOWS)
        self._window = 0
        self._hits: deque[_Hit] = deque(maxlen=_HITS)
        self._held: _Hit | None = None

    def feed(self, samples: Samples) -> list[DetectedKey]:
        """Take the next samples, int16 [n], any number of them; give the keys that became certain with them."""
        keys: list[DetectedKey] = []
        for start in range(0, len(samples), _PIECE):
            self._raw = np.concatenate([self._raw, samples[start : start + _PIECE].astype(np.float32)])
            whole = len(self._raw) // HOP
            if whole > 2:
                keys += self._look_at(self._raw[: whole * HOP].reshape(whole, HOP))
                self._raw = self._raw[(whole - 2) * HOP :]
        return keys

    def _look_at(self, raw: _Floats) -> list[DetectedKey]:
        """The windows that end with each hop of `raw`, float32 [n + 2, HOP]; the filter needs one before and after."""
        above = np.concatenate([self._above, _joined(raw, 3) @ _high_pass()])
        below = np.concatenate([self._below, raw[1:-1] - above[_HOPS - 1 :]])
        self._above, self._below = above[1 - _HOPS :], below[1 - _HOPS :]
        powers = _window_powers(above)
        # Most of a call is silence on this side: then there is no need to look at its spectrum.
        spectra = _spectra(_joined(above, _HOPS)) if max(powers) > _LEAST_POWER else _NO_SPECTRA
        peaks = _two_peaks(spectra) if spectra.size else [0.0] * len(powers)
        keys: list[DetectedKey] = []
        rows = zip(peaks, powers, _window_powers(below), strict=True)
        for number, (peak, power, power_below) in enumerate(rows):
            self._powers_below.append(power_below)
            least_purity = HELD_PURITY if self._held else LEAST_PURITY
            if peak > _LEAST_POWER and peak > power * least_purity * _GRID_LOSS:
                hit = _measure(self._window, spectra[number].tolist(), power)
                key = self._take(hit, power) if hit and hit.purity > least_purity else None
                keys += [key] if key else []
            if self._held and self._window - self._held.window >= _MISSES_TO_END:
                self._held = None
            self._window += 1
        return keys

    def _take(self, hit: _Hit, power_above: float) -> DetectedKey | None:
        """Go on with the key that is held, or collect hits until they make a new one."""
        if self._held and hit.digit == self._held.digit:
            self._held = hit
            return None
        if hit.purity < LEAST_PURITY or not self._quiet_below(power_above):
            return None
        if self._hits and (self._hits[-1].digit != hit.digit or hit.window - self._hits[-1].window > _MISSES_TO_FORGET):
            self._hits.clear()
        self._hits.append(hit)
        if not _agree(self._hits):
            return None
        first, self._held = self._hits[0], hit
        self._hits.clear()
        # What part of the first window the tone fills is its purity, as long as silence came before.
        start = first.window * HOP - min(1.0, first.purity) * WINDOW
        return DetectedKey(hit.digit, max(0.0, start * 1000 / RATE))

    def _quiet_below(self, power: float) -> bool:
        """Little below the keypad's frequencies, but for what has been there steadily."""
        steady = 0.0
        if len(self._powers_below) == _STEADY_WINDOWS:
            ordered = sorted(self._powers_below)
            lower, upper = ordered[_STEADY_WINDOWS // 5], ordered[-_STEADY_WINDOWS // 5]
            steady = upper if upper <= _STEADY_FACTOR * lower else 0.0
        return self._powers_below[-1] <= _LITTLE_BELOW * power + _STEADY_FACTOR * steady


def _measure(window: int, spectrum: list[float], power_above: float) -> _Hit | None:
    """What key a window holds; None when its frequencies or its levels are not those of a key."""
    low_hz, low_power = _peak(spectrum[:_SPLIT], _LOW_START_HZ)
    high_hz, high_power = _peak(spectrum[_SPLIT:], _HIGH_START_HZ)
    if min(low_power, high_power) < _LEAST_POWER:
        return None
    row, low = _nearest(low_hz, LOW_GROUP_HZ)
    column, high = _nearest(high_hz, HIGH_GROUP_HZ)
    twist_db = 10 * math.log10(high_power / low_power)
    if max(abs(low), abs(high)) > GREATEST_OFFSET or abs(twist_db) > GREATEST_TWIST_DB:
        return None
    return _Hit(window, KEYPAD[row][column], (low_power + high_power) / power_above, low, high, twist_db)


def _peak(powers: list[float], start_hz: float) -> tuple[float, float]:
    """Frequency and power of the highest peak, by a parabola through the logarithms of three points of the grid.

    Power 0 when the highest point is at an end of the grid: the peak is somewhere outside.
    """
    top = powers.index(max(powers))
    if not 0 < top < len(powers) - 1:
        return 0.0, 0.0
    before, here, after = (math.log(power + 1e-9) for power in powers[top - 1 : top + 2])
    shift = (before - after) / (2 * (before - 2 * here + after) - 1e-9)
    return start_hz + (top + shift) * _STEP_HZ, math.exp(here - (before - after) * shift / 4)


def _nearest(hz: float, group: Sequence[float]) -> tuple[int, float]:
    """Which of the group's frequencies is nearest, and by what share it is missed."""
    offsets = [hz / nominal - 1 for nominal in group]
    index = min(range(len(offsets)), key=lambda number: abs(offsets[number]))
    return index, offsets[index]


def _agree(hits: Sequence[_Hit]) -> bool:
    """Enough hits, most of them filled by the tones, that held their pitch and their balance."""
    return (
        len(hits) == _HITS
        and sum(hit.purity > FULL_PURITY for hit in hits) >= _FULL_HITS
        and _spread([hit.low for hit in hits]) < _FREQUENCY_SPREAD
        and _spread([hit.high for hit in hits]) < _FREQUENCY_SPREAD
        and _spread([hit.twist_db for hit in hits]) < _TWIST_SPREAD_DB
    )


def _spread(values: list[float]) -> float:
    return max(values) - min(values)


def _joined(hops: _Floats, number: int) -> _Floats:
    """Float32 [n, HOP] -> [n - number + 1, number * HOP]: each row with those that follow it."""
    rows = len(hops) - number + 1
    return np.concatenate([hops[first : first + rows] for first in range(number)], axis=1)


def _window_powers(hops: _Floats) -> list[float]:
    """Mean square of each window, the one that ends with the fourth hop first."""
    sums = np.einsum("ij,ij->i", hops, hops).tolist()
    return [sum(sums[first : first + _HOPS]) / WINDOW for first in range(len(sums) - _HOPS + 1)]


def _spectra(windows: _Floats) -> _Floats:
    """Float32 [windows, WINDOW] -> [windows, grid]: the power that a sine of each frequency would have."""
    parts = np.square(windows @ _sines())
    spectra: _Floats = parts[:, : len(_GRID)] + parts[:, len(_GRID) :]
    return spectra


def _two_peaks(spectra: _Floats) -> list[float]:
    """For each window the highest power in the low group's part of the grid plus that in the high group's."""
    peaks: list[float] = np.maximum.reduceat(spectra, [0, _SPLIT], axis=1).sum(axis=1).tolist()
    return peaks


@lru_cache(maxsize=1)
def _sines() -> _Floats:
    """Float32 [WINDOW, 2 * grid]: cosines, then sines."""
    phases = 2 * np.pi * np.arange(WINDOW)[:, None] * _GRID[None, :] / RATE
    sines = np.concatenate([np.cos(phases), np.sin(phases)], axis=1) * math.sqrt(2) / WINDOW
    matrix: _Floats = sines.astype(np.float32)
    return matrix


@lru_cache(maxsize=1)
def _high_pass() -> _Floats:
    """Float32 [3 * HOP, HOP]: takes a hop and its neighbours to the hop without what is below the keypad's frequencies.

    A linear-phase filter, one hop long on either side: 35 dB down at 480 Hz and lower, nothing lost from 680 Hz on.
    """
    n = np.arange(-HOP, HOP + 1)
    cutoff = 575.0 / RATE
    taps = -2 * cutoff * np.sinc(2 * cutoff * n) * np.kaiser(len(n), 3.2)
    taps[HOP] += 1
    columns = [np.pad(taps, (output, HOP - 1 - output)) for output in range(HOP)]
    matrix: _Floats = np.stack(columns, axis=1).astype(np.float32)
    return matrix
