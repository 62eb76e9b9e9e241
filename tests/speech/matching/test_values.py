"""Figures, days, yes and no."""

from __future__ import annotations

import datetime

import pytest

from speech.matching.dates import dates_in
from speech.matching.numbers import amount, digits_in
from speech.matching.yes_no import yes_no_options

SUNDAY = datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "language", "figures"),
    [
        ("二零二六零零零一", "zh", "20260001"),
        ("幺三八双零五六", "zh", "1380056"),
        ("三个八", "zh", "888"),
        ("一二三两个零", "zh", "12300"),
        ("三连八", "zh", "888"),
        ("二十三", "zh", "23"),
        ("一百二十", "zh", "120"),
        ("我的号码是20260001", "zh", "20260001"),
        ("嗯，三，七，二", "zh", "372"),
        ("兩個零五", "zh", "005"),
        ("今天天气怎么样", "zh", ""),
        ("查一下我的养老金", "zh", ""),
        ("", "zh", ""),
        ("one double two three", "en", "1223"),
        ("oh five 7", "en", "057"),
        ("what is the weather", "en", ""),
        ("공일이 삼사", "ko", "01234"),
    ],
)
def test_figures(text: str, language: str, figures: str) -> None:
    assert digits_in(text, language) == figures


@pytest.mark.parametrize(
    ("text", "number"),
    [("十", 10), ("二十三", 23), ("一百零五", 105), ("两万三千", 23_000), ("26", 26), ("好", None), ("", None)],
)
def test_amounts(text: str, number: int | None) -> None:
    assert amount(text) == number


@pytest.mark.parametrize(
    ("text", "language", "days"),
    [
        ("明天", "zh", ["20261123"]),
        ("我想大后天来", "zh", ["20261125"]),
        ("前天", "zh", ["20261120"]),
        ("下周三", "zh", ["20261125"]),
        ("上个星期五", "zh", ["20261113"]),
        ("星期天", "zh", ["20261122"]),
        ("三月五号", "zh", ["20270305", "20260305"]),
        ("十二月二十五号", "zh", ["20261225", "20251225"]),
        ("二零二六年一月三十日", "zh", ["20260130"]),
        ("2026年3月5日", "zh", ["20260305"]),
        ("去年五月一号", "zh", ["20250501"]),
        ("二零二六一一二二", "zh", ["20261122"]),
        ("二月三十号", "zh", []),
        ("我不知道", "zh", []),
        ("March the fifth", "en", ["20270305", "20260305"]),
        ("March 5th 2027", "en", ["20270305"]),
        ("twenty first of June", "en", ["20260621", "20270621"]),
        ("tomorrow please", "en", ["20261123"]),
        ("삼월 오일", "ko", ["20270305", "20260305"]),
        ("demain", "fr", []),
    ],
)
def test_days(text: str, language: str, days: list[str]) -> None:
    assert dates_in(text, language, SUNDAY) == days


@pytest.mark.parametrize("language", ["zh", "en", "ko", "zh-CN"])
def test_yes_and_no_share_no_word(language: str) -> None:
    yes, no = yes_no_options(language)
    assert (yes.id, no.id) == ("yes", "no")
    assert not set(yes.phrases) & set(no.phrases)


def test_a_language_without_words_has_no_yes() -> None:
    assert yes_no_options("sw") == ()
