"""Rows of figures are joined from clips; everything else is another voice's business."""

from __future__ import annotations

import numpy as np
import pytest

from audio.pcm import Pcm
from audio.telephone import LOWEST_HZ, RATE, loudness
from speech.spoken import Speaker
from speech.voices.base import VoiceError
from speech.voices.figures import FILES, VOICE, FigureVoice, has_row
from tests.speech.voices.fakes import FakeVoice

SPEAKER = Speaker()


@pytest.fixture
def inner() -> FakeVoice:
    return FakeVoice()


def said(inner: FakeVoice, text: str, voice: str = VOICE, language: str = "zh") -> Pcm:
    return FigureVoice(inner).synthesise(text, language, voice, 0.9)


@pytest.mark.parametrize(
    ("value", "way"), [("20260001", "digits"), ("13800260001", "phone"), ("11010519491231002X", "id")]
)
def test_numbers_to_note_are_rows(inner: FakeVoice, value: str, way: str) -> None:
    sound = said(inner, f"{SPEAKER.say(value, way)}。")
    assert inner.said == [], "nothing has to be computed"
    assert sound.rate == RATE
    assert 250 * len(value) < sound.duration_ms < 700 * len(value)
    assert loudness(sound) == pytest.approx(-23, abs=4)


@pytest.mark.parametrize(
    "text",
    [
        "二零二六年十二月五日。",
        "一百二十三。",
        "百分之二十点二五六七。",
        "三点一四一五九。",
        "请按一。",
        "三四个月。",
        "零五分。",
        "二百零三元。",
    ],
)
def test_years_sums_and_decimals_are_none(inner: FakeVoice, text: str) -> None:
    assert not has_row(text)
    said(inner, text)
    assert [one[0] for one in inner.said] == [text]


def test_a_last_group_of_two_is_said_as_the_others_are(inner: FakeVoice) -> None:
    said(inner, "二六。")
    assert inner.said == []


def test_the_words_around_a_row_are_said_by_the_voice(inner: FakeVoice) -> None:
    said(inner, "您的编号是二零二六，零零零幺，请您记一下。")
    assert [one[0] for one in inner.said] == ["您的编号是", "，请您记一下。"]


def test_the_same_row_gives_the_same_samples_and_another_one_others(inner: FakeVoice) -> None:
    first, again, other = (said(inner, text).samples for text in ("二零二六。", "二零二六。", "二零二七。"))
    assert np.array_equal(first, again)
    assert len(first) != len(other) or not np.array_equal(first, other)


@pytest.mark.parametrize(("voice", "language"), [("zf_xiaobei", "zh"), (VOICE, "en")])
def test_another_voice_says_its_figures_itself(inner: FakeVoice, voice: str, language: str) -> None:
    said(inner, "二零二六。", voice, language)
    assert [one[0] for one in inner.said] == ["二零二六。"]


def test_what_the_voice_cannot_say_is_its_error(inner: FakeVoice) -> None:
    inner.broken = True
    with pytest.raises(VoiceError):
        said(inner, "您的编号是二零二六。")
    assert said(inner, "二零二六。").duration_ms > 500, "a row needs no engine"


def test_it_is_the_voice_that_it_speaks_for(inner: FakeVoice) -> None:
    voice = FigureVoice(inner)
    assert (voice.name, voice.version, voice.voices) == (inner.name, inner.version, inner.voices)


@pytest.mark.parametrize("figure", FILES)
def test_every_figure_has_a_clip_for_the_telephone(inner: FakeVoice, figure: str) -> None:
    clip = said(inner, figure * 3)
    assert 3 * 180 < clip.duration_ms < 3 * 700
    spectrum = np.abs(np.fft.rfft(clip.to_floats()))
    below = spectrum[: round((LOWEST_HZ - 150) * len(clip.samples) / RATE)]
    assert np.sum(below**2) < 0.01 * np.sum(spectrum**2), "band-limited"
