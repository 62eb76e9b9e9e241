"""The ladder for callers who are silent or wrong, the universal keys, and the ends of a call."""

from __future__ import annotations

from typing import Any

from ivr.flow import commands, events
from tests.ivr.flow.caller import Caller, menu_set
from tests.ivr.flow.test_timing import collect, menu


def test_silence_climbs_from_short_to_slow_to_the_way_out() -> None:
    caller = Caller(menu_set(menu("1", short={"zh": "请按键。"})))
    caller.listen().wait()
    assert caller.heard[-1].startswith("没有听到您按键。请按键。")
    caller.listen().wait()
    assert caller.heard[-1].startswith("还是没有听到您按键，不要紧。我慢慢说一遍")
    assert caller.playing is not None and caller.playing.pace == "slow"
    caller.listen().wait()
    assert caller.heard[-1] == "不要紧，我给您换个办法。给您转人工。"
    assert caller.inputs() == [("no_input", "")] * 3
    assert caller.listen().hung_up == "person"


def test_silence_and_wrong_input_have_separate_budgets() -> None:
    caller = Caller(menu_set(menu("1")))
    caller.listen().wait().press("9").listen().wait().press("9")
    assert caller.state.node == "ask"
    assert caller.press("9").state.node == "person"


def test_budgets_of_the_node_win_over_those_of_the_tree() -> None:
    caller = Caller(menu_set(menu("1", tries={"silence": 1, "wrong": 1}), tries={"silence": 5, "wrong": 5}))
    assert caller.press("9").state.node == "person"


def test_a_node_may_have_its_own_way_out() -> None:
    nodes = menu("1", tries={"silence": 1, "wrong": 1}, way_out="end_0")
    assert Caller(menu_set(nodes)).press("9").state.node == "end_0"


def test_a_caller_who_never_presses_anything_is_let_go_kindly() -> None:
    nodes = {**menu("1", tries={"silence": 1, "wrong": 1})}
    caller = Caller(menu_set({**nodes, "person": nodes["ask"]}))
    for _ in range(3):
        caller.listen().wait()
    assert caller.heard[-1].startswith("没有听到您的回应")
    assert caller.listen().hung_up == "no_input"
    assert caller.state.ended_by == "menu"


def two_menus() -> dict[str, Any]:
    first, second = menu("1")["ask"], menu("2")["ask"]
    first["options"][0]["next"] = "second"
    second["prompt"] = {"zh": "第二层。"}
    return {"first": first, "second": second, "end_0": {"kind": "hangup"}}


def test_repeat_says_it_again_without_using_up_a_try() -> None:
    caller = Caller(menu_set(two_menus())).press("*")
    assert caller.heard[0] == caller.heard[1] and caller.inputs() == []


def test_back_goes_to_the_listening_node_before() -> None:
    caller = Caller(menu_set(two_menus())).press("1")
    assert caller.state.node == "second"
    assert caller.press("#").state.node == "first"
    assert caller.press("#").state.node == "first", "there is nothing before the first menu"


def test_operator_key_leads_to_a_person_from_everywhere() -> None:
    assert Caller(menu_set(two_menus())).press("10").state.node == "person"


def test_an_option_has_its_key_before_a_universal() -> None:
    assert Caller(menu_set(menu("0"))).press("0").heard[-1] == "选了0。"


def test_main_menu_leaves_called_trees() -> None:
    sub = {"id": "sub", "start": "ask", "nodes": {**menu("1"), "person": {"kind": "hangup"}}}
    nodes = {**menu("1"), "sub": {"kind": "call", "tree": "sub", "next": "ask"}}
    nodes["ask"]["options"][0]["next"] = "sub"
    sub["universals"] = {"main_menu": "9"}
    caller = Caller(menu_set(nodes, sub)).press("1")
    assert (caller.state.tree, len(caller.state.stack)) == ("sub", 1)
    caller.press("9")
    assert (caller.state.tree, caller.state.node, caller.state.stack) == ("root", "ask", [])


def test_sensitive_input_is_masked_in_notes_and_its_value_in_prompts() -> None:
    caller = Caller(menu_set(collect(least=3, most=3, sensitive=True))).press("123")
    assert caller.inputs() == [("match", "••••")]
    (play,) = [command for command in caller.last if isinstance(command, commands.Play)]
    assert [part.sensitive for part in play.parts if hasattr(part, "sensitive")] == [True]


