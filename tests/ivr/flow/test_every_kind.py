"""A tree with every kind of node, under anything that can happen: always an end, and state survives JSON."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow import events
from menus.model import NODE_KINDS
from tests.ivr.flow.caller import Caller, menu_set

MOST_STEPS = 600
RESUMABLE = {"within": 900_000, "after": ["line", "caller"]}
NODES: dict[str, Any] = {
    "main": {
        "kind": "menu",
        "variants": {"short": {"prompt": {"zh": "请选。"}}, "elderly": {"spoken": ["1"]}},
        "options": [
            {"keys": str(key), "label": {"zh": name}, "next": name}
            for key, name in enumerate(["ask", "record", "rate", "send", "callback", "remember", "sub", "secret"], 1)
        ],
    },
    "ask": {
        "kind": "ask",
        "prompt": {"zh": "什么事？"},
        "operation": "search",
        "save_as": "item",
        "next": "say",
        "by_keys": "main",
        "not_found": "main",
        "failed": "main",
    },
    "record": {"kind": "record", "prompt": {"zh": "请说。"}, "save_as": "receipt", "next": "rate", "failed": "person"},
    "rate": {"kind": "rate", "prompt": {"zh": "请打分。"}, "next": "main"},
    "send": {"kind": "send", "message": {"zh": "{item.title}"}, "next": "main", "failed": "person"},
    "callback": {
        "kind": "callback",
        "times": [{"keys": "1", "label": {"zh": "上午"}, "value": "am"}],
        "next": "main",
        "failed": "person",
    },
    "remember": {"kind": "remember", "values": {"pace": "'slow'"}, "ask_again": True, "next": "english"},
    "english": {"kind": "language", "to": "en", "next": "which"},
    "which": {"kind": "branch", "choices": [{"when": "open(office)", "next": "move"}], "otherwise": "say"},
    "sub": {"kind": "call", "tree": "sub", "save": {"item": "case"}, "next": "main"},
    "secret": {"kind": "collect", "prompt": {"zh": "号码？"}, "save_as": "card", "sensitive": True, "next": "look"},
    "look": {
        "kind": "query",
        "operation": "get",
        "arguments": {"card": "card"},
        "save_as": "item",
        "next": "say",
        "not_found": "main",
        "failed": "main",
    },
    "say": {"kind": "say", "text": {"zh": "{item.title}"}, "next": "set"},
    "set": {"kind": "set", "values": {"seen": "item.title"}, "next": "main"},
    "move": {
        "kind": "transfer",
        "target": "desk",
        **dict.fromkeys(["next", "busy", "no_answer", "failed"], "main"),
    },
}
SUB = {
    "id": "sub",
    "start": "number",
    "nodes": {
        "number": {"kind": "collect", "prompt": {"zh": "几号？"}, "save_as": "case", "confirm": True, "next": "back"},
        "back": {"kind": "hangup", "returns": True},
        "person": {"kind": "hangup"},
    },
}
MENUS = menu_set(
    NODES,
    SUB,
    languages=["zh", "en"],
    resumable=RESUMABLE,
    hours={"office": {"weekly": {"mon-sun": ["09:00-12:00"]}}},
)
FOUND = {"items": [{"title": "身份证"}, {"title": "户口"}], "title": "办好了"}
ACTIONS = st.one_of(
    st.sampled_from("0123456789*#").map(lambda key: ("press", key)),
    st.sampled_from(["listen", "wait", "talk", "mumble", "deafen", "noise", "recorded", "silent", "lost_disk"]).map(
        lambda kind: (kind, "")
    ),
    st.sampled_from(
        [("reply", "found"), ("reply", ""), ("fail", ""), ("kept", ""), ("not_kept", ""), ("sent", "sent")]
    ),
    st.sampled_from([("sent", "failed"), ("transfer", "busy"), ("transfer", "ended"), ("too_long", "")]),
    st.sampled_from(["1", "2", "operator", "back", "main_menu", "slower", "repeat", "help", "yes", "no"]).map(
        lambda meant: ("say", meant)
    ),
)


def act(caller: Caller, kind: str, what: str) -> None:
    """Do what is possible now."""
    state = caller.state
    speaking = caller.turn is not None and state.phase == "active"
    if kind == "press":
        caller.press(what)
    elif kind == "listen" and caller.playing and not caller.paused:
        caller.listen()
    elif kind == "wait" and caller.timer_names:
        caller.wait()
    elif kind == "say" and speaking:
        caller.say(what)
    elif kind == "talk" and speaking:
        caller.say(text="身份证", values=("02112345678",))
    elif kind == "mumble" and speaking:
        caller.mumble()
    elif kind == "deafen" and speaking:
        caller.deafen()
    elif kind == "noise" and speaking:
        caller.make_noise()
    elif kind in ("recorded", "silent", "lost_disk") and caller.recording:
        causes: dict[str, events.RecordingCause] = {"recorded": "stopped", "silent": "nothing", "lost_disk": "failed"}
        caller.recorded(cause=causes[kind])
    elif kind == "reply" and state.query:
        caller.reply(FOUND if what else None)
    elif kind == "fail" and state.query:
        caller.fail("timeout")
    elif kind == "kept" and state.leaving:
        caller.kept()
    elif kind == "not_kept" and state.leaving:
        caller.not_kept()
    elif kind == "sent" and state.sending:
        outcome: events.SendOutcome = "sent" if what == "sent" else "failed"
        caller.give(events.SendEnded(state.sending, outcome))
    elif kind == "transfer" and state.transfer:
        caller.give(events.TransferEnded(state.transfer, "busy" if what == "busy" else "ended"))
    elif kind == "too_long" and state.call_timer in caller.timers:
        caller.fire("call_length")


def is_waiting_for_something(caller: Caller) -> bool:
    state = caller.state
    under_way = state.query or state.transfer or state.leaving or state.sending or state.recording or state.hearing
    return bool(caller.playing or caller.timer_names or under_way)


def test_every_kind_is_in_it() -> None:
    used = {node.kind for tree in MENUS.trees.values() for node in tree.nodes.values()}
    assert used == set(NODE_KINDS)


@settings(max_examples=200, deadline=None)
@given(st.lists(ACTIONS, max_size=60), st.booleans(), st.sampled_from(["13900001234", ""]))
def test_no_call_is_ever_stuck_and_what_breaks_off_is_taken_up(
    actions: list[tuple[str, str]], speech: bool, number: str
) -> None:
    languages = ("zh", "en") if speech else ()
    caller = Caller(MENUS, speech=languages, number=number)
    for action in actions:
        if caller.state.phase == "ended":
            return
        assert is_waiting_for_something(caller), f"nothing would ever happen again at {caller.state.node}"
        act(caller, *action)
    caller.give(events.LineLost("media_timeout"))
    assert caller.state.phase == "ended"
    parked = [command.state for command in caller.last if type(command).__name__ == "Park"]
    assert "02112345678" not in str(parked)
    again = Caller(MENUS, speech=languages, number=number, parked=parked[0] if parked else None).press("1")
    for action in actions:
        if again.state.phase != "ended":
            act(again, *action)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=30), st.booleans())
def test_a_caller_who_falls_silent_is_let_go(actions: list[tuple[str, str]], speech: bool) -> None:
    caller = Caller(MENUS, speech=("zh", "en") if speech else ())
    for action in actions:
        act(caller, *action)
    for _ in range(MOST_STEPS):
        state = caller.state
        if state.phase == "ended":
            return
        if caller.paused:
            caller.make_noise()
        elif caller.playing:
            caller.listen()
        elif caller.recording:
            caller.recorded(cause="nothing")
        else:
            for kind in ("fail", "not_kept", "sent", "transfer", "wait"):
                act(caller, kind, "")
    raise AssertionError(f"still going at {caller.state.tree}/{caller.state.node}")
