"""A tree with every kind of node, under anything that can happen: always an end, and state survives JSON."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from menus.model import NODE_KINDS
from tests.ivr.flow.anything import ACTIONS, SPOKEN_NUMBER, anything_happens, caller_falls_silent
from tests.ivr.flow.caller import menu_set

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


def test_every_kind_is_in_it() -> None:
    used = {node.kind for tree in MENUS.trees.values() for node in tree.nodes.values()}
    assert used == set(NODE_KINDS)


@settings(max_examples=200, deadline=None)
@given(st.lists(ACTIONS, max_size=60), st.booleans(), st.sampled_from(["13900001234", ""]))
def test_no_call_is_ever_stuck_and_what_breaks_off_is_taken_up(
    actions: list[tuple[str, str]], speech: bool, number: str
) -> None:
    parked = anything_happens(MENUS, actions, [FOUND], speech=("zh", "en") if speech else (), number=number)
    assert SPOKEN_NUMBER not in str(parked), "what is sensitive is not kept for another call"


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=30), st.booleans())
def test_a_caller_who_falls_silent_is_let_go(actions: list[tuple[str, str]], speech: bool) -> None:
    caller_falls_silent(MENUS, actions, [FOUND], speech=("zh", "en") if speech else ())
