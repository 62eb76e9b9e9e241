"""Which phrases of a large menu Whisper is asked to weigh."""

from __future__ import annotations

import pytest

from speech.recognisers.base import Expected
from speech.recognisers.whisper import is_phrase, likeliest

MANY = tuple(f"{first}{second}{third}" for first in "张王李" for second in "大小" for third in "山河湖")


def test_all_of_a_small_menu_are_weighed() -> None:
    assert likeliest(Expected("zh", "phrases", ("查进度", "人工")), ["今天天气"]) == ["查进度", "人工"]


def test_of_a_large_menu_those_that_sound_like_what_was_written() -> None:
    weighed = likeliest(Expected("zh", "phrases", (*MANY, "查进度", "身份证")), ["茶近度", "身份证"])
    assert {"查进度", "身份证"} == set(weighed[:2])
    assert len(weighed) == 6


def test_where_nothing_was_written_some_are() -> None:
    assert len(likeliest(Expected("zh", "phrases", MANY), [])) == 6


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("查進度", True),
        ("茶近度", True),
        ("我想查进度", True),
        ("我想问什么时候查", False),
        ("是", False),
        ("停水", False),
    ],
)
def test_a_phrase_written_freely_is_told_unless_it_is_short(text: str, told: bool) -> None:
    assert is_phrase(Expected("zh", "phrases", ("查进度", "人工", "是")), text) is told


@pytest.mark.parametrize(("text", "told"), [("Operator.", True), ("operate", False), ("no", False)])
def test_so_in_languages_of_letters(text: str, told: bool) -> None:
    assert is_phrase(Expected("en", "phrases", ("operator", "no")), text) is told
