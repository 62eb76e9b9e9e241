"""What holds for every value, way of saying and language."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menus import parts
from speech.spoken import SAY_AS, LanguageNotSpokenError, Speaker, UnknownSayAsError

SPEAKER = Speaker()
SPEAKABLE = {
    "zh": re.compile(r"[\u4e00-\u9fff㐀-䶿〇A-Za-z，。；：？！、 ]*"),
    "en": re.compile(r"[A-Za-zÀ-ɏ\u4e00-\u9fff,.;:?!' -]*"),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda members: st.lists(members, max_size=3) | st.dictionaries(st.text(max_size=3), members, max_size=3),
    max_leaves=5,
)
#: Text of the characters that rules look at, so that rules meet in ways nobody thought of.
TRICKY = st.text(
    st.sampled_from("0123456789-–~:/.,、()（）〔〕%‰℃元年月日号点分第按*#@AXx国电话 \n<>&;到至份个¥+²①"), max_size=40
)


@given(JSON | TRICKY, st.sampled_from(SAY_AS), st.sampled_from(["zh", "en"]))
def test_every_value_is_said_in_what_a_voice_can_say(value: object, say_as: str, language: str) -> None:
    spoken = SPEAKER.say(value, say_as, language)
    assert SPEAKABLE[language].fullmatch(spoken), spoken


@given(TRICKY, st.sampled_from(SAY_AS))
def test_saying_is_pure(value: str, say_as: str) -> None:
    assert SPEAKER.say(value, say_as) == Speaker(remember=0).say(value, say_as)


@given(TRICKY)
def test_what_has_been_said_can_be_said_again(value: str) -> None:
    spoken = SPEAKER.say(value)
    assert SPEAKER.say(spoken) == spoken


def test_nothing_is_silence() -> None:
    assert {SPEAKER.say(None, say_as, language) for say_as in SAY_AS for language in ("zh", "en")} == {""}


def test_yes_and_no() -> None:
    assert SPEAKER.say(True, "text") == "是"
    assert SPEAKER.say(False, "number", "en") == "no"


def test_long_text_is_cut_and_deep_data_ends() -> None:
    assert len(SPEAKER.say("办" * 100_000)) <= 4000
    deep: object = "x"
    for _ in range(5000):
        deep = [deep]
    assert SPEAKER.say(deep, "list") == ""


def test_ways_of_saying_are_those_of_the_menu_language() -> None:
    assert SAY_AS == parts.SAY_AS


def test_languages() -> None:
    assert SPEAKER.languages == ("zh", "en")
    assert SPEAKER.say(2, "number", "zh-CN") == "二"
    assert SPEAKER.say(2, "number", "en_GB") == "two"
    with pytest.raises(LanguageNotSpokenError, match="'ko'"):
        SPEAKER.say(2, "number", "ko")
    with pytest.raises(UnknownSayAsError, match="'price'"):
        SPEAKER.say(2, "price")


@pytest.mark.parametrize("unit", ["1", "1-", "(1)", "1:", "1/", "1,", "www.", "a@", "*", "转1", "<a", "¥1"])
def test_no_text_holds_up_a_call(unit: str) -> None:
    speaker = Speaker(remember=0)
    text = (unit * 4000)[:4000]
    begun = time.process_time()
    for say_as in ("text", "number", "phone", "id", "date", "money"):
        speaker.say(text, say_as)
    speaker.say(text, "text", "en")
    # A tenth of this is usual; what searches the text again from each of its places takes ten times as long.
    assert time.process_time() - begun < 2.0
