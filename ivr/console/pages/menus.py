"""Menus with what callers did in them: traffic, where they gave up, what was not understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ivr.authoring.synonyms import is_pressed
from ivr.console.authoring.synonyms import became, unheard
from ivr.console.drawing.bars import Bar, bars
from ivr.console.drawing.tree import Traffic, draw_tree
from ivr.console.figures import by_place, by_value
from ivr.console.pages.reports import whole_days
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, NotFoundError, Visit
from ivr.storage.tallies import Count
from menus.model import Menu, Node

_SPANS = (1, 7, 30, 90)
_MOST_CHARTS = 3
#: Names of `ivr.storage.tallies` that the page of a tree tells of.
_COUNTED = ("visit", "edge", "gave_up", "not_understood", "option", "silence", "exhausted")


@dataclass(frozen=True)
class NodeFacts:
    """What happened at a node.

    Attributes:
        heard_s: how many seconds of its prompt those had heard who gave up there, the median; None if nobody did.
        options: option to how often it was chosen.
    """

    name: str
    kind: str
    visits: int
    gave_up: int
    heard_s: int | None
    not_understood: int
    silences: int
    exhausted: int
    options: Mapping[str, int]


def show(services: Services, visit: Visit) -> Answer:
    """All trees."""
    menus = services.menus()
    last = services.now().astimezone().date()
    first = last - timedelta(days=29)
    counts = services.office.tallies.several(("outcome", "gave_up"), first, last)
    calls, gave_up = by_tree(counts["outcome"]), by_tree(counts["gave_up"])
    trees = sorted(menus.trees.values(), key=lambda tree: -calls[tree.id]) if menus else []
    return page(
        visit,
        "menus.html",
        here="menus",
        trees=trees,
        revision=menus.revision if menus else "",
        calls=calls,
        gave_up=gave_up,
    )


def tree(services: Services, visit: Visit, tree: str) -> Answer:
    """One tree, drawn with its traffic."""
    menus = services.menus()
    if menus is None or tree not in menus.trees:
        raise NotFoundError("没有这棵菜单树，或菜单有错误", "there is no such tree, or the menus have errors")
    found = menus.trees[tree]
    days = whole_days(visit.query.get("days", "30"))
    everything = visit.query.get("all") == "1"
    last = services.now().astimezone().date()
    first = last - timedelta(days=days - 1)
    counts = services.office.tallies.several(_COUNTED, first, last, tree=tree)
    visits, gave_up, edges = by_place(counts["visit"]), counts["gave_up"], counts["edge"]
    lost = by_place(gave_up)
    not_understood, options = counts["not_understood"], counts["option"]
    silences, exhausted = by_place(counts["silence"]), by_place(counts["exhausted"])
    wrong = by_place(not_understood)
    nodes = [
        NodeFacts(
            name,
            str(getattr(node, "kind", "")),
            visits[name],
            lost[name],
            _median(by_value(count for count in gave_up if count.place == name)),
            wrong[name],
            silences[name],
            exhausted[name],
            _labelled(node, visit.language, by_value(count for count in options if count.place == name)),
        )
        for name, node in found.nodes.items()
    ]
    traffic = Traffic(visits, {(count.place, count.value): count.amount for count in edges}, lost)
    label = visit.say("菜单树和各条路上的通话数", "the tree with the traffic on its edges")
    return page(
        visit,
        "tree.html",
        here="menus",
        tree=found,
        days=days,
        spans=_SPANS,
        drawing=draw_tree(found, traffic, label, visit.say("放弃", "gave up"), unused=everything),
        nodes=sorted((node for node in nodes if node.visits or everything), key=lambda node: -node.visits),
        unused=0 if everything else sum(1 for node in nodes if not node.visits),
        give_up_charts=[
            (name, amount, _give_up_chart(visit, name, gave_up)) for name, amount in lost.most_common(_MOST_CHARTS)
        ],
        pressed=_pressed(not_understood),
        unheard=unheard(visit, found, not_understood),
        became=became(services, found.id),
    )


def _labelled(node: Node, language: str, chosen: Counter[str]) -> Counter[str]:
    """Options by what the menu calls them, with their keys; those that the menu no longer has by what was logged."""
    labels: dict[str, str] = {}
    if isinstance(node, Menu):
        for option in node.options:
            label = option.label.get(language) or next(iter(option.label.values()), "")
            labels[option.keys] = f"{option.keys} {label}"
    return Counter({labels.get(value, value): amount for value, amount in chosen.items()})


def by_tree(counts: list[Count]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for count in counts:
        sums[count.tree] += count.amount
    return sums


def _pressed(counts: list[Count]) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """What was pressed without effect: the keys, how often, and where; the most frequent first."""
    total: Counter[str] = Counter()
    places: dict[str, Counter[str]] = {}
    for count in counts:
        if is_pressed(count.value):
            total[count.value] += count.amount
            places.setdefault(count.value, Counter())[count.place] += count.amount
    return [(keys, amount, places[keys].most_common(3)) for keys, amount in total.most_common(30)]


def _median(seconds: Mapping[str, int]) -> int | None:
    half, seen = sum(seconds.values()) / 2, 0
    for second in sorted(int(second) for second in seconds):
        seen += seconds[str(second)]
        if seen >= half:
            return second
    return None


def _give_up_chart(visit: Visit, node: str, counts: list[Count]) -> object:
    seconds = by_value(count for count in counts if count.place == node)
    longest = max((int(second) for second in seconds), default=0)
    columns = [
        Bar(
            str(second) if second % 5 == 0 else "",
            f"{second} s: {seconds[str(second)]:,}",
            (("abandoned", seconds[str(second)]),),
        )
        for second in range(longest + 1)
    ]
    title = visit.say(f"在 {node} 放弃的人听了几秒", f"seconds heard by those who gave up at {node}")
    return bars(columns, title, width=480)
