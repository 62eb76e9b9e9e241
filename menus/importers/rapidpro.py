"""RapidPro and TextIt voice flows (exports of version 13, the format of goflow).

Every flow becomes a tree, every node of a flow one or more nodes of it: what it says, then what it waits for or
decides. Where a message leads straight to a question, it becomes the prompt of the question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from menus.graph import cycles
from menus.importers.document import CannotImport, read_document
from menus.importers.imported import (
    Imported,
    ImportedTree,
    Lost,
    Names,
    plain_name,
    plain_text,
    spoken_language,
    words_of_file,
)
from menus.importers.rapidpro_texts import condition, text_of
from menus.importers.tidying import empty_step
from menus.migrations import NEWEST
from menus.problems import Bilingual

_GOODBYE = {"zh": "再见。", "en": "Goodbye."}
_QUESTION = {"zh": "请按键。", "en": "Please press a key."}
_RECORDED = {"zh": "请您说一说。", "en": "Please tell us."}
_DIAL_WAYS = {"no_answer": "no_answer", "busy": "busy"}


def import_menus(content: bytes, name: str, language: str | None) -> Imported:
    """Read an export; its flows call each other as trees do. The first one gets the name."""
    flows = [flow for flow in read_document(content).root["flows"] if isinstance(flow, dict) and _nodes_of(flow)]
    if not flows:
        raise CannotImport("没有一个流程有步骤 / there is no flow with nodes (a definition of version 13 is needed)")
    names = Names()
    ids = [names.fresh(name if number == 0 else str(flow.get("name") or "flow")) for number, flow in enumerate(flows)]
    by_uuid = {str(flow.get("uuid")): tree for flow, tree in zip(flows, ids, strict=True)}
    calls = {tree: _entered(flow, by_uuid) for flow, tree in zip(flows, ids, strict=True)}
    called: set[str] = set().union(*calls.values())
    circles = {tree: {*group} for group in cycles(calls) for tree in group}
    trees = [
        _Reader(flow, tree, language, by_uuid, circles.get(tree, set()), is_called=tree in called).tree()
        for flow, tree in zip(flows, ids, strict=True)
    ]
    return Imported("rapidpro", trees)


def _entered(flow: dict[str, Any], trees: dict[str, str]) -> set[str]:
    entered = (_mapping(action.get("flow")) for action in _actions_of(flow) if action.get("type") == "enter_flow")
    return {trees[str(other.get("uuid"))] for other in entered if str(other.get("uuid")) in trees}


class _Reader:
    """Reads one flow into one tree."""

    def __init__(
        self,
        flow: dict[str, Any],
        tree_id: str,
        language: str | None,
        trees: dict[str, str],
        circle: set[str],
        *,
        is_called: bool,
    ) -> None:
        self._flow = flow
        self._id = tree_id
        self._trees = trees
        self._circle = circle
        self._is_called = is_called
        self._foreign = {str(node.get("uuid")): node for node in _nodes_of(flow)}
        texts = [str(action.get("text", "")) for action in _actions_of(flow)]
        self._language = spoken_language(str(flow.get("language") or ""), language, texts)
        self._names = Names("goodbye")
        self._nodes: dict[str, Any] = {}
        self._lost: list[Lost] = []
        self._whole = json.dumps(flow)
        for uuid, node in self._foreign.items():
            self._names.alias(uuid, self._names.fresh(_name_like(node)))
        self._prompts = dict(self._prompts_of_questions())

    def tree(self) -> ImportedTree:
        for uuid, node in self._foreign.items():
            self._node(uuid, node)
        self._nodes["goodbye"] = {"kind": "hangup", "text": _GOODBYE[self._language]}
        if self._is_called:
            self._nodes["goodbye"] = {"kind": "hangup", "returns": True}
        if self._flow.get("localization"):
            shown = ", ".join(map(str, _mapping(self._flow["localization"])))
            self._lose("", f"译文 {shown} 没有带过来", f"the translations into {shown} were left out")
        data = {
            "ivr": NEWEST,
            "id": self._id,
            "title": plain_text(str(self._flow.get("name") or "")) or self._id,
            "languages": [self._language],
            "start": self._entry(next(iter(self._foreign))),
            "way_out": "goodbye",
            "nodes": {name: self._nodes[name] for name in self._reachable()},
        }
        return ImportedTree(self._id, data, self._lost)

    def _reachable(self) -> list[str]:
        """Nodes in the order of the file; a question whose message became its prompt may leave an empty step behind."""
        wanted, waiting = {"goodbye"}, [self._entry(next(iter(self._foreign)))]
        while waiting:
            name = waiting.pop()
            if name not in wanted and name in self._nodes:
                wanted.add(name)
                waiting += _targets(self._nodes[name])
        return [name for name in self._nodes if name in wanted]

    # Nodes

    def _entry(self, uuid: str | None) -> str:
        """The first step of a node of the flow; what leads nowhere ends the call."""
        if uuid is None or uuid not in self._foreign:
            return "goodbye"
        return self._names.of(uuid)

    def _prompts_of_questions(self) -> Iterator[tuple[str, tuple[str, int]]]:
        """For each question the message that becomes its prompt: its node and the number of the action."""
        taken = set()
        for uuid, node in self._foreign.items():
            target = next((str(_mapping(leaving).get("destination_uuid")) for leaving in node.get("exits") or ()), "")
            actions = _list(node.get("actions"))
            if not _mapping(node.get("router")) and target in self._foreign and target not in taken and actions:
                last = len(actions) - 1
                if self._hint(self._foreign[target]) and _mapping(actions[last]).get("type") == "say_msg":
                    taken.add(target)
                    yield target, (uuid, last)

    def _node(self, uuid: str, node: dict[str, Any]) -> None:
        """Actions first, then what the node waits for or decides; made backwards, so that each knows its next."""
        router = _mapping(node.get("router"))
        exits = {
            str(_mapping(leaving).get("uuid")): self._entry(_mapping(leaving).get("destination_uuid"))
            for leaving in _list(node.get("exits"))
        }
        name = self._names.of(uuid)
        actions = [action for action in enumerate(_list(node.get("actions"))) if self._is_kept(uuid, *action)]
        if router:
            last = self._names.fresh(f"{name}_then") if actions else name
            self._router(last, node, router, exits)
        else:
            last = next(iter(exits.values()), "goodbye")
        following = last
        for position in range(len(actions) - 1, -1, -1):
            step = name if position == 0 else self._names.fresh(f"{name}_{position + 1}")
            following = self._action(step, _mapping(actions[position][1]), following)
        if following != name and name not in self._nodes:
            self._nodes[name] = empty_step(following)

    def _is_kept(self, uuid: str, number: int, _: object) -> bool:
        return (uuid, number) not in self._prompts.values()

    def _action(self, step: str, action: dict[str, Any], following: str) -> str:
        """Make a step of an action, and return the first step of it and what follows."""
        kind = str(action.get("type"))
        if kind == "say_msg":
            text = text_of(str(action.get("text") or ""), lambda zh, en: self._lose(step, zh, en))
            if action.get("audio_url"):
                self._lose(
                    step, f"录音 {action['audio_url']} 没有带过来", f"the recording {action['audio_url']} was left out"
                )
            if text:
                self._nodes[step] = {"kind": "say", "text": text, "next": following}
                return step
        elif kind == "play_audio":
            return self._play(step, str(action.get("audio_url") or ""), following)
        elif kind == "set_run_result":
            value = str(action.get("value") or "")
            if "@" not in value:
                values = {plain_name(str(action.get("name"))): f"'{plain_text(value)}'".replace("\\", "")}
                self._nodes[step] = {"kind": "set", "values": values, "next": following}
                return step
            self._lose(step, f"值 {value} 没有带过来", f"the value {value} was left out")
        elif kind == "enter_flow" and str(_mapping(action.get("flow")).get("uuid")) in self._trees:
            tree = self._trees[str(_mapping(action.get("flow")).get("uuid"))]
            if tree not in self._circle:
                self._nodes[step] = {"kind": "call", "tree": tree, "next": following}
                return step
            self._lose(step, "流程互相调用，没有带过来", "flows that enter each other in a circle: left out")
        else:
            self._lose(step, f"动作 {kind} 没有带过来", f"the action {kind} was left out")
        self._nodes[step] = empty_step(following)
        return step

    def _play(self, step: str, url: str, following: str) -> str:
        self._lose(
            step,
            f"播放 {url} 没有带过来；来电人自己的录音，留言时就能重听",
            f"playing {url} was left out; callers can hear their own recording while they leave it",
        )
        if "@" in url or not url:
            self._nodes[step] = empty_step(following)
        else:
            self._nodes[step] = {"kind": "say", "text": words_of_file(url), "next": following}
        return step

    # Routers

    def _hint(self, node: dict[str, Any]) -> dict[str, Any]:
        """What a node waits for, if it is keys or a recording."""
        wait = _mapping(_mapping(node.get("router")).get("wait"))
        hint = _mapping(wait.get("hint"))
        return hint or ({"type": "digits"} if wait.get("type") == "msg" else {})

    def _router(self, step: str, node: dict[str, Any], router: dict[str, Any], exits: dict[str, str]) -> None:
        categories = {
            str(category.get("uuid")): exits.get(str(category.get("exit_uuid")), "goodbye")
            for category in map(_mapping, _list(router.get("categories")))
        }
        default = categories.get(str(router.get("default_category_uuid")), next(iter(exits.values()), "goodbye"))
        cases = [
            case for case in map(_mapping, _list(router.get("cases"))) if str(case.get("category_uuid")) in categories
        ]
        wait = _mapping(router.get("wait"))
        hint = self._hint(node)
        if wait.get("type") == "dial":
            self._dial(step, wait, cases, categories, default)
        elif hint.get("type") == "audio":
            question = self._prompt(node) or _RECORDED[self._language]
            record = {
                "kind": "record",
                "prompt": question,
                "save_as": self._result(router),
                "next": default,
                "failed": default,
            }
            self._nodes[step] = record
        elif hint:
            self._digits(step, node, router, hint, (cases, categories, default))
        elif router.get("type") == "random":
            self._lose(step, "随机选择没有带过来，总走第一条", "the random choice was left out: always the first way")
            self._nodes[step] = empty_step(default)
        else:
            operand = text_of(str(router.get("operand") or ""), lambda zh, en: self._lose(step, zh, en))
            slot = re.fullmatch(r"\{([a-z0-9_.]+)\}", operand)
            self._decide(step, slot[1] if slot else "", (cases, categories, default))

    def _digits(
        self,
        step: str,
        node: dict[str, Any],
        router: dict[str, Any],
        hint: dict[str, Any],
        ways: tuple[list[dict[str, Any]], dict[str, str], str],
    ) -> None:
        cases, categories, default = ways
        timing = self._timing(router)
        question = self._prompt(node) or _QUESTION[self._language]
        options = {key: categories[str(case["category_uuid"])] for case in cases if (key := _single_key(case))}
        if hint.get("count") == 1 and cases and len(options) == len(cases):
            labels = {
                str(category.get("uuid")): plain_text(str(category.get("name") or ""))
                for category in map(_mapping, _list(router.get("categories")))
            }
            made: list[dict[str, Any]] = []
            for case in cases:
                key = str(_single_key(case))
                label = labels.get(str(case["category_uuid"])) or key
                target = self._remembered(step, router, key, label, categories[str(case["category_uuid"])])
                option = {"keys": key, "label": label, "spoken": False, "next": target}
                made += [option] if key not in [other["keys"] for other in made] else []
            self._nodes[step] = {"kind": "menu", "prompt": question, **timing, "options": made}
            self._lose(
                step,
                "按错、没按时用标准句子，不再走 Other 那条路",
                "wrong keys and silence are answered by the standard sentences, not by the way of Other",
            )
            return
        count = hint.get("count")
        length = {"least": count, "most": count} if isinstance(count, int) and 0 < count <= 64 else {}
        variable = self._result(router)
        following = default
        if cases:
            following = self._names.fresh(f"{step}_decide")
            self._decide(following, variable, ways)
        collect = {"kind": "collect", "prompt": question, **timing, "save_as": variable, **length}
        self._nodes[step] = {**collect, "next": following}

    def _remembered(self, step: str, router: dict[str, Any], key: str, label: str, target: str) -> str:
        """A step that keeps what was chosen, where the flow uses it later."""
        if f"results.{plain_name(str(router.get('result_name') or ''))}" not in self._whole:
            return target
        name = self._names.fresh(f"{step}_{key}".replace("*", "star").replace("#", "pound"))
        value = label.replace("'", "").replace("\\", "")
        self._nodes[name] = {"kind": "set", "values": {self._result(router): f"'{value}'"}, "next": target}
        return name

    def _decide(self, step: str, variable: str, ways: tuple[list[dict[str, Any]], dict[str, str], str]) -> None:
        cases, categories, default = ways
        choices = []
        for case in cases:
            made = condition(str(case.get("type")), [str(value) for value in _list(case.get("arguments"))], variable)
            if made is None or not variable:
                shown = f"{case.get('type')} {' '.join(map(str, _list(case.get('arguments'))))}"
                self._lose(step, f"条件 {shown} 没有带过来", f"the condition {shown} was left out")
            else:
                choices.append({"when": made, "next": categories[str(case["category_uuid"])]})
        self._nodes[step] = {"kind": "branch", "choices": choices, "otherwise": default}
        if not choices:
            self._nodes[step] = empty_step(default)

    def _dial(
        self, step: str, wait: dict[str, Any], cases: list[dict[str, Any]], categories: dict[str, str], default: str
    ) -> None:
        ways = dict.fromkeys(("next", "busy", "no_answer", "failed"), default)
        for case in cases:
            status = str(next(iter(_list(case.get("arguments"))), ""))
            ways[_DIAL_WAYS.get(status, "next")] = categories[str(case["category_uuid"])]
        phone = str(wait.get("phone") or "")
        target = plain_name(f"to_{phone}")
        self._lose(
            step,
            f"号码不写在菜单里：在设置 transfer.targets.{target} 写上 {phone}",
            f"numbers stand in the settings: set transfer.targets.{target} for {phone}",
        )
        self._nodes[step] = {"kind": "transfer", "target": target, **ways}

    def _timing(self, router: dict[str, Any]) -> dict[str, Any]:
        timeout = _mapping(_mapping(router.get("wait")).get("timeout"))
        waiting = timeout.get("seconds")
        return {"timing": {"first_input": f"{waiting}s"}} if isinstance(waiting, int) and 0 < waiting < 600 else {}

    def _prompt(self, node: dict[str, Any]) -> str:
        found = self._prompts.get(str(node.get("uuid")))
        if found is None:
            return ""
        action = _mapping(_list(self._foreign[found[0]].get("actions"))[found[1]])
        name = self._names.of(str(node.get("uuid")))
        return text_of(str(action.get("text") or ""), lambda zh, en: self._lose(name, zh, en))

    def _result(self, router: dict[str, Any]) -> str:
        return plain_name(str(router.get("result_name") or "answer"))

    def _lose(self, node: str, zh: str, en: str) -> None:
        self._lost.append(Lost(str(self._flow.get("name")), node, Bilingual(zh, en)))


def _name_like(node: dict[str, Any]) -> str:
    """What a person might call a node: after its result, or after what it says."""
    router = _mapping(node.get("router"))
    wait = _mapping(router.get("wait"))
    if wait.get("type") == "dial":
        return "connect"
    if router:
        return f"{'ask' if wait else 'decide'}_{router.get('result_name') or ''}"
    said = next((str(action.get("text") or "") for action in map(_mapping, _list(node.get("actions")))), "")
    return "say_" + " ".join(said.split()[:4]) if said else "step"


def _single_key(case: dict[str, Any]) -> str | None:
    """The key of a case that asks for exactly one."""
    arguments = [str(argument).strip() for argument in _list(case.get("arguments"))]
    exact = case.get("type") in ("has_number_eq", "has_phrase", "has_only_phrase", "has_only_text", "has_any_word")
    return arguments[0] if exact and len(arguments) == 1 and re.fullmatch(r"[0-9*#]", arguments[0]) else None


def _targets(data: dict[str, Any]) -> Iterator[str]:
    for part in (data, *data.get("choices", ()), *data.get("options", ())):
        yield from (str(part[key]) for key in ("next", "otherwise", "busy", "no_answer", "failed") if key in part)


def _nodes_of(flow: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in _list(flow.get("nodes")) if isinstance(node, dict) and node.get("uuid")]


def _actions_of(flow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for node in _nodes_of(flow):
        yield from map(_mapping, _list(node.get("actions")))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
