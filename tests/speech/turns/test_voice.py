"""The detector of speech, with its real model, on sounds that are and are not speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audio import tones, wav
from audio.pcm import Pcm, Samples
from speech.recognisers.base import RATE
from speech.telephone_sound import telephone_sound
from speech.turns.taker import Ended, Patience, Started, TurnTaker
from speech.turns.tone import is_music
from speech.turns.voice import VoiceDetector, VoiceModel
from tests.speech.turns.sounds import noise

WORDS = Path(__file__).resolve().parents[4] / "shared" / "data" / "speech_zh" / "words"
SENTENCES = WORDS.parent / "sentences"


@pytest.fixture(scope="module")
def model() -> VoiceModel:
    return VoiceModel()


def melody(ms: float) -> Samples:
    """Chords of half a second."""
    chords = ((262, 330, 392), (294, 349, 440), (196, 247, 294), (262, 330, 392))
    each = [tones.tone([(float(pitch), -20.0) for pitch in chord], 500, RATE).samples for chord in chords]
    return np.resize(np.concatenate(each), round(ms * RATE / 1000))


def keys(ms: float) -> Samples:
    """Keys of 100 ms each."""
    each = [
        tones.tone([(low, -10.0), (high, -10.0)], 100, RATE).samples for low, high in ((770.0, 1336.0), (941.0, 1209.0))
    ]
    gap = np.zeros(800, dtype=np.int16)
    return np.resize(np.concatenate([each[0], gap, each[1], gap]), round(ms * RATE / 1000))


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(10 * RATE, dtype=np.int16),
        noise(10_000, 20),
        noise(10_000, 600),
        tones.tone([(100.0, -10.0)], 10_000, RATE).samples,
        keys(10_000),
        melody(10_000),
    ],
    ids=["silence", "soft noise", "loud noise", "hum", "keys", "music"],
)
def test_what_is_not_speech_never_begins_a_turn(model: VoiceModel, sound: Samples) -> None:
    assert TurnTaker(VoiceDetector(model), Patience()).accept(sound) == []


@pytest.mark.skipif(not SENTENCES.is_dir(), reason="the human clips of ../shared/data are not here")
def test_human_sentences_begin_and_end(model: VoiceModel) -> None:
    for path in sorted(SENTENCES.glob("*.wav")):
        sound = telephone_sound(wav.read(path))
        quiet = Pcm(noise(1500, 8), RATE)
        whole = Pcm.concat([quiet, sound, quiet]).samples
        events = TurnTaker(VoiceDetector(model), Patience()).accept(whole)
        assert isinstance(next(event for event in events), Started), path.name
        ended = [event for event in events if isinstance(event, Ended)]
        assert ended[-1].at_ms == pytest.approx(1500 + sound.duration_ms, abs=500), path.name


def test_music_is_told_from_talk() -> None:
    assert is_music(melody(3000))
    assert not is_music(noise(3000, 500))
    assert not is_music(melody(500))


@pytest.mark.skipif(not SENTENCES.is_dir(), reason="the human clips of ../shared/data are not here")
def test_human_speech_is_no_music() -> None:
    for path in SENTENCES.glob("*.wav"):
        assert not is_music(telephone_sound(wav.read(path)).samples), path.name
