"""How much of the menus the rehearsals went through: nodes, options, and the exits for when something goes wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ivr.flow.resume import RESUME
from ivr.rehearsal.timeline import Moment
from menus.model import Branch, Listening, Menu, Node, Query, Record, Tree
from menus.walk import REFERENCE_FIELDS, node_references

Kind = Literal["node", "option", "exit"]
#: What a listening node may be given besides an answer.
SILENCE, WRONG = "silence", "wrong"
_OF_INPUT = {"no_input": SILENCE, "invalid": WRONG, "too_short": WRONG}
#: Ways on that say nothing of what went wrong: the usual one, and the one that silence and wrong input lead to.
_USUAL = ("next", "way_out")


@dataclass(frozen=True, order=True)
class Item:
    """One thing that a rehearsal can go through.

    Attributes:
        what: empty for the node itself; the keys of an option; the name of an exit, such as `not_found` or `silence`.
    """

    tree: str
    node: str
    kind: Kind
    what: str = ""

    def __str__(self) -> str:
        return f"{self.tree}.{self.node}" + (f" [{self.what}]" if self.what else "")


@dataclass
class Coverage:
    """What there is, and what was gone through.

    Attributes:
        there: everything in the trees that are looked at.
        seen: those of them that some call went through.
    """

    there: frozenset[Item]
    seen: set[Item] = field(default_factory=set)

    @property
    def missing(self) -> list[Item]:
        return sorted(self.there - self.seen, key=str)

    @property
    def percent(self) -> float:
        return 100.0 * len(self.seen) / len(self.there) if self.there else 100.0

    def share(self, kind: Kind) -> tuple[int, int]:
        """How many items of a kind were seen, and how many there are."""
        return sum(item.kind == kind for item in self.seen), sum(item.kind == kind for item in self.there)


def items_of(trees: Iterable[Tree]) -> frozenset[Item]:
    """Everything in trees that a rehearsal can go through."""
    return frozenset(
        item for tree in trees for name, node in tree.nodes.items() for item in _items_of_node(tree.id, name, node)
    )


def _items_of_node(tree: str, name: str, node: Node) -> Iterator[Item]:
    yield Item(tree, name, "node")
    if isinstance(node, Menu):
        for option in node.options:
            yield Item(tree, name, "option", option.keys)
    if isinstance(node, Listening):
        yield Item(tree, name, "exit", SILENCE)
        # Every key ends a recording; only the question what shall become of it can be answered wrongly.
        if not isinstance(node, Record) or node.review:
            yield Item(tree, name, "exit", WRONG)
    if isinstance(node, Branch):
        for number, _ in enumerate(node.choices, start=1):
            yield Item(tree, name, "exit", f"choice {number}")
    fields = _exit_fields(node)
    for exits in fields:
        yield Item(tree, name, "exit", exits)
    if fields and not isinstance(node, Branch):
        yield Item(tree, name, "exit", "next")


def _exits_taken(node: Node, outcome: str, target: str) -> list[str]:
    """By which keys of a node a call went on."""
    fields, (word, _, reason) = _exit_fields(node), outcome.partition(":")
    if isinstance(node, Query) and reason in node.by_reason:
        return [reason]
    if word in fields:
        return [word]
    if word in ("universal", "exhausted"):
        return []
    return [field for field in ("next", *fields) if getattr(node, field, None) == target][:1]


def _exit_fields(node: Node) -> list[str]:
    """The keys of a node that lead elsewhere than usual."""
    places = [place for place, _ in node_references(node)]
    fields = [str(place[0]) for place in places if place[0] in REFERENCE_FIELDS and place[0] not in _USUAL]
    return fields + [str(place[1]) for place in places if place[0] == "by_reason"]


def cover(coverage: Coverage, trees: dict[str, Tree], moments: Sequence[Moment]) -> None:
    """Add what a call went through. The question whether to go on with an earlier call is in no menu."""
    places: dict[int, tuple[str, str]] = {}
    for moment in moments:
        facts = moment.facts
        if moment.what == "entered":
            places[facts["step"]] = (facts["tree"] if facts["kind"] != RESUME.kind else "", facts["node"])
        elif moment.what not in ("input", "left"):
            continue
        tree, name = places[facts["step"]]
        if tree in trees:
            found = _seen(tree, name, trees[tree].nodes[name], moment)
            coverage.seen |= found & coverage.there


def _seen(tree: str, name: str, node: Node, moment: Moment) -> set[Item]:
    facts = moment.facts
    if moment.what == "entered":
        return {Item(tree, name, "node")}
    if moment.what == "input":
        exits = _OF_INPUT.get(facts["outcome"])
        return {Item(tree, name, "exit", exits)} if exits else set()
    if not facts["next"]:
        return set()  # the call ended here
    if isinstance(node, Menu) and facts["outcome"] == "match":
        # By where it leads, because the keys of a sensitive menu are masked.
        return {Item(tree, name, "option", option.keys) for option in node.options if option.next == facts["next"]}
    if isinstance(node, Branch) and facts["outcome"] == "branch":
        numbered = enumerate(node.choices, start=1)
        taken = [number for number, choice in numbered if choice.next == facts["next"]]
        return {Item(tree, name, "exit", f"choice {number}") for number in taken}
    return {Item(tree, name, "exit", exits) for exits in _exits_taken(node, facts["outcome"], facts["next"])}
