"""Sounds for tests of turn taking, at 8 kHz; everything is repeatable."""

from __future__ import annotations

import numpy as np

from audio.pcm import Floats, Samples
from speech.recognisers.base import RATE


def noise(ms: float, level: float, seed: int = 0) -> Samples:
    """White noise; `level` is its root mean square as an integer sample."""
    return np.random.default_rng(seed).normal(0, level, round(ms * RATE / 1000)).astype(np.int16)


def talk(ms: float, level: float, seed: int) -> Samples:
    """Something with the rhythm and the bands of speech: voiced syllables of changing pitch and timbre, with gaps."""
    source = np.random.default_rng(seed)
    pieces: list[Floats] = []
    count = 0
    while count < ms * RATE / 1000:
        length = int(source.integers(900, 2000))
        time = np.arange(length) / RATE
        pitch = source.uniform(90, 240) * (1 + 0.15 * np.sin(2 * np.pi * source.uniform(1, 4) * time))
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        formants = source.uniform(300, 3000, 3)
        syllable = np.zeros(length)
        for harmonic in range(1, 20):
            weight = sum(np.exp(-(((harmonic * 150 - formant) / 250) ** 2)) for formant in formants) + 0.02
            syllable += weight * np.sin(harmonic * phase)
        pieces += [syllable * np.hanning(length), np.zeros(int(source.integers(200, 900)))]
        count += len(pieces[-1]) + length
    whole = np.concatenate(pieces)[: round(ms * RATE / 1000)]
    return (whole / np.sqrt(np.mean(whole**2)) * level).clip(-32768, 32767).astype(np.int16)


def echo_path(delay_ms: float, tail_ms: float, gain_db: float, seed: int = 0) -> Floats:
    """An echo's impulse response: a delay, then a decaying tail."""
    tail = max(1, round(tail_ms * RATE / 1000))
    response = np.zeros(round(delay_ms * RATE / 1000) + tail)
    source = np.random.default_rng(seed)
    response[-tail:] = source.normal(0, 1, tail) * np.exp(-5 * np.arange(tail) / tail)
    response[-tail] += 2.0
    scaled: Floats = response / np.sqrt(np.sum(response**2)) * 10 ** (gain_db / 20)
    return scaled


def echo_of(sent: Samples, path: Floats) -> Samples:
    return np.convolve(sent.astype(np.float64), path)[: len(sent)].clip(-32768, 32767).astype(np.int16)
