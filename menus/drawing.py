"""Trees as pictures: DOT for Graphviz, and Mermaid for places that draw it themselves.

On each node stands when a caller can be there at the earliest; on each option how long it takes until it is named. The
way that takes longest is red. Dashed lines are taken when something goes wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from menus.model import Branch, Call, Menu, MenuSet, Node, Tree
from menus.paths import Step, arrivals, steps_of, worst_path
from menus.walk import node_texts

_MOST_TEXT = 22
_SHAPES = {
    "say": ("note", "#fffbe6"),
    "menu": ("box", "#e6f0ff"),
    "collect": ("parallelogram", "#e6f0ff"),
    "ask": ("parallelogram", "#e6f0ff"),
    "rate": ("parallelogram", "#e6f0ff"),
    "record": ("parallelogram", "#ffe6f0"),
    "callback": ("parallelogram", "#ffe6f0"),
    "query": ("cylinder", "#e9f7e9"),
    "branch": ("diamond", "#f4f4f4"),
    "transfer": ("house", "#fde9d9"),
    "call": ("component", "#f0e6ff"),
    "hangup": ("octagon", "#eeeeee"),
}
_OTHER_SHAPE = ("box", "#f4f4f4")
_WORST = "#c00000"


@dataclass(frozen=True)
class Box:
    """A node in a picture; `worst` if it is on the way that takes longest."""

    id: str
    kind: str
    lines: tuple[str, ...]
    worst: bool


@dataclass(frozen=True)
class Arrow:
    """A way between two nodes."""

    start: str
    end: str
    label: str
    dashed: bool
    worst: bool


@dataclass(frozen=True)
class Drawing:
    """One tree.

    Attributes:
        title: id, and how long the worst way takes.
    """

    id: str
    title: str
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)


def drawings(menus: MenuSet, language: str) -> list[Drawing]:
    """Return a drawing of each tree."""
    return [_drawing(menus, tree, language) for tree in menus.trees.values()]


def dot(pictures: list[Drawing]) -> str:
    """Return the drawings in Graphviz's language; several trees are clusters of one graph."""
    lines = [
        "digraph menus {",
        '  graph [rankdir=TB, fontname="Noto Sans CJK SC,sans-serif", labelloc=t, ranksep=0.6];',
        '  node [fontname="Noto Sans CJK SC,sans-serif", fontsize=11, style=filled];',
        '  edge [fontname="Noto Sans CJK SC,sans-serif", fontsize=9, color="#555555"];',
    ]
    for picture in pictures:
        lines += [f'  subgraph "cluster_{picture.id}" {{', f"    label={_quoted(picture.title)};"]
        lines += [f"    {_dot_box(box)}" for box in picture.boxes]
        lines.append("  }")
    ids = {box.id for picture in pictures for box in picture.boxes}
    lines += [f"  {_dot_arrow(arrow)}" for picture in pictures for arrow in picture.arrows if arrow.end in ids]
    return "\n".join([*lines, "}", ""])


def mermaid(pictures: list[Drawing]) -> str:
    """Return the drawings as a Mermaid flowchart."""
    lines = ["flowchart TD"]
    names = {box.id: f"n{number}" for number, box in enumerate(_boxes(pictures))}
    for number, picture in enumerate(pictures):
        lines.append(f"  subgraph t{number} [{_mermaid_text(picture.title)}]")
        lines += [f"    {names[box.id]}{_mermaid_box(box)}" for box in picture.boxes]
        lines.append("  end")
    for arrow in (arrow for picture in pictures for arrow in picture.arrows if arrow.end in names):
        line = "-.->" if arrow.dashed else "==>" if arrow.worst else "-->"
        label = f"|{_mermaid_text(arrow.label)}|" if arrow.label else ""
        lines.append(f"  {names[arrow.start]} {line}{label} {names[arrow.end]}")
    worst = [names[box.id] for box in _boxes(pictures) if box.worst]
    if worst:
        lines += [f"  classDef worst stroke:{_WORST},stroke-width:3px", f"  class {','.join(worst)} worst"]
    return "\n".join([*lines, ""])


