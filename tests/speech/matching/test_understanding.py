"""What evidence means for a question."""

from __future__ import annotations

import datetime
import json
from importlib import resources

import pytest

from speech.matching.bands import Judge, judge_of
from speech.matching.fillers import is_filler
from speech.matching.options import Option
from speech.matching.understanding import Question, Understanding, understand
from speech.recognisers.base import Evidence, HeardText

JUDGE = judge_of("whisper")
TODAY = datetime.date(2026, 11, 22)
OPTIONS = (Option("1", ("查进度", "办好了没有")), Option("2", ("办事指南",)), Option("3", ("查进度慢的原因",)))


def asked(expect: str = "options", **settings: int) -> Question:
    options = OPTIONS if expect == "options" else ()
    return Question("zh", expect, options, **settings)  # type: ignore[arg-type]


def evidence(text: str, free: float = -0.3, **scores: float) -> Evidence:
    return Evidence((HeardText(text, free),) if text else (), scores)


def understood(question: Question, found: Evidence) -> Understanding:
    return understand(question, found, JUDGE, TODAY)


def test_an_option_that_was_clearly_said_is_accepted() -> None:
    heard = understood(asked(), evidence("辦事指南", 办事指南=-0.4, 查进度=-5.0, 办好了没有=-5.5, 查进度慢的原因=-6.0))
    assert (heard.band, heard.candidates[0].id, heard.candidates[0].phrase) == ("accept", "2", "办事指南")
    assert heard.candidates[0].confidence > 0.9


def test_an_option_said_with_an_accent_is_found() -> None:
    heard = understood(asked(), evidence("班四子兰", 办事指南=-2.0, 查进度=-5.0, 办好了没有=-5.5, 查进度慢的原因=-6.0))
    assert heard.candidates[0].id == "2"
    assert heard.band != "none"


TOWNS = tuple(Option(name, (name,)) for name in ("清水镇", "石桥镇", "柳林乡", "留言"))


@pytest.mark.parametrize(("said", "free", "hinted"), [("清水镇", "行水站", "清水镇"), ("留言", "劉雅", "留言，")])
def test_a_name_that_only_the_hinted_text_has_is_accepted(said: str, free: str, hinted: str) -> None:
    scores = {option.id: -5.0 for option in TOWNS} | {said: -4.3}
    found = Evidence((HeardText(free, -0.8),), scores, 0.9, HeardText(hinted, -0.5))
    heard = understood(Question("zh", "options", TOWNS), found)
    assert (heard.band, heard.candidates[0].id, heard.text) == ("accept", said, hinted)


def test_a_hint_that_goes_astray_does_not_outdo_what_was_written_freely() -> None:
    options = (Option("0", ("找人",)), Option("1", ("查进度",)), Option("3", ("政策",)))
    found = Evidence((HeardText("查尽度", -0.6),), {"查进度": -2.5, "找人": -4.5}, 0.95, HeardText("找人", -1.0))
    heard = understood(Question("zh", "options", options), found)
    assert heard.candidates[0].id == "1"
    assert heard.band != "none"


def test_other_speech_stays_other_speech_when_it_is_hinted() -> None:
    scores = dict.fromkeys(("清水镇", "留言"), -5.2)
    found = Evidence((HeardText("快點吃飯要涼了", -0.4),), scores, 0.9, HeardText("快点吃饭要粮了", -0.4))
    assert understood(Question("zh", "options", TOWNS), found).band == "none"


@pytest.mark.parametrize(
    ("free", "hinted", "band"),
    [("不住", "不住", "confirm"), ("不", "不", "accept"), ("部", "不", "accept")],
)
def test_one_syllable_among_others_is_asked_about(free: str, hinted: str, band: str) -> None:
    options = (Option("0", ("不",)), Option("1", ("查进度",)))
    found = Evidence((HeardText(free, -0.3),), {"不": -0.3, "查进度": -5.0}, 0.9, HeardText(hinted, -0.3))
    assert understood(Question("zh", "options", options), found).band == band


def test_yes_and_no_count_among_other_words() -> None:
    found = Evidence((HeardText("对就这个", -0.3),), {"对": -0.2, "不": -6.0}, 0.9, HeardText("对就这个", -0.3))
    heard = understood(Question("zh", "yes_no"), found)
    assert (heard.band, heard.candidates[0].id) == ("accept", "yes")


def test_other_speech_is_none() -> None:
    heard = understood(
        asked(), evidence("今天天气怎么样", 办事指南=-5.4, 查进度=-5.0, 办好了没有=-5.5, 查进度慢的原因=-6.0)
    )
    assert (heard.band, heard.reason) == ("none", "out_of_set")


@pytest.mark.parametrize(("text", "reason"), [("嗯", "filler"), ("喂，喂", "filler"), ("", "noise")])
def test_what_is_no_answer_says_why(text: str, reason: str) -> None:
    assert understood(asked(), evidence(text, 办事指南=-5.0, 查进度=-5.1)).reason == reason


