"""The shipped trees under anything that can happen: always a result, always an end, state always survives JSON."""

from __future__ import annotations

import functools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.config import SHIPPED_TREES
from ivr.flow import events
from menus.loader import load_menus
from menus.model import MenuSet
from tests.ivr.flow.caller import Caller

MOST_STEPS = 400

ACTIONS = st.one_of(
    st.sampled_from("0123456789*#A").map(lambda key: ("press", key)),
    st.sampled_from([("listen", None), ("wait", None), ("long_wait", None)]),
    st.sampled_from(
        [("reply", None), ("reply", "case"), ("fail", "timeout"), ("transfer", "busy"), ("transfer", "ended")]
    ),
)
CASE = {"number": "20260001", "status": "in_review", "items": [{"title": "停电"}], "missing_documents": ["照片"]}


@functools.lru_cache(maxsize=1)
def shipped() -> MenuSet:
    menus = load_menus(SHIPPED_TREES)
    return menus.model_copy(update={"trees": {**menus.trees, "root": menus.trees["hotline"]}})


def act(caller: Caller, action: tuple[str, Any]) -> None:
    """Do what is possible now of what was drawn; otherwise give a stale event, which must change nothing."""
    kind, what = action
    if kind == "press":
        caller.press(what)
    elif kind == "listen" and caller.playing:
        caller.listen()
    elif kind == "wait" and caller.timer_names:
        caller.wait()
    elif kind == "reply" and caller.state.query:
        caller.reply(CASE if what else None)
    elif kind == "fail" and caller.state.query:
        caller.fail(what)
    elif kind == "transfer" and caller.state.transfer:
        caller.give(events.TransferEnded(caller.state.transfer, what))
    else:
        before = caller.state
        assert caller.give(events.PlaybackFinished(-1)).state == before


def is_waiting_for_something(caller: Caller) -> bool:
    return bool(caller.playing or caller.timer_names or caller.state.query or caller.state.transfer)


@settings(max_examples=150, deadline=None)
@given(st.lists(ACTIONS, max_size=60))
def test_no_call_is_ever_stuck(actions: list[tuple[str, Any]]) -> None:
    caller = Caller(shipped())
    for action in actions:
        if caller.state.phase == "ended":
            break
        assert is_waiting_for_something(caller), f"nothing would ever happen again at {caller.state.node}"
        act(caller, action)


@settings(max_examples=50, deadline=None)
@given(st.lists(ACTIONS, max_size=30))
def test_a_caller_who_falls_silent_is_let_go(actions: list[tuple[str, Any]]) -> None:
    caller = Caller(shipped())
    for action in actions:
        act(caller, action)
    for _ in range(MOST_STEPS):
        if caller.state.phase == "ended":
            return
        if caller.playing:
            caller.listen()
        elif caller.state.query:
            caller.fail("timeout")
        elif caller.state.transfer:
            caller.give(events.TransferEnded(caller.state.transfer, "no_answer"))
        else:
            caller.wait()
    raise AssertionError(f"still going at {caller.state.tree}/{caller.state.node}")


def test_the_main_job() -> None:
    caller = Caller(shipped()).press("1").press("20260001")
    assert caller.asked is not None and caller.asked.operation == "get_case"
    assert "20260001" in str(caller.asked.arguments)
