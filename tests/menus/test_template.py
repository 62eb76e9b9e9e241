from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menus.parts import SAY_AS, Pause, Slot, Value, Words
from menus.template import TemplateError, fill, parse_template, slot_paths, splice


def lookup_in(values: dict[str, Any]) -> Any:
    return lambda path: values.get(path)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("您好。", (Words("您好。"),)),
        ("", ()),
        ("   \n ", ()),
        ("{case.status}", (Slot("case.status"),)),
        ("号码是{number:digits}，对吗？", (Words("号码是"), Slot("number", "digits"), Words("，对吗？"))),
        ("{ n : number }", (Slot("n", "number"),)),
        ("一{pause:500ms}二{pause: 1.5s}", (Words("一"), Pause(500), Words("二"), Pause(1500))),
        ("{{不是变量}}", (Words("{不是变量}"),)),
        ("{{{n}}}", (Words("{"), Slot("n"), Words("}"))),
        ("{notices.items.0.title}", (Slot("notices.items.0.title"),)),
        ("先生，\n  您好", (Words("先生，您好"),)),
        ("good\n  morning", (Words("good morning"),)),
        ("your number is {n} now", (Words("your number is "), Slot("n"), Words(" now"))),
    ],
)
def test_a_text_is_words_slots_and_pauses(text: str, pieces: tuple[Any, ...]) -> None:
    assert parse_template(text) == pieces


@pytest.mark.parametrize("say_as", SAY_AS)
def test_every_way_of_saying_can_be_written(say_as: str) -> None:
    assert parse_template(f"{{x:{say_as}}}") == (Slot("x", say_as),)


@pytest.mark.parametrize(
    ("text", "offset", "hint"),
    [
        ("办{case", 1, "补上 }"),
        ("办{a{b}", 1, "{{"),
        ("办}", 1, "}}"),
        ("{n:nummber}", 3, "number"),
        ("{n:}", 3, "text"),
        ("{}", 1, "{case.status}"),
        ("{Name}", 1, "lower-case"),
        ("{案号}", 1, "lower-case"),
        ("{a..b}", 1, "lower-case"),
        ("{pause}", 1, "500ms"),
        ("{pause:500}", 1, "500ms"),
        ("{pause:1min}", 1, "10s"),
        ("您｛n｝", 1, "{"),
    ],
)
def test_what_is_no_template_says_where_and_what_would_be_right(text: str, offset: int, hint: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(text)
    assert caught.value.offset == offset
    assert hint in str(caught.value)


def test_slots_are_filled_by_type() -> None:
    template = parse_template("{name}有{n:number}项：{papers}。")
    filled = fill(template, lookup_in({"name": "李", "n": 2, "papers": ["户口本", "照片"]}))
    assert filled == (
        Value("李"),
        Words("有"),
        Value(2, "number"),
        Words("项："),
        Value(["户口本", "照片"], "list"),
        Words("。"),
    )


@pytest.mark.parametrize("value", [None, "", True, {}, {"a": 1}, [], [None, {}]])
def test_what_cannot_be_said_is_left_out_and_told(value: Any) -> None:
    told: list[str] = []
    assert fill(parse_template("甲{x}乙"), lambda path: value, missing=told.append) == (
        Words("甲"),
        Words(""),
        Words("乙"),
    )
    assert told == ["x"]


def test_zero_is_said() -> None:
    assert fill((Slot("n", "number"),), lookup_in({"n": 0})) == (Value(0, "number"),)


def test_one_text_may_stand_for_a_list() -> None:
    assert fill((Slot("x", "list"),), lookup_in({"x": "户口本"})) == (Value(["户口本"], "list"),)


def test_sensitive_values_are_marked() -> None:
    filled = fill(parse_template("{id:id}{n}"), lambda path: "1", lambda path: path == "id")
    assert filled == (Value("1", "id", True), Value("1", "text", False))


def test_splice_replaces_slots_and_joins_words() -> None:
    spliced = splice(
        parse_template("{label}，请按{keys}。{other}"), {"label": (Words("办事"),), "keys": (Words("一"),)}
    )
    assert spliced == (Words("办事，请按一。"), Slot("other"))
    assert slot_paths(spliced) == ("other",)


@given(st.text(alphabet="{}:. \nabpause0_办｛，", max_size=40))
def test_any_text_is_a_template_or_told_why_not(text: str) -> None:
    try:
        pieces = parse_template(text)
    except TemplateError as error:
        assert 0 <= error.offset <= len(text)
        assert error.what.zh
        assert error.what.en
    else:
        assert all(not isinstance(piece, Words) or piece.text for piece in pieces)


@given(st.text(max_size=60))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    plain = " ".join(text.replace("｛", "").replace("｝", "").split())
    pieces = parse_template(plain.replace("{", "{{").replace("}", "}}"))
    assert pieces == ((Words(plain),) if plain else ())
