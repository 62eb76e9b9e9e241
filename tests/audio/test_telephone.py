from __future__ import annotations

import math

import numpy as np
import pytest

from audio import level, telephone, wav
from audio.pcm import Pcm
from audio.resample import resample_floats
from tests.audio import material


def sine(hz: float, seconds: float = 2.0, rate: int = 8000, peak: float = 0.5) -> Pcm:
    return Pcm.from_floats(peak * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate), rate)


def true_peak_dbfs(pcm: Pcm) -> float:
    return float(20 * np.log10(np.abs(resample_floats(pcm.to_floats(), 8000, 64000)).max()))


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_loudness_of_the_standards_sine(rate: int) -> None:
    """BS.1770-4: 997 Hz of full scale in one channel is -3.01 LUFS; 20 dB less is 20 LU less."""
    assert telephone.loudness(sine(997, rate=rate, peak=0.9999)) == pytest.approx(-3.01, abs=0.02)
    assert telephone.loudness(sine(997, rate=rate, peak=0.1)) == pytest.approx(-23.01, abs=0.02)


def test_weighting_lifts_what_ears_hear_better_and_drops_rumble() -> None:
    """BS.1770-4, annex 1: about +3.3 LU at 3 kHz and -14 LU at 20 Hz, against 997 Hz."""
    reference = telephone.loudness(sine(997))
    assert telephone.loudness(sine(3000)) - reference == pytest.approx(3.25, abs=0.2)
    assert telephone.loudness(sine(20)) - reference < -12


def test_pauses_do_not_count() -> None:
    """The gates: long silence and a murmur 30 dB below leave the loudness as it is."""
    loud = sine(997, 4)
    paused = Pcm.concat([loud, Pcm.silence(20_000, 8000), sine(997, 4, peak=0.5 * 10 ** (-30 / 20))])
    assert telephone.loudness(paused) == pytest.approx(telephone.loudness(loud), abs=0.2)


def test_a_word_shorter_than_a_block_has_a_loudness() -> None:
    assert telephone.loudness(sine(997, 0.2)) == pytest.approx(telephone.loudness(sine(997, 2)), abs=0.1)


def test_silence_has_none_and_stays_silence() -> None:
    assert telephone.loudness(Pcm.silence(1000, 8000)) == -math.inf
    assert telephone.loudness(Pcm.silence(0, 8000)) == -math.inf
    quiet = telephone.for_telephone(Pcm.silence(300, 24000))
    assert (quiet.rate, quiet.duration_ms, quiet.samples.any()) == (8000, 300, False)
    assert telephone.for_telephone(Pcm.silence(0, 24000)).duration_ms == 0


@pytest.mark.parametrize(("hz", "passes"), [(60, False), (150, False), (320, True), (1000, True), (3380, True)])
def test_only_the_telephone_band_passes(hz: float, passes: bool) -> None:
    both = Pcm.from_floats(sine(1500, peak=0.25).to_floats() + sine(hz, peak=0.25).to_floats(), 8000)
    samples = telephone.for_telephone(both).samples[4000:12000].astype(float)
    spectrum = np.abs(np.fft.rfft(samples))
    relative = 20 * np.log10((spectrum[round(hz)] + 1e-9) / spectrum[1500])
    assert (relative > -0.5) if passes else (relative < -40)


def test_sound_above_the_band_is_gone_from_any_rate() -> None:
    both = Pcm.from_floats(sine(1500, rate=24000).to_floats() * 0.5 + sine(5000, rate=24000).to_floats(), 24000)
    samples = telephone.for_telephone(both).samples[4000:12000].astype(float)
    spectrum = np.abs(np.fft.rfft(samples)) / np.abs(np.fft.rfft(samples))[1500]
    spectrum[1490:1511] = 0
    assert 20 * np.log10(spectrum.max()) < -60


@pytest.mark.parametrize("peak", [0.02, 0.1, 0.99])
def test_every_prompt_gets_the_target(peak: float) -> None:
    assert telephone.loudness(telephone.for_telephone(sine(800, peak=peak))) == pytest.approx(-23, abs=0.1)


def test_a_nearly_empty_recording_is_not_blown_up() -> None:
    hiss = Pcm(np.random.default_rng(1).integers(-3, 4, 16000).astype(np.int16), 8000)
    assert level.rms_dbfs(telephone.for_telephone(hiss)) < level.rms_dbfs(hiss) + telephone.GREATEST_GAIN_DB


def test_peaks_are_turned_down_not_clipped() -> None:
    """A soft voice with clicks 33 dB above it: the gain of 13 dB would put them at twice full scale."""
    voice = sine(700, 3, peak=0.01).to_floats()
    voice[8000:8040] += 0.45 * np.sin(2 * np.pi * 1000 * np.arange(40) / 8000)
    result = telephone.for_telephone(Pcm.from_floats(voice, 8000))
    assert true_peak_dbfs(result) < telephone.PEAK_CEILING_DBFS + 0.2
    away = result.cut(1500, 2500)
    expected_gain = level.rms_dbfs(away) - level.rms_dbfs(Pcm.from_floats(voice, 8000).cut(1500, 2500))
    assert expected_gain > 12, "only the peak is turned down, not the rest"


def test_real_speech_gets_the_target_and_is_never_clipped() -> None:
    for path in sorted((material.folder("speech_zh") / "sentences").glob("*.wav")):
        result = telephone.for_telephone(wav.read(path))
        assert telephone.loudness(result) == pytest.approx(-23, abs=0.3), path.name
        assert true_peak_dbfs(result) < telephone.PEAK_CEILING_DBFS + 0.2, path.name


def test_trim_takes_the_silence_but_for_a_little() -> None:
    spoken = Pcm.concat([Pcm.silence(500, 8000), sine(500, 0.3), Pcm.silence(700, 8000)])
    trimmed = telephone.trim_silence(spoken, keep_ms=20)
    assert trimmed.duration_ms == pytest.approx(340, abs=10)
    assert level.first_sound_ms(trimmed) == pytest.approx(20, abs=5)


def test_trim_of_silence_is_empty() -> None:
    assert telephone.trim_silence(Pcm.silence(500, 8000)).duration_ms == 0
