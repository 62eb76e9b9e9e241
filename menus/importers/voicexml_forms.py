"""Forms of VoiceXML: their items run from top to bottom, each as a few nodes.

A field becomes a `collect`, or a `menu` where its answers are listed; what follows it in `filled` comes next.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from menus.duration import written_duration
from menus.importers.document import local_name
from menus.importers.imported import plain_name, plain_text
from menus.importers.tidying import empty_step
from menus.importers.voicexml_content import content
from menus.importers.voicexml_draft import KEYS, Draft, unique
from menus.importers.voicexml_prompts import timeout_of

_QUESTION = {"zh": "请输入。", "en": "Please enter it."}
_YES_NO = {"zh": ("是", "不是"), "en": ("yes", "no")}
_ITEMS = ("block", "field", "record", "transfer", "subdialog", "object", "initial")
_IGNORED = ("meta", "metadata", "property", "grammar", "filled", "catch", "noinput", "nomatch", "error", "help", "link")
_TYPES = {
    "digits": ("digits", 1, 20),
    "number": ("number", 1, 9),
    "currency": ("money", 1, 9),
    "date": ("date", 8, 8),
    "phone": ("phone", 3, 15),
    "time": ("digits", 4, 4),
}


def form(draft: Draft, form: Element, first: str) -> None:
    items = [element for element in form if local_name(element) in _ITEMS]
    for element in form:
        if local_name(element) == "var":
            draft.declare(element)
        elif local_name(element) not in (*_ITEMS, *_IGNORED) and local_name(element):
            draft.lose(first, f"<{local_name(element)}> 没有带过来", f"<{local_name(element)}> was left out")
        elif local_name(element) in ("link", "initial", "grammar"):
            draft.lose(first, f"整个表单的 <{local_name(element)}> 没有带过来", f"<{local_name(element)}> was left out")
    names = [first, *(draft.names.fresh(_item_name(draft, item, first)) for item in items[1:]), "goodbye"]
    form_filled = [element for element in form if local_name(element) == "filled"]
    following = content(draft, form_filled, names[-1], first) if form_filled else names[-1]
    for index in range(len(items) - 1, -1, -1):
        next_node = names[index + 1] if index + 1 < len(items) else following
        _item(draft, items[index], names[index], next_node)
    if not items:
        draft.nodes[first] = empty_step(following)


def _item_name(draft: Draft, item: Element, form: str) -> str:
    return item.get("name") or f"{form}_{local_name(item)}"


def _item(draft: Draft, item: Element, node: str, following: str) -> None:
    kind = local_name(item)
    if item.get("cond"):
        draft.lose(node, f"条件 cond={item.get('cond')} 没有带过来", f"cond={item.get('cond')} was left out")
    if kind == "block":
        _named(draft, node, content(draft, [item], following, node), following)
    elif kind == "field":
        _field(draft, item, node, following)
    elif kind == "record":
        _record(draft, item, node, following)
    elif kind == "transfer":
        _transfer(draft, item, node, following)
    else:
        draft.lose(node, f"<{kind}> 没有带过来", f"<{kind}> was left out")
        _named(draft, node, following, following)


def _named(draft: Draft, node: str, made: str, following: str) -> None:
    """Give the first of some nodes the name under which others know it."""
    if made != following and made in draft.nodes and made not in _referred(draft):
        draft.nodes[node] = draft.nodes.pop(made)
    else:
        draft.nodes[node] = empty_step(made)


def _referred(draft: Draft) -> set[str]:
    return {
        value
        for data in draft.nodes.values()
        for part in (data, *data.get("choices", ()), *data.get("options", ()))
        for value in part.values()
        if isinstance(value, str)
    } | {draft.names.of(foreign) for foreign, _ in draft.dialogs}


def _field(draft: Draft, field: Element, node: str, following: str) -> None:
    variable = draft.variable(field.get("name") or node)
    filled = [element for element in field if local_name(element) == "filled"]
    after = content(draft, filled, following, node) if filled else following
    prompt = draft.prompt_of(field, node) or _QUESTION[draft.language]
    common = {"prompt": prompt, **draft.helps(field, node)}
    answers = [element for element in field if local_name(element) == "option"]
    type_name, _, parameters = (field.get("type") or "").partition("?")
    if type_name == "boolean":
        yes, no = _YES_NO[draft.language]
        _answers(draft, node, variable, [("1", yes, "true"), ("2", no, "false")], common, after, spoken=True)
    elif answers:
        listed = []
        for number, answer in enumerate(answers, start=1):
            said = plain_text("".join(answer.itertext())) or str(number)
            keys = answer.get("dtmf", "").replace(" ", "") or str(number)
            listed.append((keys, said, f"'{_quotable(answer.get('value') or said)}'"))
        _answers(draft, node, variable, listed, common, after, spoken=True)
    else:
        _collect(draft, field, node, variable, (type_name, parameters), common, after)


def _answers(
    draft: Draft,
    node: str,
    variable: str,
    answers: list[tuple[str, str, str]],
    common: dict[str, Any],
    after: str,
    *,
    spoken: bool,
) -> None:
    """A menu whose options set a variable."""
    options = []
    for keys, said, value in answers:
        if not KEYS.fullmatch(keys):
            draft.lose(
                node, f"答案“{said}”的按键 {keys} 不能用", f"the key {keys} of the answer {said!r} cannot be used"
            )
            continue
        step = draft.names.fresh(f"{node}_{keys}".replace("*", "star").replace("#", "pound"))
        draft.nodes[step] = {"kind": "set", "values": {variable: value}, "next": after}
        phrases = {draft.language: [said]}
        options.append({"keys": keys, "label": said, "phrases": phrases, "spoken": spoken, "next": step})
    draft.nodes[node] = {"kind": "menu", **common, "options": unique(options) or [draft.home()]}


def _collect(
    draft: Draft, field: Element, node: str, variable: str, typed: tuple[str, str], common: dict[str, Any], after: str
) -> None:
    type_name, parameters = typed
    grammar = next((element for element in field if local_name(element) == "grammar"), None)
    if grammar is not None or type_name not in _TYPES:
        named = (grammar.get("src") if grammar is not None else "") or type_name or "<grammar>"
        draft.lose(
            node,
            f"语法 {named} 没有带过来：现在收数字；要听来电人说话，改成 menu（写 phrases）或 ask",
            f"the grammar {named} was left out: digits are collected; for speech use a menu with phrases, or ask",
        )
    say_as, fewest, greatest = _TYPES.get(type_name, ("digits", 1, 20))
    found = re.findall(r"(minlength|maxlength|length)=(\d{1,2})", parameters)
    limits = {str(key): int(value) for key, value in found}
    least = limits.get("minlength", limits.get("length", fewest))
    most = limits.get("maxlength", limits.get("length", greatest))
    length = {"least": min(64, max(1, least)), "most": min(64, max(1, most, least))}
    collect = {"kind": "collect", **common, "save_as": variable, **length, "say_as": say_as}
    draft.nodes[node] = {**collect, "next": after}


def _record(draft: Draft, record: Element, node: str, following: str) -> None:
    variable = draft.variable(record.get("name") or node)
    filled = [element for element in record if local_name(element) == "filled"]
    after = content(draft, filled, following, node) if filled else following
    prompt = draft.prompt_of(record, node) or _QUESTION[draft.language]
    data: dict[str, Any] = {"kind": "record", "prompt": prompt}
    longest = timeout_of(record.get("maxtime"))
    if longest:
        data["longest"] = written_duration(min(600_000, max(5000, longest)))
        if longest < 5000:
            draft.lose(node, "录音至少 5 秒", "a recording may be no shorter than 5 s")
    draft.nodes[node] = {**data, "save_as": variable, "next": after, "failed": after}


def _transfer(draft: Draft, transfer: Element, node: str, following: str) -> None:
    filled = [element for element in transfer if local_name(element) == "filled"]
    after = content(draft, filled, following, node) if filled else following
    destination = transfer.get("dest") or transfer.get("destexpr") or ""
    target = plain_name(f"to_{destination.partition(':')[2].partition(';')[0] or destination}")
    draft.lose(
        node,
        f"号码不写在菜单里：在设置 transfer.targets.{target} 写上 {destination}",
        f"numbers stand in the settings: set transfer.targets.{target} for {destination}",
    )
    text = draft.prompt_of(transfer, node)
    ways = dict.fromkeys(("next", "busy", "no_answer", "failed"), after)
    draft.nodes[node] = {"kind": "transfer", **({"text": text} if text else {}), "target": target, **ways}


def _quotable(value: str) -> str:
    return plain_text(value).replace("'", "").replace("\\", "")
