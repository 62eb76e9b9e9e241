"""The emergency voice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audio import wav
from speech.voices import espeak
from speech.voices.base import VoiceError
from speech.voices.espeak import EspeakVoice, as_pinyin


def test_mandarin_goes_through_pinyin() -> None:
    assert as_pinyin("您好，请按一。") == "nin2 hao3 , qing3 an4 yi1 ."
    assert as_pinyin("〇") == "ling2"


def test_letters_are_called_as_people_call_them() -> None:
    assert as_pinyin("A座") == "ei1 zuo4"
    assert as_pinyin("wf") == "da2 bu5 liu5 ai2 fu5"


def test_the_voice_that_reads_hanzi_as_english_is_never_used() -> None:
    assert not {"cmn", "sit/cmn", "zh"} & set(espeak.VOICES.values())


def test_another_language_is_refused() -> None:
    with pytest.raises(VoiceError, match="'fr'"):
        EspeakVoice().synthesise("bonjour", "fr", "", 1.0)


@pytest.mark.system
@pytest.mark.parametrize(("text", "language"), [("您好，请按一。", "zh"), ("Press one.", "en")])
def test_it_speaks_and_always_the_same(text: str, language: str) -> None:
    voice = EspeakVoice()
    first, second = (voice.synthesise(text, language, "", 1.0) for _ in range(2))
    assert first.duration_ms > 500
    assert abs(first.samples).max() > 2000
    assert np.array_equal(first.samples, second.samples)
    voice.synthesise("Another text. 别的话。", language, "", 1.0)
    assert np.array_equal(voice.synthesise(text, language, "", 1.0).samples, first.samples), "whatever came before"
    assert voice.synthesise(text, language, "", 0.7).duration_ms > first.duration_ms * 1.2


@pytest.mark.system
def test_pyttsx3_does_not_make_it_forget_voice_and_rate(tmp_path: Path) -> None:
    """Its runAndWait cancels whatever espeak-ng is at, which on a busy machine still takes the rate to heart."""
    program = """if True:
        import os, sys
        import pyttsx3.drivers.espeak
        from speech.voices.espeak_process import _speak
        pyttsx3.drivers.espeak._espeak.IsPlaying = lambda: 1
        pyttsx3.drivers.espeak._espeak.Cancel = lambda: os._exit(1)
        _speak("Press one.", "gmw/en-us", 160, sys.argv[1])
    """
    file = tmp_path / "speech.wav"
    subprocess.run([sys.executable, "-c", program, str(file)], check=True, stdout=subprocess.DEVNULL, timeout=60)
    assert np.array_equal(wav.read(file).samples, EspeakVoice().synthesise("Press one.", "en", "", 1.0).samples)


@pytest.mark.system
@pytest.mark.parametrize(("text", "language"), [("일번을 누르세요.", "ko"), ("请按一。", "yue")])
def test_it_speaks_languages_that_have_no_other_voice(text: str, language: str) -> None:
    said = EspeakVoice().synthesise(text, language, "", 1.0)
    assert said.duration_ms > 500
    assert abs(said.samples).max() > 2000