def _drawing(menus: MenuSet, tree: Tree, language: str) -> Drawing:
    found = arrivals(tree, menus.wording, language)
    way = worst_path(found)
    on_worst = set(pairwise(way))
    longest = found[way[-1]].seconds if way else 0.0
    title = f"{tree.id}: 最久 {longest:.0f} 秒到 {way[-1]} / longest {longest:.0f} s" if way else tree.id
    picture = Drawing(tree.id, title)
    for name, node in tree.nodes.items():
        lines = [name, *([_text_of(tree, node, language)] if _text_of(tree, node, language) else [])]
        if name in found:
            lines.append(f"{found[name].seconds:.0f} s")
        picture.boxes.append(Box(_id(tree, name), str(getattr(node, "kind", "")), tuple(lines), name in way))
        for step in steps_of(tree, menus.wording, name, language):
            worst = (name, step.target) in on_worst and not step.is_failure
            label = _label(node, step, language, tree)
            picture.arrows.append(Arrow(_id(tree, name), _id(tree, step.target), label, step.is_failure, worst))
        if isinstance(node, Call) and node.tree in menus.trees:
            called = menus.trees[node.tree]
            picture.arrows.append(Arrow(_id(tree, name), _id(called, called.start), "call", False, False))
    return picture


def _id(tree: Tree, name: str) -> str:
    return f"{tree.id}/{name}"


def _text_of(tree: Tree, node: Node, language: str) -> str:
    for _, text in node_texts(node):
        said = " ".join((text.get(language) or text.get(tree.base_language, "")).split())
        return said if len(said) <= _MOST_TEXT else said[:_MOST_TEXT] + "…"
    return ""


def _label(node: Node, step: Step, language: str, tree: Tree) -> str:
    if isinstance(node, Menu) and step.place[0] == "options":
        option = node.options[int(step.place[1])]
        named = option.label.get(language) or option.label.get(tree.base_language, "")
        return f"{option.keys} {named} {step.seconds:.0f}s" if option.spoken else f"{option.keys} {named}"
    if isinstance(node, Branch) and step.place[0] == "choices":
        return node.choices[int(step.place[1])].when
    return "" if step.place == ("next",) else str(step.place[0])


def _boxes(pictures: list[Drawing]) -> Iterator[Box]:
    for picture in pictures:
        yield from picture.boxes


def _dot_box(box: Box) -> str:
    shape, colour = _SHAPES.get(box.kind, _OTHER_SHAPE)
    border = f', color="{_WORST}", penwidth=2.5' if box.worst else ""
    label = _quoted("\n".join(box.lines))
    return f"{_quoted(box.id)} [label={label}, shape={shape}, fillcolor={_quoted(colour)}{border}];"


def _dot_arrow(arrow: Arrow) -> str:
    look = [f"label={_quoted(arrow.label)}"] if arrow.label else []
    look += ["style=dashed", 'color="#aaaaaa"'] if arrow.dashed else []
    look += [f'color="{_WORST}"', "penwidth=2.5"] if arrow.worst else []
    return f"{_quoted(arrow.start)} -> {_quoted(arrow.end)} [{', '.join(look)}];"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _mermaid_box(box: Box) -> str:
    text = _mermaid_text("\n".join(box.lines))
    if box.kind == "branch":
        return f"{{{text}}}"
    if box.kind in ("hangup", "transfer"):
        return f"([{text}])"
    return f"[({text})]" if box.kind == "query" else f"[{text}]"


def _mermaid_text(text: str) -> str:
    """Text in quotes; what Mermaid would take for its own is an entity."""
    entities = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "`": "#96;", "\n": "<br/>"}
    return '"' + "".join(entities.get(character, character) for character in text) + '"'
