"""A menu tree with the traffic on its edges, as SVG: columns by the distance from the first node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from menus.model import Tree
from menus.walk import successors

_BOX_WIDTH, _BOX_HEIGHT, _DOT = 148, 40, 9
_NARROW, _GAP, _ROW, _MARGIN = 2 * _DOT, 52, 54, 16
#: Kinds that say and ask nothing are drawn as dots.
SILENT = ("set", "branch", "language", "call")


@dataclass(frozen=True)
class Traffic:
    """What happened in a tree.

    Attributes:
        visits: node to visits.
        edges: (node, next node) to how often.
        gave_up: node to callers who gave up there.
    """

    visits: Mapping[str, int]
    edges: Mapping[tuple[str, str], int]
    gave_up: Mapping[str, int]


@dataclass(frozen=True)
class _Spot:
    x: float
    y: float


def draw_tree(tree: Tree, traffic: Traffic, label: str, gave_up_word: str, *, unused: bool = False) -> Markup:
    """The drawing. Each node leads to its row in the table (`#node-NAME`).

    Args:
        unused: draw nodes that nobody came to as well.
        label: what a screen reader says; the table says the rest.
        gave_up_word: before the number of callers who gave up.
    """
    columns = _columns(tree, traffic, unused)
    place: dict[str, _Spot] = {}
    left = float(_MARGIN)
    for column in columns:
        narrow = all(_is_silent(tree, name) for name in column)
        # A dot stands in the middle of a box that is not drawn.
        x = left - (_BOX_WIDTH - _NARROW) / 2 if narrow else left
        place |= {name: _Spot(x, _MARGIN + y * _ROW) for y, name in enumerate(column)}
        left += (_NARROW if narrow else _BOX_WIDTH) + _GAP
    width = left - _GAP + _MARGIN
    height = _MARGIN * 2 + max(len(column) for column in columns) * _ROW
    most = max([1, *traffic.edges.values()])
    pieces = [
        Markup('<svg class="tree" viewBox="0 0 {} {}" width="{}" height="{}" role="group" aria-label="{}">').format(
            width, height, width, height, label
        )
    ]
    for name, node in tree.nodes.items():
        if name in place:
            for target in sorted(successors(tree, node) & place.keys()):
                count = traffic.edges.get((name, target), 0)
                if count or unused:
                    pieces.append(_edge(tree, name, target, place, count, most))
    pieces += [_node(tree, name, spot, traffic, gave_up_word) for name, spot in place.items()]
    return Markup("").join([*pieces, Markup("</svg>")])


def _columns(tree: Tree, traffic: Traffic, unused: bool) -> list[list[str]]:
    """The nodes by their distance from the first; in each column near those that lead to them, the busiest on top."""
    distance = {tree.start: 0}
    waiting = [tree.start]
    while waiting:
        name = waiting.pop(0)
        following = successors(tree, tree.nodes[name])
        for target in sorted(following, key=lambda target: -traffic.edges.get((name, target), 0)):
            if target not in distance and (unused or traffic.visits.get(target)):
                distance[target] = distance[name] + 1
                waiting.append(target)
    columns: list[list[str]] = [[] for _ in range(max(distance.values()) + 1)]
    for name, far in distance.items():
        columns[far].append(name)
    rest = [name for name in tree.nodes if traffic.visits.get(name) and name not in distance]
    # Callers come back from called trees to nodes that nothing here leads to.
    return [*columns, rest] if rest else columns


def _edge(tree: Tree, name: str, target: str, place: Mapping[str, _Spot], count: int, most: int) -> Markup:
    begin, end = place[name], place[target]
    x1 = begin.x + (_BOX_WIDTH if not _is_silent(tree, name) else _BOX_WIDTH / 2 + _DOT)
    x2 = end.x + (0 if not _is_silent(tree, target) else _BOX_WIDTH / 2 - _DOT)
    y1, y2 = begin.y + _BOX_HEIGHT / 2, end.y + _BOX_HEIGHT / 2
    back = end.x <= begin.x
    thickness = 1 + 9 * (count / most) ** 0.5 if count else 1
    kind = "edge back" if back else "edge"
    kind += "" if count else " unused"
    if back:
        # Around the outside, so that a way back is not taken for a way on.
        path = f"M{x1:.0f} {y1:.0f}C{x1 + 40:.0f} {y1 + 34:.0f} {x2 - 40:.0f} {y2 + 34:.0f} {x2:.0f} {y2:.0f}"
        thickness = min(thickness, 2.5)
    else:
        middle = (x1 + x2) / 2
        path = f"M{x1:.0f} {y1:.0f}C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    line = Markup('<path class="{}" d="{}" stroke-width="{:.1f}"><title>{} → {}: {:,}</title></path>').format(
        kind, path, thickness, name, target, count
    )
    if not count or back or thickness < 2:
        return line
    return line + Markup('<text class="count" x="{:.0f}" y="{:.0f}">{}</text>').format(x2 - 6, y2 - 5, _short(count))


def _node(tree: Tree, name: str, spot: _Spot, traffic: Traffic, gave_up_word: str) -> Markup:
    visits, lost = traffic.visits.get(name, 0), traffic.gave_up.get(name, 0)
    facts = f"{visits:,}" + (f" · {gave_up_word} {lost:,}" if lost else "")
    shape = _dot(name, spot, visits) if _is_silent(tree, name) else _box(name, spot, visits, lost, facts)
    return Markup('<a href="#node-{}" aria-label="{} {}">{}</a>').format(name, name, facts, shape)


def _dot(name: str, spot: _Spot, visits: int) -> Markup:
    return Markup('<circle class="{}" cx="{:.0f}" cy="{:.0f}" r="{}"><title>{}: {:,}</title></circle>').format(
        "dot" if visits else "dot unused", spot.x + _BOX_WIDTH / 2, spot.y + _BOX_HEIGHT / 2, _DOT, name, visits
    )


def _box(name: str, spot: _Spot, visits: int, lost: int, facts: str) -> Markup:
    """A node that speaks. The bar at its foot is full when a quarter of those who came gave up."""
    share = min(1.0, 4 * lost / visits) if visits else 0
    shown = name if len(name) <= 19 else name[:18] + "…"
    frame = Markup('<rect x="{:.0f}" y="{:.0f}" width="{}" height="{}" rx="6"><title>{}: {:,}</title></rect>')
    bar = Markup('<rect class="lost" x="{:.0f}" y="{:.0f}" width="{:.1f}" height="4"/>')
    text = Markup('<text x="{:.0f}" y="{:.0f}">{}</text><text class="facts" x="{:.0f}" y="{:.0f}">{}</text>')
    return Markup('<g class="{}">{}{}{}</g>').format(
        "box" if visits else "box unused",
        frame.format(spot.x, spot.y, _BOX_WIDTH, _BOX_HEIGHT, name, visits),
        bar.format(spot.x + 1, spot.y + _BOX_HEIGHT - 5, share * (_BOX_WIDTH - 2)),
        text.format(spot.x + 8, spot.y + 15, shown, spot.x + 8, spot.y + 30, facts),
    )


def _is_silent(tree: Tree, name: str) -> bool:
    return getattr(tree.nodes[name], "kind", "") in SILENT


def _short(count: int) -> str:
    return f"{count / 1000:.3g}k" if count >= 1000 else str(count)
