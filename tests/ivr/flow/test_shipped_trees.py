"""Every shipped tree under anything that can happen: always a result, always an end, state always survives JSON."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.config import SHIPPED_TREES
from ivr.rehearsal.case_files import case_files, load_cases
from menus.loader import load_menus
from menus.model import MenuSet
from tests.ivr.flow.anything import ACTIONS, anything_happens, caller_falls_silent
from tests.ivr.flow.caller import Caller

MENUS = load_menus(SHIPPED_TREES)
each_tree = pytest.mark.parametrize("name", sorted(MENUS.trees))


def beginning_in(name: str) -> MenuSet:
    """The shipped trees, calls beginning in one of them."""
    return MENUS.model_copy(update={"trees": {**MENUS.trees, "root": MENUS.trees[name]}})


@functools.lru_cache(maxsize=1)
def answers() -> list[Any]:
    """Everything that the backend answers in a rehearsal: what an operation never answers is tried on it, too."""
    files = [loaded.file for loaded, _ in map(load_cases, case_files([SHIPPED_TREES])) if loaded]
    return [sample for file in files for sample in file.samples.values()]


@each_tree
@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS, max_size=80), st.booleans(), st.sampled_from(["13900001234", ""]))
def test_no_call_is_ever_stuck_and_what_breaks_off_is_taken_up(
    name: str, actions: list[tuple[str, str]], speech: bool, number: str
) -> None:
    languages = ("zh", "en") if speech else ()
    anything_happens(beginning_in(name), actions, answers(), speech=languages, number=number)


@each_tree
@settings(max_examples=15, deadline=None)
@given(st.lists(ACTIONS, max_size=40), st.booleans())
def test_a_caller_who_falls_silent_is_let_go(name: str, actions: list[tuple[str, str]], speech: bool) -> None:
    caller_falls_silent(beginning_in(name), actions, answers(), speech=("zh", "en") if speech else ())


def test_there_are_answers_of_every_kind() -> None:
    assert len(answers()) > 30


def test_the_main_job() -> None:
    caller = Caller(beginning_in("hotline")).press("1").press("20260001")
    assert caller.asked is not None and caller.asked.operation == "get_case"
    assert "20260001" in str(caller.asked.arguments)
