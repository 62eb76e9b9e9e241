"""Voices made fit for the telephone."""

from __future__ import annotations

import pytest

from audio import level, telephone, tones
from audio.pcm import Pcm
from speech.telephone_sound import telephone_sound


def test_silence_around_the_sound_goes_but_for_a_little() -> None:
    quiet = Pcm.silence(500, 24_000)
    sound = telephone_sound(Pcm.concat([quiet, tones.tone([(440.0, -12.0)], 300, 24_000), quiet]))
    assert sound.rate == 8000
    assert sound.duration_ms == pytest.approx(300 + 40 + 40, abs=15)
    first = level.first_sound_ms(sound)
    assert first is not None
    assert first <= 45


@pytest.mark.parametrize("dbm0", [-30.0, -15.0, 0.0])
def test_the_loudness_is_the_same_for_all(dbm0: float) -> None:
    sound = telephone_sound(tones.tone([(440.0, dbm0)], 1000, 24_000))
    assert telephone.loudness(sound) == pytest.approx(telephone.TARGET_LUFS, abs=1)


def test_silence_stays_silence() -> None:
    assert len(telephone_sound(Pcm.silence(300, 24_000)).samples) == 0
