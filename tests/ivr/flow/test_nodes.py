"""Node kinds that do more than listen."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.flow import events
from tests.ivr.flow.caller import Caller, menu_set


def query(**more: Any) -> dict[str, Any]:
    node = {
        "kind": "query",
        "operation": "get_case",
        "arguments": {"number": "number"},
        "save_as": "case",
        "next": "found",
        "not_found": "missing",
        "failed": "broken",
        **more,
    }
    return {
        "begin": {"kind": "set", "values": {"number": "'20260001'"}, "next": "ask"},
        "ask": node,
        "found": {"kind": "hangup", "text": {"zh": "办到{case.step}。"}},
        "missing": {"kind": "hangup", "text": {"zh": "没有这个号。"}},
        "broken": {"kind": "hangup", "text": {"zh": "现在查不了。"}},
    }


def test_query_gives_its_arguments_and_its_answer_can_be_said() -> None:
    caller = Caller(menu_set(query()))
    assert caller.asked is not None
    assert (caller.asked.operation, caller.asked.arguments) == ("get_case", {"number": "20260001"})
    assert caller.reply({"step": "审核"}).heard == ["办到<审核>。"]


def test_query_that_finds_nothing() -> None:
    assert Caller(menu_set(query())).reply(None).heard == ["没有这个号。"]


@pytest.mark.parametrize("reason", ["timeout", "server_error", "bad_answer"])
def test_query_that_fails_has_an_exit_of_its_own_and_the_log_has_the_reason(reason: str) -> None:
    caller = Caller(menu_set(query())).fail(reason)
    assert caller.heard == ["现在查不了。"]
    assert f"failed:{reason}" in caller.outcomes()


def test_a_slow_backend_is_filled_with_words_and_a_word_is_not_cut() -> None:
    caller = Caller(menu_set(query(text={"zh": "好的。"}))).listen()
    assert caller.timer_names == ["filler"]
    caller.wait().reply({"step": "审核"})
    assert caller.heard == ["好的。", "请您稍等，正在查询。"]
    assert caller.listen().heard[-1] == "办到<审核>。"


def test_a_stale_answer_changes_nothing() -> None:
    caller = Caller(menu_set(query()))
    state = caller.state
    assert caller.give(events.BackendReplied(999, {"step": "x"})).state == state


def test_say_for_each_item_says_no_more_than_most() -> None:
    nodes = {
        "set": {
            "kind": "query",
            "operation": "list",
            "save_as": "list",
            "next": "all",
            "not_found": "end",
            "failed": "end",
        },
        "all": {
            "kind": "say",
            "each": "list.items",
            "item": "one",
            "most": 2,
            "text": {"zh": "{one.name}。"},
            "next": "end",
        },
        "end": {"kind": "hangup"},
    }
    caller = Caller(menu_set(nodes)).reply({"items": [{"name": "甲"}, {"name": "乙"}, {"name": "丙"}]})
    caller.listen().listen()
    assert caller.heard == ["<甲>。", "<乙>。"] and caller.hung_up == "completed"


def test_branch_takes_the_first_that_holds() -> None:
    nodes = {
        "begin": {"kind": "set", "values": {"n": "3"}, "next": "which"},
        "which": {
            "kind": "branch",
            "choices": [{"when": "n > 5", "next": "many"}, {"when": "n > 2", "next": "some"}],
            "otherwise": "few",
        },
        **{name: {"kind": "hangup", "reason": name} for name in ("many", "some", "few")},
    }
    assert Caller(menu_set(nodes)).hung_up == "some"


def test_a_called_tree_gets_arguments_and_gives_back_what_is_saved() -> None:
    sub = {
        "id": "sub",
        "start": "greet",
        "nodes": {
            "greet": {"kind": "say", "text": {"zh": "{who}您好。"}, "next": "compute"},
            "compute": {"kind": "set", "values": {"answer": "'好'"}, "next": "back"},
            "back": {"kind": "hangup", "returns": True},
            "person": {"kind": "hangup"},
        },
    }
    nodes = {
        "begin": {
            "kind": "call",
            "tree": "sub",
            "arguments": {"who": "'老张'"},
            "save": {"mood": "answer"},
            "next": "end",
        },
        "end": {"kind": "hangup", "text": {"zh": "{mood}。{who}"}},
    }
    caller = Caller(menu_set(nodes, sub)).listen()
    assert caller.heard == ["<老张>您好。", "<好>。"], "variables of the called tree stay there"


def test_trees_that_call_each_other_for_ever_end() -> None:
    sub = {
        "id": "sub",
        "start": "again",
        "nodes": {"again": {"kind": "call", "tree": "sub", "next": "again"}, "person": {"kind": "hangup"}},
    }
    caller = Caller(menu_set({"begin": {"kind": "call", "tree": "sub", "next": "begin"}}, sub))
    assert caller.listen().hung_up == "tree_depth"


def transfer() -> dict[str, Any]:
    node = {"kind": "transfer", "target": "operator", "text": {"zh": "正在转接。"}}
    exits = {name: name + "_end" for name in ("next", "busy", "no_answer", "failed")}
    return {"begin": {**node, **exits}, **{end: {"kind": "hangup", "reason": name} for name, end in exits.items()}}


@pytest.mark.parametrize(
    ("outcome", "reason"), [("ended", "next"), ("busy", "busy"), ("no_answer", "no_answer"), ("failed", "failed")]
)
def test_every_outcome_of_a_transfer_has_its_exit(outcome: Any, reason: str) -> None:
    caller = Caller(menu_set(transfer())).listen()
    assert caller.transferred is not None and caller.transferred.target == "operator"
    assert caller.give(events.TransferEnded(caller.transferred.token, outcome)).hung_up == reason


def test_language_changes_what_is_said_and_the_base_language_stands_in() -> None:
    nodes = {
        "begin": {"kind": "language", "to": "en", "next": "hello"},
        "hello": {"kind": "say", "text": {"zh": "您好。", "en": "Hello."}, "next": "only_chinese"},
        "only_chinese": {"kind": "hangup", "text": {"zh": "再见。"}},
    }
    caller = Caller(menu_set(nodes, languages=["zh", "en"]))
    assert caller.playing is not None and caller.playing.language == "en"
    caller.listen()
    assert caller.playing is not None and caller.playing.language == "zh"
    assert caller.heard == ["Hello.", "再见。"]


@pytest.mark.parametrize(
    ("reason", "heard"),
    [("locked", "错太多次了。"), ("not_verified", "请输入密码。"), ("timeout", "现在查不了。")],
)
def test_a_reason_of_its_own_may_have_an_exit_of_its_own(reason: str, heard: str) -> None:
    nodes = query(by_reason={"locked": "locked", "not_verified": "pin"})
    nodes["locked"] = {"kind": "hangup", "text": {"zh": "错太多次了。"}}
    nodes["pin"] = {"kind": "hangup", "text": {"zh": "请输入密码。"}}
    assert Caller(menu_set(nodes)).fail(reason).heard == [heard]


IDENTITY = {
    "ask": {
        "kind": "collect",
        "prompt": {"zh": "请输入最后六位。"},
        "save_as": "last6",
        "least": 6,
        "most": 6,
        "last_x": True,
        "next": "done",
    },
    "done": {"kind": "hangup", "text": {"zh": "{last6}。"}},
}


@pytest.mark.parametrize(
    ("keys", "saved"),
    [("012345", "012345"), ("23456*", "23456X"), ("23456*#", "23456X"), ("23*456789", "456789")],
    ids=["digits", "a star is an X at the end", "who presses pound all the same", "in the middle it begins anew"],
)
def test_an_identity_number_may_end_with_an_x(keys: str, saved: str) -> None:
    caller = Caller(menu_set(IDENTITY)).press(keys)
    assert caller.state.variables["last6"] == saved
    assert caller.heard[-1] == f"<{saved}>。"


SPOKEN = {**IDENTITY, "ask": {**IDENTITY["ask"], "say_as": "digits"}}


def test_an_x_at_the_end_may_be_said_where_it_may_be_pressed() -> None:
    caller = Caller(menu_set(SPOKEN), speech=("zh",)).say(values=("23456X",), text="二三四五六叉")
    assert caller.state.variables["last6"] == "23456X"


@pytest.mark.parametrize(("last_x", "value"), [(False, "23456X"), (True, "2345X"), (True, "2345XX"), (True, "X")])
def test_any_other_x_that_was_said_is_not_understood(last_x: bool, value: str) -> None:
    nodes = {**SPOKEN, "ask": {**SPOKEN["ask"], "last_x": last_x, "least": 1}}
    caller = Caller(menu_set(nodes), speech=("zh",)).say(values=(value,))
    assert "last6" not in caller.state.variables and caller.inputs()[-1][0] == "unheard"


def test_without_last_x_a_star_is_no_x() -> None:
    plain = {**IDENTITY, "ask": {**IDENTITY["ask"], "last_x": False}}
    assert "last6" not in Caller(menu_set(plain)).press("23456*").state.variables
