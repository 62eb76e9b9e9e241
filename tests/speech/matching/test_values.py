"""Figures, days, yes and no."""

from __future__ import annotations

import datetime

import pytest

from speech.matching.bands import judge_of
from speech.matching.dates import dates_in
from speech.matching.numbers import amount, digits_in
from speech.matching.understanding import Question, understand
from speech.matching.yes_no import yes_no_options
from speech.recognisers.base import Evidence, HeardText

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
        ("两千零二十六零零零一", "zh", "20260001"),
        ("一百三十八零零一三", "zh", "1380013"),
        ("一百三十八一千二百", "zh", "1381200"),
        ("三十八五十六", "zh", "3856"),
        ("二零二六一百零五", "zh", "2026105"),
        ("一三八二十", "zh", "13820"),
        ("二十零五", "zh", "2005"),
        ("两千零八", "zh", "2008"),
        ("一千零一十五", "zh", "1015"),
        ("一万两千三百四十五", "zh", "12345"),
        ("20万", "zh", "200000"),
        ("138一百零五", "zh", "138105"),
        ("一百二", "zh", "120"),
        ("三千五", "zh", "3500"),
        ("两万三", "zh", "23000"),
        ("一百二三四", "zh", ""),
        ("两千零零一", "zh", ""),
        ("一百零零一", "zh", ""),
        ("三十八千", "zh", ""),
        ("一百三千", "zh", ""),
        ("百", "zh", ""),
        ("26十", "zh", ""),
        ("查一下二零二六零零零一", "zh", "20260001"),
        ("一二三四五叉", "zh", "12345X"),
        ("12345X。", "zh", "12345X"),
        ("一二三四五，最后一位是叉", "zh", "12345X"),
        ("一二三四五差", "zh", "12345X"),
        ("一二叉三四五", "zh", ""),
        ("叉", "zh", ""),
        ("one two three x", "en", "123X"),
        ("one x two", "en", ""),
        ("일이삼 엑스", "ko", "123X"),
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
        ("后年三月五号", "zh", ["20280305"]),
        ("大后年三月五号", "zh", ["20290305"]),
        ("前年三月五号", "zh", ["20240305"]),
        ("大前年三月五号", "zh", ["20230305"]),
        ("六零年五月一号", "zh", ["19600501"]),
        ("九八年五月一号", "zh", ["19980501"]),
        ("零五年五月一号", "zh", ["20050501"]),
        ("二七年五月一号", "zh", ["20270501"]),
        ("两千零二十六年三月五号", "zh", ["20260305"]),
        ("两千零零五年三月五号", "zh", ["20050305"]),
        ("两千年三月五号", "zh", ["20000305"]),
        ("一九八年三月五号", "zh", []),
        ("农历三月五号", "zh", []),
        ("阴历八月十五", "zh", []),
        ("三月初五", "zh", []),
        ("二零二六年腊月二十号", "zh", []),
        ("明天初五", "zh", ["20261123"]),
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


@pytest.mark.parametrize(
    ("text", "meant"), [("没错", "yes"), ("没有错", "yes"), ("没得错", "yes"), ("没有", "no"), ("不好", "no")]
)
def test_what_yes_and_no_sound_like(text: str, meant: str) -> None:
    heard = understand(Question("zh", "yes_no"), Evidence((HeardText(text, -0.3),), {}, 0.9), judge_of("vosk"), SUNDAY)
    assert heard.candidates[0].id == meant


def test_a_language_without_words_has_no_yes() -> None:
    assert yes_no_options("sw") == ()
