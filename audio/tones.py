"""Telephone tones: keys (ITU-T Q.23) and call progress, for the test phone and for tests of what hears them.

Levels are in dBm0, per tone: a sine of 0 dBm0 is 3.14 dB below the largest sine that A-law can carry (ITU-T G.711).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from audio.g711 import FULL_SCALE_SINE_DBM0
from audio.pcm import Floats, Pcm

RATE = 8000
LOW_GROUP_HZ = (697.0, 770.0, 852.0, 941.0)
HIGH_GROUP_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
#: Row by row, as on the keypad: row r sounds `LOW_GROUP_HZ[r]`, column c `HIGH_GROUP_HZ[c]`.
KEYPAD = ("123A", "456B", "789C", "*0#D")
#: What a telephone sends by default: within Q.24's range in every network.
DEFAULT_LEVEL_DBM0 = -9.0


def key_frequencies(digit: str) -> tuple[float, float]:
    """The low and the high frequency of a key in Hz. Raises ValueError for what is not one of `0-9 * # A-D`."""
    for row, keys in enumerate(KEYPAD):
        if len(digit) == 1 and digit in keys:
            return LOW_GROUP_HZ[row], HIGH_GROUP_HZ[keys.index(digit)]
    raise ValueError(f"not a key: {digit!r}")


def key(
    digit: str,
    ms: float,
    *,
    level_dbm0: float = DEFAULT_LEVEL_DBM0,
    twist_db: float = 0.0,
    offset: float = 0.0,
    rate: int = RATE,
) -> Pcm:
    """One key pressed for `ms` milliseconds.

    Args:
        level_dbm0: level of the stronger tone.
        twist_db: level of the high tone over that of the low one: positive when the high tone is the stronger.
        offset: both frequencies are off by this share: 0.015 is 1.5 % high.
    """
    low, high = key_frequencies(digit)
    levels = (level_dbm0 - max(0.0, twist_db), level_dbm0 + min(0.0, twist_db))
    return tone([(low * (1 + offset), levels[0]), (high * (1 + offset), levels[1])], ms, rate)


def keys(
    digits: str,
    *,
    tone_ms: float = 80,
    pause_ms: float = 80,
    level_dbm0: float = DEFAULT_LEVEL_DBM0,
    twist_db: float = 0.0,
    offset: float = 0.0,
    rate: int = RATE,
) -> Pcm:
    """Several keys, each followed by a pause. Arguments as for `key`."""
    pause = Pcm.silence(pause_ms, rate)
    pieces: list[Pcm] = [Pcm.silence(0, rate)]
    for digit in digits:
        pressed = key(digit, tone_ms, level_dbm0=level_dbm0, twist_db=twist_db, offset=offset, rate=rate)
        pieces += [pressed, pause]
    return Pcm.concat(pieces)


def tone(parts: Sequence[tuple[float, float]], ms: float, rate: int = RATE) -> Pcm:
    """The sum of sines, each given as (frequency in Hz, level in dBm0)."""
    time = np.arange(round(ms * rate / 1000)) / rate
    total: Floats = np.zeros(len(time))
    for frequency, level_dbm0 in parts:
        total += amplitude(level_dbm0) * np.sin(2 * np.pi * frequency * time)
    return Pcm.from_floats(total, rate)


def noise(ms: float, level_dbm0: float, random: np.random.Generator, rate: int = RATE) -> Pcm:
    """White noise with the power that a sine of `level_dbm0` has."""
    spread = amplitude(level_dbm0) / np.sqrt(2)
    return Pcm.from_floats(random.normal(0.0, spread, round(ms * rate / 1000)), rate)


def mix(first: Pcm, second: Pcm) -> Pcm:
    """Both at once, as long as the longer one; clipped where the sum is too large. Raises ValueError on two rates."""
    if first.rate != second.rate:
        raise ValueError(f"sounds to mix must have one rate, not {first.rate} and {second.rate}")
    total = np.zeros(max(len(first.samples), len(second.samples)))
    total[: len(first.samples)] += first.to_floats()
    total[: len(second.samples)] += second.to_floats()
    return Pcm.from_floats(total, first.rate)


def dial_tone(ms: float, level_dbm0: float = -10.0) -> Pcm:
    """450 Hz without a break, as in China (ITU-T E.180 supplement 2)."""
    return tone([(450.0, level_dbm0)], ms)


def ringing_tone(ms: float, level_dbm0: float = -10.0) -> Pcm:
    """450 Hz, 1 s on and 4 s off, as in China."""
    return _cadence(450.0, [1000, 4000], ms, level_dbm0)


def busy_tone(ms: float, level_dbm0: float = -10.0) -> Pcm:
    """450 Hz, 0.35 s on and 0.35 s off, as in China."""
    return _cadence(450.0, [350, 350], ms, level_dbm0)


def congestion_tone(ms: float, level_dbm0: float = -10.0) -> Pcm:
    """450 Hz, 0.7 s on and 0.7 s off, as in China."""
    return _cadence(450.0, [700, 700], ms, level_dbm0)


def amplitude(level_dbm0: float) -> float:
    """Peak of a sine of that level, full scale at 1.0."""
    return float(10 ** ((level_dbm0 - FULL_SCALE_SINE_DBM0) / 20))


def _cadence(frequency: float, on_off_ms: Iterable[float], ms: float, level_dbm0: float) -> Pcm:
    on_ms, off_ms = on_off_ms
    period = Pcm.concat([tone([(frequency, level_dbm0)], on_ms), Pcm.silence(off_ms, RATE)])
    repeated = Pcm.concat([period] * (int(ms // period.duration_ms) + 1))
    return repeated.cut(0, ms)
