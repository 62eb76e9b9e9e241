"""Words to phonemes: nothing that is written is passed over in silence."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from speech.voices.phonemes import Phonemizer

TOKENS = json.loads(resources.files("speech.voices").joinpath("kokoro_tokens.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def phonemizer(tmp_path_factory: pytest.TempPathFactory) -> Phonemizer:
    return Phonemizer(tmp_path_factory.mktemp("words"))


def zh(phonemizer: Phonemizer, text: str) -> str:
    return phonemizer.phonemes(text, "zh")


def test_words_marks_and_tones(phonemizer: Phonemizer) -> None:
    assert zh(phonemizer, "请按一。") == "ʨʰi↓ŋ a↘n i→."
    assert zh(phonemizer, "您好，再见！") == "ni↗nxau↓, ʦai↘ʨjɛ↘n!"


@pytest.mark.parametrize(
    ("text", "letters"),
    [("A座", "ˈA"), ("APP", "ˈA pˈi pˈi"), ("G A", "ʤˈi ˈA"), ("VIP卡", "vˈi ˈI pˈi"), ("X", "ˈɛks")],
)
def test_capitals_are_spelled_in_mandarin(phonemizer: Phonemizer, text: str, letters: str) -> None:
    assert letters in zh(phonemizer, text)


def test_latin_words_are_english_in_mandarin(phonemizer: Phonemizer) -> None:
    assert "wˈɪndOz" in zh(phonemizer, "下载Windows软件")
    assert "ˌOkˈA" in zh(phonemizer, "OK，好的")


@pytest.mark.parametrize("text", ["20260001", "第3项", "〇", "一二三"])
def test_no_digit_is_lost(phonemizer: Phonemizer, text: str) -> None:
    assert len(zh(phonemizer, text)) >= len(text)
    assert "❓" not in zh(phonemizer, text)


def test_hanzi_are_mandarin_in_english(phonemizer: Phonemizer) -> None:
    mixed = phonemizer.phonemes("First, 身份证; second, thank you.", "en")
    assert "ʂə→nfə↘nꭧə↘ŋ" in mixed
    assert mixed.startswith("fˈɜɹst,")


def test_letters_apart_are_spelled_in_english_but_articles_are_not(phonemizer: Phonemizer) -> None:
    assert "ʤˈi ˈA" in phonemizer.phonemes("case G A, two", "en")
    assert phonemizer.phonemes("A case", "en").startswith("ə ")
    assert phonemizer.phonemes("I see", "en").startswith("I ")


@pytest.mark.parametrize("text", ["", "。", "…", "①", "é", "\U0001f600", "\x00"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_anything_is_taken(phonemizer: Phonemizer, text: str, language: str) -> None:
    assert isinstance(phonemizer.phonemes(text, language), str)


def test_the_model_knows_every_phoneme_of_the_prompts(phonemizer: Phonemizer) -> None:
    texts = [
        (
            "欢迎致电政务服务热线，查询办件进度，请按一；人工服务，请按零。儿子、女儿、绿色、原来、云、永远、王、翁",
            "zh",
        ),
        ("Press one for case status; the measure of this judge, three vision things, yes, boy, now, fire, ear.", "en"),
    ]
    for text, language in texts:
        unknown = {symbol for symbol in phonemizer.phonemes(text, language) if symbol not in TOKENS}
        assert not unknown
