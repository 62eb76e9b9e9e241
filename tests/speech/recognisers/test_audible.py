"""What cannot hold a syllable never reaches an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from audio import g711
from audio.pcm import Samples
from speech.recognisers.audible import audible_ms, may_hold_speech
from speech.recognisers.base import RATE, Evidence, Expected, Recognition
from speech.recognisers.vosk import VoskRecognition
from speech.recognisers.whisper import WhisperRecognition
from speech.recognisers.wyoming import WyomingRecognition
from tests.speech.turns.sounds import noise, talk

NO_SYLLABLE = {
    "nothing": np.zeros(0, dtype=np.int16),
    "digital silence": np.zeros(RATE, dtype=np.int16),
    "silence in A-law": g711.decode_alaw(g711.encode_alaw(np.zeros(RATE, dtype=np.int16))),
    "a line's own noise": noise(3000, 12.0),
    "a shifted line": np.full(RATE, 900, dtype=np.int16),
    "a short click": np.full(10, 9, dtype=np.int16),
    "a loud click": np.concatenate([np.zeros(4000), np.full(40, 30_000), np.zeros(4000)]).astype(np.int16),
    "half of a syllable": talk(50, 3000, 1),
}


class AskedError(Exception):
    """An engine was asked."""


class Engine:
    def recognise(self, *_: object) -> Evidence:
        raise AskedError


class Kaldi:
    """Has a text for everything."""

    def SetMaxAlternatives(self, most: int) -> None: ...

    def AcceptWaveform(self, data: bytes) -> bool:
        return False

    def PartialResult(self) -> str:
        return '{"partial": ""}'

    def FinalResult(self) -> str:
        return '{"alternatives": [{"text": "word", "confidence": 1.0}]}'


def finished(recognition: Recognition, samples: Samples) -> Evidence:
    for start in range(0, len(samples), 256):
        recognition.accept(samples[start : start + 256])
    return recognition.finish()


@pytest.mark.parametrize("samples", NO_SYLLABLE.values(), ids=NO_SYLLABLE.keys())
@pytest.mark.parametrize("kind", [WhisperRecognition, WyomingRecognition])
def test_no_engine_is_asked_about_what_holds_no_syllable(kind: Any, samples: Samples) -> None:
    assert finished(kind(Engine(), Expected("zh", "phrases", ("报告",))), samples) == Evidence(speech=0.0)


@pytest.mark.parametrize("kind", [WhisperRecognition, WyomingRecognition])
@pytest.mark.parametrize("level", [200, 3000])
def test_engines_are_asked_about_a_soft_syllable(kind: Any, level: float) -> None:
    with pytest.raises(AskedError):
        finished(kind(Engine(), Expected("zh", "phrases", ("报告",))), talk(300, level, 2))


@pytest.mark.parametrize("samples", NO_SYLLABLE.values(), ids=NO_SYLLABLE.keys())
def test_what_vosk_makes_of_no_syllable_does_not_count(samples: Samples) -> None:
    assert finished(VoskRecognition(Kaldi(), "ko"), samples) == Evidence(speech=0.0)


def test_what_vosk_makes_of_a_syllable_counts() -> None:
    assert finished(VoskRecognition(Kaldi(), "ko"), talk(300, 3000, 2)).texts[0].text == "word"


def test_audible_time_is_that_of_the_loud_part() -> None:
    assert audible_ms(np.concatenate([np.zeros(800, dtype=np.int16), noise(200, 1000)])) == 200.0
    assert [may_hold_speech(ms) for ms in (0.0, 70.0, 80.0)] == [False, False, True]
