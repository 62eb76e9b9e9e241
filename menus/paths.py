"""How long callers listen: until an option is named, and from the beginning of a call to each node.

Estimated from the texts (`menus.speaking_time`), for a caller who presses the right key as soon as it has been named
and types one digit a second. Asking the backend counts as two seconds.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from menus.compose import language_for, prompt, spoken_text
from menus.model import Collect, Listening, Menu, Node, Query, Say, Tree
from menus.speaking_time import seconds
from menus.walk import Place, node_references

_SECONDS_OF_QUERY = 2.0
_DIGITS_PER_SECOND = 1.0
#: What leads on when something goes wrong: nobody chooses it.
FAILURES = frozenset({"way_out", "not_found", "failed", "busy", "no_answer"})


@dataclass(frozen=True)
class Step:
    """A way from one node to another.

    Attributes:
        place: what leads there, inside the node, such as `("options", 0, "next")`.
        target: name of the other node.
        seconds: from entering the node until the call leaves it this way.
        is_failure: something went wrong, or the caller did not get on.
    """

    place: Place
    target: str
    seconds: float
    is_failure: bool


@dataclass(frozen=True)
class Arrival:
    """The quickest way to a node.

    Attributes:
        seconds: since the tree began.
        before: the node before; None at the start.
    """

    seconds: float
    before: str | None


def speaking_seconds(tree: Tree, wording: Mapping[str, Mapping[str, str]], node: Node, language: str) -> float:
    """Return how long a node speaks before it waits or goes on."""
    spoken_in = language_for(tree, node, language)
    if isinstance(node, Listening):
        return seconds(prompt(tree, wording, node, spoken_in), spoken_in)
    once = seconds(spoken_text(tree, getattr(node, "text", None), spoken_in), spoken_in)
    return once * 2 if isinstance(node, Say) and node.each else once


def steps_of(tree: Tree, wording: Mapping[str, Mapping[str, str]], name: str, language: str) -> list[Step]:
    """Return every way out of a node, in the order of the file."""
    node = tree.nodes[name]
    whole = speaking_seconds(tree, wording, node, language)
    steps = []
    for place, target in node_references(node):
        length = whole
        if isinstance(node, Menu) and place[0] == "options":
            heard = node.model_copy(update={"options": node.options[: int(place[1]) + 1]})
            length = speaking_seconds(tree, wording, heard, language)
        elif isinstance(node, Collect) and place == ("next",):
            length += node.most / _DIGITS_PER_SECOND if node.least == node.most else node.least / _DIGITS_PER_SECOND
        elif isinstance(node, Query):
            length = max(length, _SECONDS_OF_QUERY)
        steps.append(Step(place, target, length, place[0] == "by_reason" or place[-1] in FAILURES))
    if isinstance(node, Listening) and node.way_out is None:
        steps.append(Step(("way_out",), tree.way_out, whole, True))
    return [step for step in steps if step.target in tree.nodes]


def arrivals(tree: Tree, wording: Mapping[str, Mapping[str, str]], language: str) -> dict[str, Arrival]:
    """Return the quickest way to every node that can be reached without anything going wrong (Dijkstra)."""
    found: dict[str, Arrival] = {}
    waiting: list[tuple[float, str, str | None]] = [(0.0, tree.start, None)] if tree.start in tree.nodes else []
    while waiting:
        length, name, before = heapq.heappop(waiting)
        if name in found:
            continue
        found[name] = Arrival(length, before)
        for step in steps_of(tree, wording, name, language):
            if not step.is_failure and step.target not in found:
                heapq.heappush(waiting, (length + step.seconds, step.target, name))
    return found


def worst_path(found: Mapping[str, Arrival]) -> list[str]:
    """Return the way to the node that takes longest to reach, from the start on."""
    return list(_way_back(found, max(found, key=lambda name: found[name].seconds)))[::-1] if found else []


def _way_back(found: Mapping[str, Arrival], last: str) -> Iterator[str]:
    name: str | None = last
    while name is not None:
        yield name
        name = found[name].before
