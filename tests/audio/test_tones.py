from __future__ import annotations

import numpy as np
import pytest

from audio import level, tones
from audio.pcm import Pcm


def level_dbm0(pcm: Pcm, hz: float) -> float:
    """Level of the part at `hz`, over whole periods of one second."""
    values = pcm.to_floats()
    part = abs(np.exp(-2j * np.pi * hz * np.arange(len(values)) / pcm.rate) @ values) * 2 / len(values)
    return float(20 * np.log10(part)) + 3.14


def test_every_key_sounds_its_two_frequencies() -> None:
    """ITU-T Q.23."""
    assert tones.key_frequencies("1") == (697, 1209)
    assert tones.key_frequencies("5") == (770, 1336)
    assert tones.key_frequencies("#") == (941, 1477)
    assert tones.key_frequencies("D") == (941, 1633)
    pairs = {tones.key_frequencies(digit) for digit in "0123456789*#ABCD"}
    assert len(pairs) == 16


@pytest.mark.parametrize("digit", ["", "E", "12", "a"])
def test_what_is_no_key_is_refused(digit: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        tones.key_frequencies(digit)


@pytest.mark.parametrize(
    ("twist_db", "low", "high"), [(0, -12, -12), (4, -16, -12), (-8, -12, -20)], ids=["even", "high up", "low up"]
)
def test_level_and_twist(twist_db: float, low: float, high: float) -> None:
    pressed = tones.key("1", 1000, level_dbm0=-12, twist_db=twist_db)
    assert level_dbm0(pressed, 697) == pytest.approx(low, abs=0.02)
    assert level_dbm0(pressed, 1209) == pytest.approx(high, abs=0.02)


def test_offset_moves_both_frequencies() -> None:
    pressed = tones.key("4", 1000, offset=0.1)
    assert level_dbm0(pressed, 770) < -30
    assert level_dbm0(pressed, 847) == pytest.approx(tones.DEFAULT_LEVEL_DBM0, abs=0.05)


def test_keys_alternate_with_pauses() -> None:
    pressed = tones.keys("159", tone_ms=60, pause_ms=40)
    assert level.sounds(pressed, join_ms=10) == [(0, 60), (100, 160), (200, 260)]
    assert pressed.duration_ms == 300
    assert tones.keys("").duration_ms == 0


def test_noise_has_its_level_and_is_the_same_for_the_same_seed() -> None:
    noise = tones.noise(10_000, -20, np.random.default_rng(1))
    assert level.rms_dbfs(noise) == pytest.approx(-20 - 3.14 - 3.01, abs=0.1)
    assert (noise.samples == tones.noise(10_000, -20, np.random.default_rng(1)).samples).all()


def test_mix_adds() -> None:
    mixed = tones.mix(tones.tone([(500, -10)], 1000), tones.tone([(900, -20)], 500))
    assert mixed.duration_ms == 1000
    assert level_dbm0(mixed, 500) == pytest.approx(-10, abs=0.02)
    with pytest.raises(ValueError, match="one rate"):
        tones.mix(Pcm.silence(1, 8000), Pcm.silence(1, 16000))


@pytest.mark.parametrize(
    ("sound", "stretches"),
    [
        (tones.dial_tone(1000), [(0, 1000)]),
        (tones.ringing_tone(6500), [(0, 1000), (5000, 6000)]),
        (tones.busy_tone(1200), [(0, 350), (700, 1050)]),
        (tones.congestion_tone(2200), [(0, 700), (1400, 2100)]),
    ],
    ids=["dial", "ringing", "busy", "congestion"],
)
def test_call_progress(sound: Pcm, stretches: list[tuple[float, float]]) -> None:
    assert level.sounds(sound, join_ms=10) == stretches
    assert level_dbm0(sound.cut(0, 300), 450) == pytest.approx(-10, abs=0.05)
