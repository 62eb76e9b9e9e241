"""How well callers are understood, by the accent that their words tell."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.console.made_calls import MadeCalls
from ivr.storage.accents import accents
from ivr.storage.entries import CallRecord, StepEntry
from tests.ivr.console.support import START


def said(outcome: str, option: str = "1", mergers: list[str] | None = None) -> dict[str, Any]:
    candidates = [{"id": option, "phrase": "查进度", "confidence": 0.9, "mergers": mergers}]
    return {"what": "input", "outcome": outcome, "option": option, "key_source": "speech", "candidates": candidates}


def key(outcome: str, option: str = "") -> dict[str, Any]:
    return {"what": "input", "outcome": outcome, "option": option, "key_source": "rfc4733"}


SILENCE = {"what": "input", "outcome": "no_input", "option": "", "key_source": ""}


def found(*steps: list[dict[str, Any]], ends: tuple[str, ...] = (), language: str = "zh") -> dict[tuple[str, str], int]:
    call = MadeCalls(1, START, 1).call(START, 1).call
    entries = {}
    for index, moments in enumerate(steps):
        end = ends[index] if ends else "match"
        entries[index] = StepEntry(call.id, index, language=language, moments=tuple(moments), outcome=end)
    return {(accent, outcome): amount for (_, accent, outcome), amount in accents(CallRecord(call, entries)).items()}


def test_every_try_counts_with_the_accent_of_the_call() -> None:
    assert found([said("unheard"), said("match", mergers=["n/l"])], [said("match", mergers=[])]) == {
        ("n/l", "unheard"): 1,
        ("n/l", "accepted"): 2,
    }


def test_two_mergers_count_in_both() -> None:
    assert found([said("match", mergers=["n/l", "zh/z"])]) == {("n/l", "accepted"): 1, ("zh/z", "accepted"): 1}


@pytest.mark.parametrize(
    ("answer", "came_of"),
    [
        ([said("match", mergers=[])], "confirmed"),
        ([key("match", "1")], "confirmed"),
        ([SILENCE, key("match", "1")], "confirmed"),
        ([said("denied")], "refused"),
        ([key("match", "3")], "refused"),
        ([said("unheard")], "unheard"),
        ([SILENCE], "unheard"),
    ],
)
def test_what_comes_of_asking_back(answer: list[dict[str, Any]], came_of: str) -> None:
    accent = "f/h" if came_of == "confirmed" else "unknown"
    assert found([said("doubtful", mergers=["f/h"]), *answer]) == {(accent, came_of): 1}


def test_who_goes_back_at_once_was_not_understood() -> None:
    understood = [said("match", mergers=[])]
    assert found(understood, [], ends=("match", "universal:back")) == {("unknown", "corrected"): 1}
    spoken = found(understood, [said("match", "back", [])], ends=("match", "universal:back"))
    assert spoken == {("none", "corrected"): 1, ("none", "accepted"): 1}
    assert found(understood, [key("match", "2")], ends=("match", "universal:back")) == {("none", "accepted"): 1}


def test_what_is_not_known_is_said_so() -> None:
    assert found([said("unheard")]) == {("unknown", "unheard"): 1}
    older = said("match")
    del older["candidates"][0]["mergers"]
    assert found([older]) == {("unknown", "accepted"): 1}


def test_keys_and_other_languages_have_no_accent() -> None:
    assert found([key("match", "1"), SILENCE, key("invalid")]) == {}
    assert found([said("match", mergers=[])], language="ko") == {}
