from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.pcm import Pcm
from audio.resample import resample, resample_floats

RATES = [(24000, 8000), (22050, 8000), (16000, 8000), (44100, 8000), (8000, 24000), (8000, 22050), (8000, 16000)]


def sine(hz: float, rate: int) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(rate) / rate)


def inner(values: np.ndarray) -> np.ndarray:
    """Without the ends, where the filter reaches into the silence around."""
    return values[len(values) // 4 : -len(values) // 4]


def decibels(values: np.ndarray) -> float:
    """Power against that of a sine of full scale."""
    return float(10 * np.log10(2 * np.mean(values**2) + 1e-30))


@pytest.mark.parametrize(("from_rate", "to_rate"), RATES)
@pytest.mark.parametrize("hz", [50.0, 440.0, 1000.0, 3400.0, 3600.0])
def test_what_both_rates_can_carry_stays_the_same_and_in_place(hz: float, from_rate: int, to_rate: int) -> None:
    error = resample_floats(sine(hz, from_rate), from_rate, to_rate) - sine(hz, to_rate)
    assert decibels(inner(error)) < -80


@pytest.mark.parametrize(("from_rate", "to_rate"), [pair for pair in RATES if pair[0] > pair[1]])
def test_what_would_fold_over_is_gone(from_rate: int, to_rate: int) -> None:
    for hz in np.linspace(4010, from_rate / 2 - 100, 12):
        assert decibels(inner(resample_floats(sine(hz, from_rate), from_rate, to_rate))) < -79, hz


@pytest.mark.parametrize(("from_rate", "to_rate"), [pair for pair in RATES if pair[0] < pair[1]])
def test_no_image_appears_above_what_there_was(from_rate: int, to_rate: int) -> None:
    there_and_back = resample_floats(sine(1000, from_rate), from_rate, to_rate)
    spectrum = np.abs(np.fft.rfft(inner(there_and_back) * np.hanning(len(inner(there_and_back)))))
    above = np.fft.rfftfreq(len(inner(there_and_back)), 1 / to_rate) > 4000
    assert 20 * np.log10(spectrum[above].max() / spectrum.max()) < -80


def test_there_and_back_is_the_same() -> None:
    original = Pcm.from_floats(0.5 * sine(700, 8000) + 0.3 * sine(2900, 8000), 8000)
    back = resample(resample(original, 22050), 8000)
    error = inner(back.to_floats() - original.to_floats())
    assert len(back.samples) == len(original.samples)
    assert decibels(error) < -75


@given(st.integers(0, 400), st.sampled_from(RATES))
def test_length_is_that_of_the_sound(samples: int, rates: tuple[int, int]) -> None:
    from_rate, to_rate = rates
    resampled = resample(Pcm(np.zeros(samples, np.int16), from_rate), to_rate)
    assert len(resampled.samples) == -(-samples * to_rate // from_rate)


def test_one_rate_is_no_change() -> None:
    pcm = Pcm(np.arange(100, dtype=np.int16), 8000)
    assert (resample(pcm, 8000).samples == pcm.samples).all()