@pytest.mark.parametrize("speech", [0.0, 0.078, 0.154, 0.29])
@pytest.mark.parametrize("expect", ["options", "yes_no", "digits", "date", "question"])
def test_where_there_is_hardly_speech_nothing_is_understood(speech: float, expect: str) -> None:
    question = asked(expect, least=1, most=1)
    scores = {phrase: -0.3 for option in question.choices for phrase in option.phrases} | {"明天": -0.1, "一": -0.1}
    for text in ("办事指南", "是的", "一", "明天"):
        heard = understood(question, Evidence((HeardText(text, -0.2),), scores, speech))
        assert (heard.band, heard.candidates, heard.values, heard.reason) == ("none", (), (), "noise")


@pytest.mark.parametrize("speech", [0.078, 0.154])
def test_the_words_that_whisper_finds_in_silence_choose_nothing(speech: float) -> None:
    """The evidence of digital silence and of a click on a processor where the likeliest of eight words was 0.9 sure."""
    words = ("人民", "时间", "住房", "水电", "政策", "报告", "可以", "离婚")
    scores = dict.fromkeys(words, -6.0) | {"离婚": -1.0}
    found = Evidence((HeardText("你", -1.2),), scores, speech)
    question = Question("zh", "options", tuple(Option(word, (word,)) for word in words))
    assert understand(question, found, JUDGE, TODAY) == Understanding("你", "none", reason="noise")
    heard_clearly = Evidence((HeardText("离婚", -0.2),), scores, 0.9)
    assert understand(question, heard_clearly, JUDGE, TODAY).band == "accept"


def test_an_answer_that_may_go_on_is_not_whole() -> None:
    scores = {"查进度": -0.3, "查进度慢的原因": -5.0, "办事指南": -6.0, "办好了没有": -6.0}
    longer = understood(asked(), evidence("查进度", **scores))
    assert longer.band == "accept"
    assert not longer.is_whole(asked())
    scores = {"查进度": -5.0, "查进度慢的原因": -6.0, "办事指南": -0.3, "办好了没有": -6.0}
    whole = understood(asked(), evidence("办事指南", **scores))
    assert whole.is_whole(asked())


def test_figures_are_values() -> None:
    question = asked("digits", least=8, most=8)
    heard = understood(question, evidence("20260001", 二零二六零零零一=-0.3))
    assert (heard.band, heard.values, heard.candidates) == ("accept", ("20260001",), ())
    assert heard.is_whole(question)


def test_too_few_figures_are_none() -> None:
    assert understood(asked("digits", least=8, most=8), evidence("2026", 二零二六=-0.3)).values == ()


def test_a_day_is_a_value() -> None:
    heard = understood(asked("date"), evidence("明天", 明天=-0.2))
    assert (heard.band, heard.values) == ("accept", ("20261123",))


def test_yes() -> None:
    question = asked("yes_no")
    scores = {phrase: -6.0 for option in question.choices for phrase in option.phrases}
    heard = understood(question, evidence("是的", **{**scores, "是的": -0.3}))
    assert (heard.band, heard.candidates[0].id) == ("accept", "yes")


def test_an_open_question_is_answered_by_words() -> None:
    heard = understood(asked("question"), evidence("老人高龄补贴怎么领"))
    assert (heard.band, heard.text) == ("accept", "老人高龄补贴怎么领")
    assert understood(asked("question"), evidence("嗯")).reason == "filler"


def test_fillers() -> None:
    assert is_filler("嗯，啊", "zh")
    assert is_filler("um, uh", "en")
    assert not is_filler("", "zh")
    assert not is_filler("嗯查进度", "zh")


@pytest.mark.parametrize("engine", ["whisper", "vosk", "wyoming"])
def test_every_engine_has_a_judge_that_says_how_it_was_made(engine: str) -> None:
    judge = judge_of(engine)
    assert 0.0 < judge.confirm < judge.accept < 1.0
    stored = resources.files("speech.matching").joinpath("calibration", f"{engine}.json").read_text(encoding="utf-8")
    assert json.loads(stored)["made"]


def test_bands() -> None:
    judge = Judge({"score": 1.0}, 0.0, accept=0.8, confirm=0.4)
    assert [judge.band(confidence) for confidence in (0.9, 0.8, 0.5, 0.39)] == ["accept", "accept", "confirm", "none"]
    assert judge.confidence({"score": 1000.0}) <= 1.0


def test_no_figure_stands_for_an_x_that_was_said() -> None:
    found = Evidence((HeardText("一二三四五叉", -0.3),), {"一二三四五三": -0.3}, 0.9)
    heard = understood(asked("digits", least=6, most=6), found)
    assert (heard.values, heard.band != "none") == (("12345X",), True)
