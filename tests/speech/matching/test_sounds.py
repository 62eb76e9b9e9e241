"""How alike texts sound."""

from __future__ import annotations

import pytest

from speech.matching.sounds import likeness, merged, place_of, sounds


@pytest.mark.parametrize(
    ("said", "accented"),
    [
        ("男", "兰"),
        ("湖", "福"),
        ("灰", "飞"),
        ("知", "资"),
        ("吃", "次"),
        ("是", "四"),
        ("人", "仍"),
        ("信", "姓"),
        ("山", "上"),
        ("让", "浪"),
    ],
)
def test_accents_merge_sounds(said: str, accented: str) -> None:
    assert merged(sounds(said, "zh")[0], sounds(accented, "zh")[0])
    assert likeness(said, accented, "zh") > 0.8


@pytest.mark.parametrize(("one", "other"), [("大", "一"), ("身份证", "养老金"), ("进度", "人工")])
def test_other_sounds_stay_apart(one: str, other: str) -> None:
    assert likeness(one, other, "zh") < 0.5


def test_homophones_and_traditional_characters_are_the_same() -> None:
    assert likeness("办事指南", "辦事指南", "zh") == likeness("查进度", "茶近渡", "zh") == 1.0


def test_words_around_a_phrase_cost_little() -> None:
    assert likeness("进度", "我想查一下进度", "zh") > 0.6
    assert likeness("进度", "我想查一下进度", "zh") < likeness("进度", "进度", "zh")


def test_a_phrase_of_one_syllable_is_no_part_of_other_words() -> None:
    assert likeness("缴", "椒空", "zh") < 0.8
    assert likeness("零", "神明", "zh") < 0.5
    assert likeness("是", "是。", "zh") == 1.0


def test_half_a_phrase_is_not_the_phrase() -> None:
    assert likeness("最低生活保障", "生活", "zh") < 0.5


def test_nothing_is_like_nothing() -> None:
    assert likeness("进度", "", "zh") == likeness("", "进度", "zh") == likeness("进度", "abc", "zh") == 0.0


def test_other_languages_are_compared_by_letters() -> None:
    assert likeness("how to apply", "How to apply?", "en") == 1.0
    assert likeness("how to apply", "I want a train ticket", "en") < 0.6


def test_figures_sound_as_they_are_said() -> None:
    assert likeness("二零二六", "2026", "zh") == likeness("幺三八", "138", "zh") == 1.0


@pytest.mark.parametrize(
    ("phrase", "heard", "around"),
    [
        ("留言", "我給你的留言", ("我給你的", "")),
        ("进度", "我想查一下進度啊。", ("我想查一下", "啊。")),
        ("查进度", "茶近度", ("", "")),
        ("进度", "hello", ("", "")),
    ],
)
def test_the_place_of_a_phrase(phrase: str, heard: str, around: tuple[str, str]) -> None:
    assert place_of(phrase, heard) == around
