from __future__ import annotations

import math

import numpy as np
import pytest

from audio import g711, level
from audio.pcm import Pcm
from audio.tones import tone


def loud(ms: float) -> Pcm:
    return tone([(1000, -10)], ms)


def silent(ms: float) -> Pcm:
    return Pcm.silence(ms, 8000)


def test_levels_of_a_full_scale_square_and_sine() -> None:
    square = Pcm(np.array([-32768, -32768], np.int16), 8000)
    sine = Pcm.from_floats(np.sin(2 * np.pi * np.arange(8000) / 8), 8000)
    assert level.peak_dbfs(square) == level.rms_dbfs(square) == 0
    assert level.rms_dbfs(sine) == pytest.approx(-3.01, abs=0.01)


def test_silence_and_nothing_have_no_level() -> None:
    for pcm in (silent(10), silent(0)):
        assert level.peak_dbfs(pcm) == level.rms_dbfs(pcm) == -math.inf


def test_first_sound_is_exact() -> None:
    pcm = Pcm.concat([silent(123), Pcm(np.array([1000], np.int16), 8000), silent(50)])
    assert level.first_sound_ms(pcm) == 123
    assert level.first_sound_ms(pcm, threshold_dbfs=-20) is None


def test_an_idle_line_is_no_sound() -> None:
    idle = Pcm(g711.decode_alaw(np.tile(np.array([0xD5, 0x55], np.uint8), 4000)), 8000)
    assert level.first_sound_ms(idle) is None
    assert level.sounds(idle) == []
    assert level.first_sound_ms(silent(0)) is None
    assert level.sounds(silent(0)) == []


def test_sounds_are_stretches_joined_over_short_pauses() -> None:
    pcm = Pcm.concat([silent(100), loud(300), silent(100), loud(200), silent(400), loud(105)])
    assert level.sounds(pcm) == [(100, 700), (1100, 1205)]
    assert level.sounds(pcm, join_ms=50) == [(100, 400), (500, 700), (1100, 1205)]


def test_clicks_are_left_out() -> None:
    pcm = Pcm.concat([silent(100), loud(5), silent(500), loud(100)])
    assert level.sounds(pcm) == [(605, 705)]
    assert level.sounds(pcm, shortest_ms=0) == [(100, 105), (605, 705)]
