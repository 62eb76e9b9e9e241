from __future__ import annotations

from decimal import Decimal

import cn2an
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from speech.spoken import Speaker
from tests.speech.spoken import inverse

SPEAKER = Speaker()

EXAMPLES = [
    (0, "零"),
    (2, "二"),
    (10, "十"),
    (12, "十二"),
    (20, "二十"),
    (22, "二十二"),
    (105, "一百零五"),
    (110, "一百一十"),
    (200, "二百"),
    (1005, "一千零五"),
    (1010, "一千零一十"),
    (2002, "两千零二"),
    (2222, "两千二百二十二"),
    (10001, "一万零一"),
    (12000, "一万两千"),
    (20000, "两万"),
    (22222, "两万两千二百二十二"),
    (100000, "十万"),
    (120000, "十二万"),
    (1000010, "一百万零一十"),
    (200000000, "两亿"),
    (100010000, "一亿零一万"),
    (1000000000, "十亿"),
    (10**12, "一万亿"),
    (2 * 10**12, "两万亿"),
    (10**16, "一亿亿"),
    (10**20 + 5, "一万亿亿零五"),
    (-5, "负五"),
    (-0.0, "零"),
    (3.14, "三点一四"),
    (2.5, "二点五"),
    (0.05, "零点零五"),
    ("12.50", "十二点五"),
    ("1,234", "一千二百三十四"),
    ("１２", "十二"),
    ("-3", "负三"),
    ("−3", "负三"),
    (" 7 ", "七"),
    ("007", "七"),
    ("12.5%", "百分之十二点五"),
    ("-5%", "负百分之五"),
    ("3‰", "千分之三"),
]


@pytest.mark.parametrize(("value", "spoken"), EXAMPLES)
def test_numbers(value: object, spoken: str) -> None:
    assert SPEAKER.say(value, "number") == spoken


@given(st.integers(-(10**16), 10**16))
@example(10**16)
@example(200_020_002)
@example(-20_000_200_000_002)
def test_integers_read_back_by_a_strict_inverse(whole: int) -> None:
    assert inverse.decimal(SPEAKER.say(whole, "number")) == whole


@given(st.integers(0, 10**24 - 1))
def test_numbers_beyond_ten_to_the_sixteen(whole: int) -> None:
    assert inverse.cardinal(SPEAKER.say(whole, "number")) == whole


@given(st.integers(-(10**16) + 1, 10**16 - 1))
def test_integers_read_back_by_another_library(whole: int) -> None:
    # cn2an has a grammar of its own and knows no 两 inside numbers.
    spoken = SPEAKER.say(whole, "number").replace("两", "二")
    assert cn2an.cn2an(spoken, "normal") == whole


@given(st.decimals(-(10**12), 10**12, places=6))
def test_decimals_read_back(value: Decimal) -> None:
    assert inverse.decimal(SPEAKER.say(str(value), "number")) == value


@pytest.mark.parametrize(
    ("following", "spoken"),
    [("件办件", "两"), ("个工作日", "两"), ("元", "两"), ("号窗口", "二"), ("年级", "二"), ("", "二")],
)
def test_two_before_what_it_counts(following: str, spoken: str) -> None:
    assert SPEAKER.say(2, "number", following=following) == spoken
    assert SPEAKER.say(12, "number", following=following) == "十二"


@given(st.integers(0, 10**16))
def test_ordinals(place: int) -> None:
    spoken = SPEAKER.say(place, "ordinal")
    assert spoken.startswith("第")
    assert inverse.cardinal(spoken[1:]) == place


def test_strict_inverse_rejects_what_is_not_mandarin() -> None:
    for wrong in ("一千五", "二千", "一万零一千", "一十二", "一百零零五", "二万", "十两", ""):
        with pytest.raises((ValueError, KeyError)):
            inverse.cardinal(wrong)
