"""Cutting prompts into units of speech."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.voice.clauses import MASK, Silence, Spoken, units_of_parts
from menus.parts import Part, Pause, Slot, Value, Words
from speech.spoken import Speaker

SPEAKER = Speaker()


def texts(*parts: Part | Slot, language: str = "zh") -> list[str]:
    return [
        f"[{unit.ms}]" if isinstance(unit, Silence) else ("*" if unit.dynamic else "") + unit.text
        for unit in units_of_parts(parts, SPEAKER, language)
    ]


def test_sentences_without_values_are_whole() -> None:
    assert texts(Words("您好，欢迎致电政务服务热线。查询办件进度，请按1；人工服务，请按0。")) == [
        "您好，欢迎致电政务服务热线。",
        "查询办件进度，请按一；",
        "人工服务，请按零。",
    ]


def test_a_sentence_with_a_value_is_cut_at_commas() -> None:
    parts = (Words("您的申请已经受理，预计"), Value("2026-12-05", "date"), Words("办结。谢谢，再见。"))
    assert texts(*parts) == ["您的申请已经受理，", "*预计二零二六年十二月五日办结。", "谢谢，再见。"]


def test_english() -> None:
    parts = (Words("Your case "), Value("12", "digits"), Words(" is done, thank you. Goodbye, then."))
    assert texts(*parts, language="en") == ["*Your case one two is done,", "thank you.", "Goodbye, then."]


def test_pauses_end_sentences() -> None:
    assert texts(Words("查询"), Pause(300), Words("请按1")) == ["查询", "[300]", "请按一"]


def test_what_follows_a_value_decides_how_it_is_said() -> None:
    assert texts(Value(2, "number"), Words("件")) == ["*两件"]


def test_marks_that_meet_are_one() -> None:
    assert texts(Value("办好了。"), Words("。再见。")) == ["*办好了。", "再见。"]


def test_nothing_is_made_of_marks_and_empty_values() -> None:
    assert texts(Words("，。"), Value(None), Words(" ")) == []


def test_long_values_are_cut_so_that_nobody_waits_for_a_paragraph() -> None:
    long = "需要带身份证原件和户口本，到镇政府一楼大厅二号窗口办理，当天就可以拿到。周末不办公，请注意。"
    assert texts(Value(long)) == [
        "*需要带身份证原件和户口本，",
        "*到镇政府一楼大厅二号窗口办理，",
        "*当天就可以拿到。",
        "*周末不办公，请注意。",
    ]


def test_sensitive_values_are_masked_for_the_log() -> None:
    units = units_of_parts((Words("您输的是，"), Value("1234", "digits", sensitive=True), Words("。")), SPEAKER, "zh")
    assert units == [
        Spoken("您输的是，", "您输的是，"),
        Spoken("幺二三四。", f"{MASK}。", dynamic=True, sensitive=True),
    ]


def test_a_language_without_rules_is_said_as_it_is_written() -> None:
    assert texts(Words("서비스 1번. "), Value(7, "number"), language="ko") == ["서비스 1번.", "*7"]
    assert texts(Value("20260001", "digits"), language="ko") == ["*2 0 2 6 0 0 0 1"], "not twenty million"


@pytest.mark.parametrize(
    "value", ["2026-12-05", "已经受理。正在办，请等。", "", None, "一，二，三。四", ["甲", "乙"], "结束。"]
)
@pytest.mark.parametrize(
    "template",
    [
        (Words("您好。您的申请，"), Slot("x"), Words("，请您再等几天，谢谢。再见。")),
        (Slot("x"), Words("请记下来。谢谢，再见。")),
        (Words("现在，"), Slot("x"), Slot("x"), Words("，好的，"), Pause(100), Words("再见，慢走")),
    ],
)
def test_what_is_rendered_ahead_is_what_a_call_needs(template: tuple[Part | Slot, ...], value: object) -> None:
    """Every unit without a value that a call plays was known before, whatever the values are."""
    ahead = {unit for unit in units_of_parts(template, SPEAKER, "zh") if isinstance(unit, Spoken)}
    parts = [Value(value) if isinstance(part, Slot) else part for part in template]
    live = units_of_parts(parts, SPEAKER, "zh")
    assert {unit for unit in live if isinstance(unit, Spoken) and not unit.dynamic} <= ahead


PARTS = st.one_of(
    st.text("您好请按一二1*#，。；？！ abc\n", max_size=30).map(Words),
    st.builds(
        Value, st.text("东西，。！ 12", max_size=30), st.sampled_from(["text", "digits", "date", "list", "money"])
    ),
    st.integers(0, 2000).map(Pause),
)


@given(st.lists(PARTS, max_size=8), st.sampled_from(["zh", "en", "ko"]))
def test_any_parts_can_be_cut(parts: list[Part], language: str) -> None:
    units = units_of_parts(parts, SPEAKER, language)
    assert all(isinstance(unit, Silence) or unit.text.strip() for unit in units)
    pauses = [part.ms for part in parts if isinstance(part, Pause)]
    assert [unit.ms for unit in units if isinstance(unit, Silence)] == pauses
