"""A call that broke off is taken up by calling again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ivr.flow import commands, events
from menus.model import MenuSet
from tests.ivr.flow.caller import Caller, menu_set

NODES: dict[str, Any] = {
    "begin": {
        "kind": "menu",
        "options": [
            {"keys": "1", "label": {"zh": "查进度"}, "next": "sub"},
            {"keys": "2", "label": {"zh": "说"}, "next": "end"},
        ],
    },
    "sub": {"kind": "call", "tree": "sub", "arguments": {"who": "'老张'"}, "save": {"got": "number"}, "next": "end"},
    "end": {"kind": "hangup", "text": {"zh": "再见{got}。"}},
}
ALWAYS = {"within": 900_000, "after": ["line", "caller"]}


def sub(answer: dict[str, Any] | None = None, **number: Any) -> dict[str, Any]:
    exits = {"next": "answer", "not_found": "answer", "failed": "answer"}
    query = {"kind": "query", "operation": "get_case", "arguments": {"number": "number"}, "save_as": "case", **exits}
    return {
        "id": "sub",
        "title": {"zh": "办件进度"},
        "start": "number",
        "nodes": {
            "number": {"kind": "collect", "prompt": {"zh": "号码？"}, "save_as": "number", "next": "look", **number},
            "look": query,
            "answer": {"kind": "say", "text": {"zh": "办到{case.step}，{who}。"}, "next": "back", **(answer or {})},
            "back": {"kind": "hangup", "returns": True},
            "person": {"kind": "hangup"},
        },
    }


def menus(resumable: Any = ALWAYS, **number: Any) -> MenuSet:
    return menu_set(NODES, sub(**number), resumable=resumable)


def cut_off(menus: MenuSet, event: events.Event | None = None) -> Caller:
    """A caller who is cut off while they hear where their case stands."""
    caller = Caller(menus).press("1").press("20260001#").reply({"step": "审核"})
    return caller.give(event or events.LineLost("media_timeout"))


def parked_by(caller: Caller) -> commands.Park | None:
    found = [command for command in caller.last if isinstance(command, commands.Park)]
    return found[0] if found else None


def again(menus: MenuSet, first: Caller, **more: Any) -> Caller:
    park = parked_by(first)
    assert park is not None
    return Caller(menus, parked=json.loads(json.dumps(park.state)), **more)


def test_the_caller_goes_on_where_the_line_was_lost() -> None:
    caller = again(menus(), cut_off(menus()))
    assert caller.heard == ["刚才电话断了，您正在听办件进度。接着听，请按一。从头开始，请按二。"]
    caller.press("1")
    assert caller.heard[-1] == "办到<审核>，<老张>。"
    caller.listen()
    assert caller.heard[-1] == "再见<20260001>。", "the tree that had called got its call back"


def test_it_is_kept_as_long_as_the_author_says() -> None:
    park = parked_by(cut_off(menus()))
    assert park is not None and park.keep_ms == 900_000


@pytest.mark.parametrize("what", ["2", "silence"])
def test_whoever_does_not_say_yes_begins_again(what: str) -> None:
    caller = again(menus(), cut_off(menus()))
    if what == "2":
        caller.press("2")
    else:
        caller.listen().wait().listen().wait()
    assert caller.heard[-1].startswith("查进度，请按一") and caller.state.stack == []


def test_yes_can_be_said() -> None:
    assert again(menus(), cut_off(menus()), speech=("zh",)).say("yes").heard[-1].startswith("办到")


def test_what_is_sensitive_is_asked_for_again() -> None:
    """Nothing of it is in what is parked: neither the number nor the answer to it."""
    secret = menus(sensitive=True)
    first = cut_off(secret)
    park = parked_by(first)
    assert park is not None
    assert "20260001" not in json.dumps(park.state) and "审核" not in json.dumps(park.state, ensure_ascii=False)
    caller = again(secret, first).press("1")
    assert caller.heard[-1] == "号码？输完以后，请按井号键。" and "case" not in caller.state.variables
    assert caller.state.variables["who"] == "老张"


def test_no_number_of_a_caller_is_parked() -> None:
    park = parked_by(cut_off(menus()))
    assert park is not None and "13900001234" not in json.dumps(park.state)


def test_the_new_call_has_its_own_time_and_number() -> None:
    caller = again(menus(), cut_off(menus()), local_time="2026-11-22T10:09:00+08:00").press("1")
    for variables in (caller.state.variables, caller.state.stack[0].variables):
        assert variables["call"]["local_time"] == "2026-11-22T10:09:00+08:00"


@pytest.mark.parametrize(
    ("resumable", "event", "kept"),
    [
        ({"within": 60_000}, events.LineLost("sip_error"), True),
        ({"within": 60_000}, events.CallerHungUp(), False),
        ({"within": 60_000, "after": ["caller"]}, events.CallerHungUp(), True),
        ({"within": 60_000, "after": ["caller"]}, events.LineLost("sip_error"), False),
        (ALWAYS, events.OperatorHangUp(), False),
        (None, events.LineLost("sip_error"), False),
    ],
)
def test_the_author_says_which_calls(resumable: Any, event: events.Event, kept: bool) -> None:
    assert (parked_by(cut_off(menus(resumable), event)) is not None) == kept


def test_a_caller_without_a_number_is_never_parked_nor_taken_up() -> None:
    assert parked_by(Caller(menus(), number="").press("1").give(events.LineLost("x"))) is None
    assert again(menus(), cut_off(menus()), number="").heard == ["查进度，请按一。说，请按二。"]


def test_at_the_door_and_at_the_goodbye_there_is_nothing_to_go_on_with() -> None:
    assert parked_by(Caller(menus()).give(events.LineLost("x"))) is None
    assert parked_by(Caller(menus()).press("1").fire("call_length").give(events.LineLost("x"))) is None


def test_a_node_can_be_left_out() -> None:
    left_out = menu_set(NODES, sub({"resumable": False}), resumable=ALWAYS)
    assert parked_by(cut_off(left_out)) is None


def test_a_topic_is_what_the_author_calls_it() -> None:
    named = menu_set(NODES, sub({"topic": {"zh": "您的申请"}}), resumable=ALWAYS)
    assert again(named, cut_off(named)).heard[0].startswith("刚才电话断了，您正在听您的申请。")


@pytest.mark.parametrize(
    "parked",
    [
        {},
        {"root": "root"},
        {"root": "other", "tree": "sub", "node": "look", "language": "zh"},
        {"root": "root", "tree": "sub", "node": "gone", "language": "zh", "stack": []},
        {"root": "root", "tree": "sub", "node": "look", "language": "zh", "stack": [{"tree": "root"}]},
        {"root": "root", "tree": "root", "node": "end", "language": "zh", "variables": []},
        {"root": "root", "tree": "root", "node": "end", "language": "zh", "trail": [{"tree": "x", "node": "y"}]},
        {"root": "root", "tree": [], "node": {}, "language": 3},
    ],
)
def test_what_the_menus_of_today_cannot_take_up_is_forgotten(parked: Any) -> None:
    assert Caller(menus(), parked=parked).heard == ["查进度，请按一。说，请按二。"]