def test_the_call_has_a_longest_length_and_says_goodbye() -> None:
    caller = Caller(menu_set(menu("1"))).fire("call_length")
    assert caller.heard[-1].startswith("这次通话时间比较长了")
    assert caller.press("1").state.ended_by == "limit"
    assert caller.listen().hung_up == "max_duration"


def test_a_loop_of_instant_nodes_ends() -> None:
    nodes = {
        "a": {"kind": "set", "values": {"x": "1"}, "next": "b"},
        "b": {"kind": "set", "values": {"x": "2"}, "next": "a"},
    }
    caller = Caller(menu_set(nodes))
    assert caller.heard[-1].startswith("这次通话时间比较长了")
    assert caller.listen().hung_up == "steps_without_input"


def test_a_caller_who_goes_round_for_ever_is_stopped_by_the_visits() -> None:
    nodes = menu("1")
    nodes["ask"]["options"][0]["next"] = "ask"
    caller = Caller(menu_set(nodes, limits={"node_visits": 4})).press("1111")
    assert caller.listen().hung_up == "node_visits"


def test_hang_up_of_the_caller_ends_everything_that_was_under_way() -> None:
    caller = Caller(menu_set(menu("1"))).listen().give(events.CallerHungUp())
    assert caller.timers == {} and caller.playing is None
    assert caller.notes[-1][0] == "call_ended"
    assert caller.notes[-1][1]["ended_by"] == "caller"
    assert caller.give(events.DigitPressed("1")).last == []


def test_a_caller_who_gives_up_before_the_answer_is_told_apart() -> None:
    caller = Caller(menu_set(menu("1")), answered=False).give(events.CallerHungUp())
    assert caller.notes[-1][1]["reason"] == "cancelled"


def test_a_lost_line_says_why() -> None:
    caller = Caller(menu_set(menu("1"))).give(events.LineLost("media_timeout"))
    assert caller.notes[-1][1] == {
        "ended_by": "line",
        "reason": "media_timeout",
        "tree": "root",
        "node": "ask",
        "language": "zh",
        "steps": 1,
    }


def test_an_operator_may_end_a_call() -> None:
    assert Caller(menu_set(menu("1"))).give(events.OperatorHangUp()).hung_up == "operator"


def test_back_does_not_lead_into_a_tree_that_has_returned() -> None:
    """Its variables are gone, and it would return to the wrong place."""
    nodes = menu("1") | {
        "ask": {"kind": "call", "tree": "first", "next": "then"},
        "then": {"kind": "call", "tree": "second", "next": "end_0"},
    }
    trees = [
        {
            "id": name,
            "start": "choose",
            "nodes": {
                "choose": {
                    "kind": "menu",
                    "prompt": {"zh": f"{name}。"},
                    "options": [{"keys": "1", "label": {"zh": "好"}, "next": "person"}],
                },
                "person": {"kind": "hangup", "returns": True},
            },
        }
        for name in ("first", "second")
    ]
    caller = Caller(menu_set(nodes, *trees)).press("1")
    assert caller.state.tree == "second"
    assert caller.press("#").state.tree == "second"


def test_going_back_does_not_change_the_state_that_was_given() -> None:
    nodes = {
        "ask": {"kind": "set", "values": {"count": "1"}, "next": "go"},
        "go": {"kind": "call", "tree": "sub", "next": "ask"},
        "double": {"kind": "set", "values": {"count": "count + 1"}, "next": "go"},
    }
    sub = {
        "id": "sub",
        "start": "choose",
        "universals": {"main_menu": "9"},
        "nodes": {
            "choose": {"kind": "menu", "options": [{"keys": "1", "label": {"zh": "好"}, "next": "person"}]},
            "person": {"kind": "hangup"},
        },
    }
    caller = Caller(menu_set(nodes, sub, variables={"count": 0}, main_menu="double"))
    before = caller.state.to_dict()
    caller.engine.handle(caller.state, events.DigitPressed("9"))
    assert caller.state.to_dict() == before
