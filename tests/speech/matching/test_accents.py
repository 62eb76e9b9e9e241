"""What of an accent can be told from what a recogniser wrote."""

from __future__ import annotations

import pytest

from speech.matching.accents import mergers
from speech.matching.bands import judge_of
from speech.matching.options import Option, rank
from speech.recognisers.base import Evidence, HeardText


@pytest.mark.parametrize(
    ("phrase", "heard", "needed"),
    [
        ("查进度", "查进度", ()),
        ("查进度", "我想查进度啊", ()),
        ("查进度", "擦进度", ("zh/z",)),
        ("热水", "乐水", ("r/l",)),
        ("农合", "龙合", ("n/l",)),
        ("恢复", "飞复", ("f/h",)),
        ("身份证", "身份怎", ("zh/z", "n/ng")),
        ("查进度", "下大雨了", None),
        ("查进度", "查", None),
        ("", "查", None),
    ],
)
def test_mergers_between_a_phrase_and_what_was_written(phrase: str, heard: str, needed: tuple[str, ...] | None) -> None:
    assert mergers(phrase, heard, "zh") == needed


def test_other_languages_tell_nothing() -> None:
    assert mergers("light", "right", "en") is None


def test_the_option_that_was_meant_tells_what_it_needed() -> None:
    options = [Option("1", ("农合",)), Option("2", ("停电",))]
    evidence = Evidence(texts=(HeardText("问龙合", -0.3),), hinted=HeardText("农合", -0.2), speech=0.9)
    first, second = rank(options, evidence, "zh", judge_of("whisper"))
    assert (first.id, first.mergers) == ("1", ("n/l",))
    assert second.mergers is None
