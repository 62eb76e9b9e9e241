"""The timing of input as docs/timing.md defines it."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.flow import events
from tests.ivr.flow.caller import Caller, menu_set


def menu(*keys: str, **more: Any) -> dict[str, Any]:
    options = [{"keys": key, "label": {"zh": f"事项{key}"}, "next": f"end_{index}"} for index, key in enumerate(keys)]
    ends = {
        f"end_{index}": {"kind": "hangup", "text": {"zh": f"选了{key}。"}, "reason": "chosen"}
        for index, key in enumerate(keys)
    }
    return {"ask": {"kind": "menu", "prompt": {"zh": "请选择。"}, "options": options, **more}, **ends}


def collect(**more: Any) -> dict[str, Any]:
    node = {"kind": "collect", "prompt": {"zh": "请输入编号。"}, "save_as": "number", "next": "done", **more}
    return {"ask": node, "done": {"kind": "hangup", "text": {"zh": "收到{number:digits}。"}}}


def test_first_input_waits_for_the_end_of_the_prompt() -> None:
    caller = Caller(menu_set(menu("1", "2")))
    assert caller.timer_names == []
    assert caller.listen().timer_names == ["first_input"]


def test_a_key_stops_the_prompt_and_no_first_input_timer_is_left() -> None:
    caller = Caller(menu_set(collect(least=4, most=6)))
    caller.press("1")
    assert caller.playing is None
    assert caller.timer_names == ["between_keys"]


def test_every_key_restarts_the_wait_between_keys() -> None:
    caller = Caller(menu_set(collect(least=4, most=6))).listen().press("1")
    (first,) = [token for token, timer in caller.timers.items() if timer.name == "between_keys"]
    caller.press("2")
    (second,) = [token for token, timer in caller.timers.items() if timer.name == "between_keys"]
    assert first != second
    assert caller.give(events.TimerFired(first)).state.node == "ask", "a stale timer does nothing"


def test_most_digits_complete_at_once() -> None:
    assert Caller(menu_set(collect(least=8, most=8))).press("20260001").heard[-1] == "收到<20260001>。"


def test_the_terminator_completes_at_once_and_is_not_part_of_the_input() -> None:
    assert Caller(menu_set(collect(least=2, most=9))).press("123#").heard[-1] == "收到<123>。"


def test_the_terminator_after_a_complete_input_is_swallowed() -> None:
    """Many callers press # although the number was complete by its length."""
    nodes = collect(least=3, most=3) | menu("1")
    nodes["done"] = {"kind": "say", "text": {"zh": "结果。"}, "next": "menu"}
    nodes["menu"] = nodes.pop("ask") | {"universals": False}
    nodes = {"first": {**collect(least=3, most=3)["ask"]}, **nodes}
    caller = Caller(menu_set(nodes)).press("123#")
    assert caller.heard[-1] == "结果。"
    assert caller.listen().state.node == "menu"
    assert caller.state.typed_ahead == "" and caller.inputs() == [("match", "123")]


def test_the_swallowed_terminator_works_when_it_was_typed_ahead() -> None:
    nodes = {"hello": {"kind": "say", "text": {"zh": "您好。"}, "next": "ask", "interruptible": False}}
    caller = Caller(menu_set(nodes | collect(least=3, most=3))).press("123#").listen()
    assert caller.heard[-1] == "收到<123>。" and caller.state.typed_ahead == ""


@pytest.mark.parametrize("typed", ["", "1", "123"])
def test_too_short_is_never_valid(typed: str) -> None:
    caller = Caller(menu_set(collect(least=4, most=8))).listen().press(typed + "#")
    assert caller.inputs() == [("too_short", typed)]
    assert caller.heard[-1].startswith("号码好像没有输完")


def test_enough_digits_are_taken_when_no_further_key_comes() -> None:
    assert Caller(menu_set(collect(least=4, most=8))).press("12345").wait().heard[-1] == "收到<12345>。"


def test_an_option_that_no_longer_one_begins_with_is_taken_at_once() -> None:
    caller = Caller(menu_set(menu("1", "2", "21")))
    assert caller.press("1").heard[-1] == "选了1。"


def test_an_option_that_begins_a_longer_one_waits_between_keys() -> None:
    caller = Caller(menu_set(menu("2", "21"))).press("2")
    assert caller.timer_names == ["between_keys"]
    assert caller.wait().heard[-1] == "选了2。"


def test_the_longer_option_is_reached() -> None:
    assert Caller(menu_set(menu("2", "21"))).press("21").heard[-1] == "选了21。"


def test_enter_ends_the_keys_of_a_shorter_option() -> None:
    assert Caller(menu_set(menu("2", "21"))).press("2#").heard[-1] == "选了2。"


def test_the_beginning_of_an_option_is_too_short() -> None:
    caller = Caller(menu_set(menu("12", "13"))).press("1").wait()
    assert caller.inputs() == [("too_short", "1")]


def test_keys_typed_ahead_survive_prompt_changes() -> None:
    nodes = {"hello": {"kind": "say", "text": {"zh": "您好。"}, "next": "ask"}, **menu("1")}
    caller = Caller(menu_set(nodes)).press("1")
    assert caller.heard == ["您好。", "选了1。"], "the menu was answered before it was asked"


def test_a_node_may_forget_keys_typed_ahead() -> None:
    nodes = {"hello": {"kind": "say", "text": {"zh": "您好。"}, "next": "ask"}, **menu("1", forget_early_keys=True)}
    caller = Caller(menu_set(nodes)).press("1")
    assert caller.state.node == "ask" and caller.playing is not None


def test_keys_typed_ahead_do_not_cut_an_answer_that_comes_later() -> None:
    nodes = {
        "ask": collect(least=1, most=1)["ask"],
        "done": {"kind": "say", "text": {"zh": "答复。"}, "next": "menu"},
        "menu": menu("5")["ask"],
        "end_0": {"kind": "hangup", "text": {"zh": "选了5。"}},
    }
    hello = {"kind": "say", "text": {"zh": "您好。"}, "next": "ask", "interruptible": False}
    caller = Caller(menu_set({"hello": hello, **nodes})).press("15").listen()
    assert caller.heard[-1] == "答复。"
    assert caller.listen().heard[-1] == "选了5。"


def test_a_prompt_that_may_not_be_interrupted_keeps_the_key_for_its_end() -> None:
    caller = Caller(menu_set(menu("1", interruptible=False))).press("1")
    assert caller.playing is not None
    assert caller.listen().heard[-1] == "选了1。"


def test_wrong_keys_forget_what_was_typed_after_them() -> None:
    nodes = {"hello": {"kind": "say", "text": {"zh": "您好。"}, "next": "ask", "interruptible": False}, **menu("1")}
    caller = Caller(menu_set(nodes)).press("91").listen()
    assert caller.state.node == "ask" and caller.state.typed_ahead == ""


def test_the_repeat_key_starts_an_input_anew() -> None:
    caller = Caller(menu_set(collect(least=3, most=8))).press("99*")
    assert caller.heard[-1].startswith("好的，请您重新输入。")
    assert caller.press("123#").heard[-1] == "收到<123>。"


def test_confirmation_reads_back_and_takes_it_again() -> None:
    caller = Caller(menu_set(collect(least=3, most=3, confirm=True))).press("123")
    assert "<123>" in caller.heard[-1]
    caller.press("2").press("456")
    assert "<456>" in caller.heard[-1]
    assert caller.press("1").heard[-1] == "收到<456>。"


def test_key_between_offer_and_answer_is_ignored() -> None:
    caller = Caller(menu_set(menu("1")), answered=False).press("1")
    assert caller.last == []
