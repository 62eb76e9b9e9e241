"""Voices in line."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from speech.spoken import Lexicon
from speech.voices.base import VoiceError
from speech.voices.chain import VoiceChain, installed_voices
from speech.voices.identity import best_engine
from speech.voices.manner import MANNERS, manner_for
from speech.voices.tone import ToneVoice
from tests.speech.voices.fakes import FakeVoice, fake_chain


def test_the_first_voice_speaks() -> None:
    first, second = FakeVoice("first"), FakeVoice("second")
    spoken = fake_chain(first, second).say("你好", "zh", "zf_fake", 0.9)
    assert (spoken.engine, spoken.version) == ("first", "1")
    assert first.said == [("你好", "zh", "zf_fake", 0.9)]
    assert second.said == []


def test_the_next_one_stands_in_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        spoken = fake_chain(FakeVoice("first", broken=True), FakeVoice("second")).say("你好", "zh", "", 1.0)
    assert spoken.engine == "second"
    assert "first is broken" in caplog.text
    assert "你好" not in caplog.text


def test_a_voice_is_not_asked_for_a_language_it_lacks() -> None:
    english = FakeVoice("english", voices={"af": "en"})
    assert fake_chain(english, FakeVoice("second")).say("你好", "zh", "", 1.0).engine == "second"
    assert english.said == []


def test_all_reasons_are_told_when_nobody_can() -> None:
    chain = fake_chain(FakeVoice("first", broken=True), FakeVoice("second", voices={"af": "en"}))
    with pytest.raises(VoiceError, match="first is broken; second does not speak 'zh'"):
        chain.say("你好", "zh", "", 1.0)


def test_words_that_voices_misread_are_respelled() -> None:
    voice = FakeVoice()
    VoiceChain([voice], Lexicon({"zh": {"六安": "陆安"}})).say("六安市", "zh", "", 1.0)
    assert voice.said[0][0] == "陆安市"


def test_the_language_of_a_voice() -> None:
    chain = fake_chain(FakeVoice(voices={"zf": "zh", "af": "en"}), FakeVoice("other", voices={"x": "ko"}))
    assert [chain.language_of(name) for name in ("af", "x", "nobody")] == ["en", "ko", "zh"]


def test_a_chain_needs_a_voice() -> None:
    with pytest.raises(ValueError, match="at least one"):
        VoiceChain([], Lexicon())


def test_without_a_model_the_emergency_voice_is_the_best(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        chain = installed_voices(tmp_path)
    assert [voice.name for voice in chain.voices] == ["espeak"]
    assert "ivr models install" in caplog.text
    assert best_engine(tmp_path) == ("espeak", chain.voices[0].version)


def test_the_tone_says_anything() -> None:
    tone = ToneVoice().synthesise("你好", "xx", "", 1.0)
    assert 200 < tone.duration_ms < 1000
    assert abs(tone.samples).max() > 1000


@pytest.mark.parametrize("language", [*MANNERS, "xx"])
def test_slow_is_the_same_voice_with_longer_silences(language: str) -> None:
    normal, slow = manner_for(language, "normal"), manner_for(language, "slow")
    assert (slow.voice, slow.speed) == (normal.voice, normal.speed), "a slower voice is understood worse"
    for text in ("是。", "是，"):
        assert slow.pause_after(text) > normal.pause_after(text) > 0
    assert normal.pause_after("是") == 0
    assert normal.pause_after("") == 0
