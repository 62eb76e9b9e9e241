from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.spoken import Speaker
from tests.speech.spoken import inverse

SPEAKER = Speaker()


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        (0, "零元"),
        ("0.00", "零元"),
        (2, "两元"),
        (12.5, "十二元五角"),
        ("12.50", "十二元五角"),
        ("12.05", "十二元零五分"),
        ("12.55", "十二元五角五分"),
        ("0.2", "两角"),
        ("0.05", "五分"),
        (200, "二百元"),
        (2000, "两千元"),
        (20002, "两万零二元"),
        ("-3.5", "负三元五角"),
        ("¥1,234.50", "一千二百三十四元五角"),
        ("12元", "十二元"),
        ("1.234", "一点二三四元"),
        (10**12, "一万亿元"),
    ],
)
def test_sums(value: object, spoken: str) -> None:
    assert SPEAKER.say(value, "money") == spoken


@given(st.integers(-(10**14), 10**14))
def test_every_sum_of_fen_reads_back(fen: int) -> None:
    spoken = SPEAKER.say(str(Decimal(fen) / 100), "money")
    match = re.fullmatch("(负)?(?:(.+)元)?(?:(.)角)?(?:零?(.)分)?", spoken)
    assert match is not None
    yuan, jiao, odd = (inverse.counted(part) if part else 0 for part in match.groups()[1:])
    assert (yuan * 100 + jiao * 10 + odd) * (-1 if match[1] else 1) == fen


def test_english() -> None:
    assert SPEAKER.say("12.5", "money", "en") == "twelve point five yuan"
    assert SPEAKER.say(1005, "money", "en") == "one thousand and five yuan"
