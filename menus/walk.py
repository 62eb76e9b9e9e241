"""Ways through a tree that loader, checks and tools share: its texts, references and expressions with their places."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Union

from menus.model import (
    Ask,
    Branch,
    Call,
    Callback,
    Listening,
    Menu,
    Node,
    Query,
    Rate,
    Record,
    Remember,
    Send,
    Set,
    Text,
    Tree,
)

#: Keys and positions that lead from the top of a tree's file to a value.
Place = tuple[Union[str, int], ...]

#: Fields of nodes that name another node of the same tree.
REFERENCE_FIELDS = ("next", "by_keys", "queued", "not_found", "failed", "busy", "no_answer", "otherwise", "way_out")
_TEXT_FIELDS = ("text", "prompt", "short", "help", "message", "topic")

#: Variables that the engine sets by itself, in every tree.
SYSTEM_VARIABLES = frozenset({"call", "profile"})

#: Kinds whose caller simply goes on to `next` when the tries are used up and there is no `way_out`.
STANDS_ALONE = (Rate, Remember)


@lru_cache
def _fields(kind: type[Node], names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the fields that a kind of node has."""
    return tuple(name for name in names if name in kind.model_fields)


def node_references(node: Node) -> Iterator[tuple[Place, str]]:
    """Yield every node that a node names, with the place inside the node."""
    for name in _fields(type(node), REFERENCE_FIELDS):
        target = getattr(node, name)
        if target is not None:
            yield (name,), target
    if isinstance(node, Menu):
        for index, option in enumerate(node.options):
            yield ("options", index, "next"), option.next
    if isinstance(node, Query):
        for reason, target in node.by_reason.items():
            yield ("by_reason", reason), target
    if isinstance(node, Branch):
        for index, choice in enumerate(node.choices):
            yield ("choices", index, "next"), choice.next


def tree_references(tree: Tree) -> Iterator[tuple[Place, str]]:
    """Yield every node that a tree names, with its place."""
    yield ("start",), tree.start
    if tree.main_menu is not None:
        yield ("main_menu",), tree.main_menu
    yield ("way_out",), tree.way_out
    for name, node in tree.nodes.items():
        for place, target in node_references(node):
            yield ("nodes", name, *place), target


def successors(tree: Tree, node: Node) -> set[str]:
    """Return the nodes of the tree that can follow a node directly, universal keys left out."""
    following = {target for _, target in node_references(node)}
    if isinstance(node, Listening) and node.way_out is None and not isinstance(node, STANDS_ALONE):
        following.add(tree.way_out)
    return following & tree.nodes.keys()


def reachable(tree: Tree, starts: set[str]) -> set[str]:
    """Return the nodes that can be reached from some nodes, those themselves among them."""
    found: set[str] = set()
    waiting = [name for name in starts if name in tree.nodes]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += successors(tree, tree.nodes[name]) - found
    return found


def node_texts(node: Node) -> Iterator[tuple[Place, Text]]:
    """Yield every text of a node, with the place inside the node."""
    for name in _fields(type(node), _TEXT_FIELDS):
        text = getattr(node, name)
        if text:
            yield (name,), text
    if isinstance(node, Menu):
        for index, option in enumerate(node.options):
            yield ("options", index, "label"), option.label
    if isinstance(node, Listening):
        for style, variant in node.variants.items():
            if variant.prompt:
                yield ("variants", style, "prompt"), variant.prompt
    if isinstance(node, Callback):
        for index, time in enumerate(node.times):
            yield ("times", index, "label"), time.label


def spoken_texts(tree: Tree) -> Iterator[tuple[Place, Text]]:
    """Yield every text of a tree that may be spoken, with its place."""
    for name, text in tree.wording.items():
        yield ("wording", name), text
    if tree.topic:
        yield ("topic",), tree.topic
    for name, node in tree.nodes.items():
        for place, text in node_texts(node):
            yield ("nodes", name, *place), text


def node_expressions(node: Node) -> Iterator[tuple[Place, str]]:
    """Yield every expression of a node, with the place inside the node.

    The expressions in `save` of a `call` are left out: they read the variables of the other tree.
    """
    if isinstance(node, Branch):
        for index, choice in enumerate(node.choices):
            yield ("choices", index, "when"), choice.when
    if isinstance(node, (Ask, Query, Call)):
        for name, expression in node.arguments.items():
            yield ("arguments", name), expression
    if isinstance(node, (Set, Remember)):
        for name, expression in node.values.items():
            yield ("values", name), expression
    if isinstance(node, (Record, Rate, Callback)):
        for name, expression in node.details.items():
            yield ("details", name), expression
    if isinstance(node, Callback):
        yield ("reason",), node.reason
    if isinstance(node, Send):
        yield ("to",), node.to


def variables_set(node: Node) -> set[str]:
    """Return the variables to which a node gives values."""
    names: set[str] = set()
    if isinstance(node, Set):
        names |= node.values.keys()
    if isinstance(node, Call):
        names |= node.save.keys()
    saved = getattr(node, "save_as", None)
    if saved is not None:
        names.add(saved)
    return names
