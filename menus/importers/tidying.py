"""The last touch to an imported tree: empty steps go, circles without input are cut, nodes stand as calls pass them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from menus.graph import cycles
from menus.importers.imported import ImportedTree, Lost
from menus.model import Branch, Listening, Tree
from menus.problems import Bilingual
from menus.walk import REFERENCE_FIELDS, successors

#: A step that does nothing: importers use it where something was left out.
NOTHING_TO_DO = {"nothing": "none"}
END = "goodbye"


def empty_step(following: str) -> dict[str, Any]:
    """Return a node that only leads on."""
    return {"kind": "set", "values": NOTHING_TO_DO, "next": following}


def tidied(tree: ImportedTree) -> ImportedTree:
    """Return the tree with steps that do something only, and without a circle in which nobody is asked."""
    nodes: dict[str, Any] = tree.data["nodes"]
    lost = list(tree.lost)
    instead = {name: _beyond(nodes, name) for name, node in nodes.items() if _is_empty(node)}
    for name in instead:
        del nodes[name]
    for node in nodes.values():
        _redirect(node, instead)
    start = instead.get(tree.data["start"], tree.data["start"])
    lost = [replace(one, node=instead.get(one.node, one.node)) for one in lost]
    data = {**tree.data, "start": start, "nodes": nodes}
    lost += _cut_circles(data, tree.id)
    data["nodes"] = {name: nodes[name] for name in _in_order(nodes, start)}
    return ImportedTree(tree.id, data, lost)


def _is_empty(node: dict[str, Any]) -> bool:
    return bool(node.get("values") == NOTHING_TO_DO)


def _beyond(nodes: dict[str, Any], name: str) -> str:
    """The first step that does something; the end, where empty steps lead round in a circle."""
    seen = set()
    while _is_empty(nodes.get(name, {})):
        if name in seen:
            return END
        seen.add(name)
        name = nodes[name]["next"]
    return name


def _parts(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    yield from node.get("options", ())
    yield from node.get("choices", ())


def _redirect(node: dict[str, Any], instead: dict[str, str]) -> None:
    for part in _parts(node):
        for key in REFERENCE_FIELDS:
            if part.get(key) in instead:
                part[key] = instead[part[key]]


def _cut_circles(data: dict[str, Any], tree_id: str) -> list[Lost]:
    """A loop that other systems run for ever would be an error here: its last step ends the call instead."""
    lost: list[Lost] = []
    nodes: dict[str, Any] = data["nodes"]
    while True:
        tree = Tree.model_validate(data, context={"base_language": data["languages"][0]})
        silent = {name: node for name, node in tree.nodes.items() if not isinstance(node, Listening)}
        circles = cycles({name: successors(tree, node) for name, node in silent.items()})
        # A branch may lead out; the check warns of it.
        circle = next((one for one in circles if not any(isinstance(tree.nodes[name], Branch) for name in one)), None)
        if circle is None:
            return lost
        last = circle[-1]
        _redirect(nodes[last], dict.fromkeys(circle, END))
        what = Bilingual("这里会不停地转圈，改成了挂断", "a circle without input: the call ends here instead")
        lost.append(Lost(tree_id, last, what))


def _in_order(nodes: dict[str, Any], start: str) -> list[str]:
    """The nodes as a call may pass them, then those that nothing leads to; the end comes last."""
    order: dict[str, None] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in nodes and name not in order and name != END:
            order[name] = None
            following = [part[key] for part in _parts(nodes[name]) for key in REFERENCE_FIELDS if key in part]
            waiting += reversed([target for target in following if target])
    rest = [name for name in nodes if name not in order and name != END]
    return [*order, *rest, END]
