"""Reading what the worker says: anything at all gives an event or `GarbledError`."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wyoming.event import Event

from ivr.flow.codec import from_data, to_data
from ivr.flow.commands import Listen
from ivr.flow.events import Candidate, Heard, HeardNothing
from ivr.hearing.answers import GarbledError, answer_of, languages_of, question_of, turn_of

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("turn", "band", "candidates", "values", "engine", "speech_ms", "decision_ms", "early", "reason")


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING | st.sampled_from(["accept", "none"])), ANYTHING)
def test_whatever_a_transcript_holds(context: dict[str, Any], text: Any) -> None:
    event = Event("transcript", {"text": text, "context": context})
    turn_of(event)
    with contextlib.suppress(GarbledError):
        assert isinstance(answer_of(event, 1), (Heard, HeardNothing))


@given(st.dictionaries(st.sampled_from(["asr", "tts", "load"]), ANYTHING))
def test_whatever_an_info_holds(data: dict[str, Any]) -> None:
    with contextlib.suppress(GarbledError):
        assert languages_of(Event("info", data)) == ()


def test_digits() -> None:
    event = Event("transcript", {"text": "二零", "context": {"band": "confirm", "values": ["20", "10"]}})
    assert answer_of(event, 3) == Heard(3, "confirm", "二零", (), ("20", "10"))


@pytest.mark.parametrize(("given_confidence", "taken"), [(1.7, 1.0), (-1, 0.0), (0.5, 0.5)])
def test_confidence_is_a_share(given_confidence: float, taken: float) -> None:
    event = Event(
        "transcript", {"context": {"band": "accept", "candidates": [{"id": "1", "confidence": given_confidence}]}}
    )
    answer = answer_of(event, 3)
    assert isinstance(answer, Heard)
    assert answer.candidates == (Candidate("1", "", taken),)


@pytest.mark.parametrize(("given", "taken"), [(["n/l"], ("n/l",)), ([], ()), (None, None)])
def test_the_mergers_of_an_accent_are_told_or_not_known(given: list[str] | None, taken: tuple[str, ...] | None) -> None:
    candidate = {"id": "1", "confidence": 0.5, "mergers": given}
    answer = answer_of(Event("transcript", {"context": {"band": "accept", "candidates": [candidate]}}), 3)
    assert isinstance(answer, Heard)
    assert answer.candidates[0].mergers == taken
    assert from_data(Heard, json.loads(json.dumps(to_data(answer)))) == answer


def test_the_lengths_of_digits_are_told() -> None:
    event = question_of(Listen(3, "zh", "digits", least=4, most=8), "c1")
    assert event.data["context"]["digits"] == {"least": 4, "most": 8}


def test_only_installed_languages_count() -> None:
    programs = [
        {"installed": True, "models": [{"languages": ["zh", "en"]}, {"languages": ["zh"]}]},
        {"installed": False, "models": [{"languages": ["ko"]}]},
    ]
    assert languages_of(Event("info", {"asr": programs})) == ("en", "zh")
