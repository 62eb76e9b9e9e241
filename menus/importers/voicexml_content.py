"""Executable content of VoiceXML (2.0, section 5.3): what happens in blocks and after answers, as nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from menus.importers.document import local_name
from menus.importers.voicexml_draft import Draft
from menus.importers.voicexml_prompts import PROMPTS, prompt_text


def content(draft: Draft, parents: list[Element], following: str, near: str) -> str:
    """Make nodes for what stands in some elements, and return the first of them."""
    steps = [step for parent in parents for step in _statements(parent)]
    node = following
    for kind, given in reversed(steps):
        node = _statement(draft, kind, given, node, near)
    return node


def _statement(draft: Draft, kind: str, given: Any, following: str, near: str) -> str:
    if kind == "say":
        text = prompt_text(given, draft.slot, lambda zh, en: draft.lose(near, zh, en))
        return draft.step(near, "say", {"kind": "say", "text": text, "next": following}) if text else following
    element: Element = given
    if kind in ("goto", "submit"):
        return draft.goto(element, near)
    if kind in ("exit", "disconnect", "return"):
        return "goodbye"
    if kind in ("assign", "var") and (element.get("name") or "").replace("_", "a").isalnum():
        return _assign(draft, element, following, near)
    if kind == "if":
        return _if(draft, element, following, near)
    if kind not in ("reprompt", "log", "clear"):
        draft.lose(near, f"<{kind}> 没有带过来", f"<{kind}> was left out")
    return following


def _assign(draft: Draft, element: Element, following: str, near: str) -> str:
    expression = draft.expression(element.get("expr") or "none", near)
    if expression is None:
        return following
    values = {draft.variable(str(element.get("name"))): expression}
    return draft.step(near, "set", {"kind": "set", "values": values, "next": following})


def _if(draft: Draft, element: Element, following: str, near: str) -> str:
    """`if`, `elseif` and `else` are siblings within the `if` element (VoiceXML 2.0, 5.3.4)."""
    branches: list[tuple[str | None, list[Element]]] = [(element.get("cond"), [])]
    for child in element:
        if local_name(child) == "elseif":
            branches.append((child.get("cond"), []))
        elif local_name(child) == "else":
            branches.append((None, []))
        else:
            branches[-1][1].append(child)
    choices, otherwise = [], following
    for condition, children in branches:
        part = Element("part")
        part.extend(children)
        target = content(draft, [part], following, near)
        if condition is None:
            otherwise = target
            continue
        expression = draft.expression(condition, near)
        if expression is not None:
            choices.append({"when": expression, "next": target})
    if not choices:
        return otherwise
    return draft.step(near, "if", {"kind": "branch", "choices": choices, "otherwise": otherwise})


def _statements(parent: Element) -> Iterator[tuple[str, Any]]:
    """What happens in an element, in order: texts that follow one another are said in one go."""
    said: list[Any] = [parent.text or ""]
    for child in parent:
        if local_name(child) in PROMPTS:
            said.append(child)
        elif local_name(child):
            yield "say", said
            said = []
            yield local_name(child), child
        said.append(child.tail or "")
    yield "say", said
