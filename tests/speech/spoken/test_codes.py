from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.spoken import Speaker
from tests.speech.spoken import inverse

SPEAKER = Speaker()


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        ("20260001", "二零二六，零零零幺"),
        (20260001, "二零二六，零零零幺"),
        ("JQ-2026-0001", "J Q，二零二六，零零零幺"),
        ("jq20260001", "J Q，二零二六，零零零幺"),
        ("123456", "幺二三，四五六"),
        ("1234567890123", "幺二三四，五六七八，九零幺二三"),
        ("1", "一"),
        ("11", "幺幺"),
        ("12#", "幺二，井号"),
        ("川A12345", "川，A，幺二三四五"),
        ("91511602MA6XXXX12B", "九幺五幺，幺六零二，M A六X，X X X幺，二B"),
        ("５１０１", "五幺零幺"),
    ],
)
def test_codes(value: object, spoken: str) -> None:
    assert SPEAKER.say(value, "id") == spoken
    assert SPEAKER.say(value, "digits") == spoken


def test_identity_numbers_are_grouped_as_people_know_them() -> None:
    assert SPEAKER.say("51012319900101123X", "id") == "五幺零幺二三，幺九九零，零幺零幺，幺二三叉"
    assert SPEAKER.say("51012319900101123x", "id") == "五幺零幺二三，幺九九零，零幺零幺，幺二三叉"
    assert SPEAKER.say("510123199001011234", "id") == "五幺零幺二三，幺九九零，零幺零幺，幺二三四"
    assert SPEAKER.say("510123900101123", "id") == "五幺零幺二三，九零零幺零幺，幺二三"


@given(st.from_regex(r"\d{2,40}", fullmatch=True, alphabet="0123456789"))
def test_no_digit_is_lost(digits: str) -> None:
    spoken = SPEAKER.say(digits, "digits")
    assert inverse.code(spoken) == digits
    assert all(len(group) <= 6 for group in spoken.split("，"))


@given(st.from_regex(r"\d{17}[0-9X]", fullmatch=True, alphabet="0123456789X"))
def test_identity_numbers_read_back(number: str) -> None:
    spoken = SPEAKER.say(number, "id")
    assert inverse.code(spoken) == number
    assert [len(group) for group in spoken.split("，")] == [6, 4, 4, 4]


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        ("13812345678", "幺三八，幺二三四，五六七八"),
        ("138-1234-5678", "幺三八，幺二三四，五六七八"),
        ("+86 138 1234 5678", "幺三八，幺二三四，五六七八"),
        ("008613812345678", "幺三八，幺二三四，五六七八"),
        ("0826-2345678", "零八二六，二三四，五六七八"),
        ("(0826)2345678", "零八二六，二三四，五六七八"),
        ("02812345678", "零二八，幺二三四，五六七八"),
        ("010-12345678", "零幺零，幺二三四，五六七八"),
        ("+86-10-12345678", "零幺零，幺二三四，五六七八"),
        ("+86 826 2345678", "零八二六，二三四，五六七八"),
        ("0826-2345678转8001", "零八二六，二三四，五六七八，转八零零幺"),
        ("0826-2345678-801", "零八二六，二三四，五六七八，转八零幺"),
        ("12345", "幺二三四五"),
        ("110", "幺幺零"),
        ("400-123-4567", "四零零，幺二三，四五六七"),
        ("+1 212 555 0100", "加幺二幺，二五五五，零幺零零"),
        ("2345678/2345679", "二三四，五六七八，或者，二三四，五六七九"),
        (13812345678, "幺三八，幺二三四，五六七八"),
        ("打不通", "打不通"),
    ],
)
def test_phones(number: object, spoken: str) -> None:
    assert SPEAKER.say(number, "phone") == spoken


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True, alphabet="0123456789"))
def test_mobiles_read_back(number: str) -> None:
    spoken = SPEAKER.say(number, "phone")
    assert inverse.code(spoken) == number
    assert [len(group) for group in spoken.split("，")] == [3, 4, 4]


def test_english() -> None:
    assert SPEAKER.say("20260001", "id", "en") == "two zero two six, zero zero zero one"
    assert SPEAKER.say("JQ-12", "id", "en") == "J Q, one two"
    assert SPEAKER.say("13812345678", "phone", "en") == "one three eight, one two three four, five six seven eight"
    assert SPEAKER.say("51012319900101123X", "id", "en").endswith(", one two three, X")
