"""Trees that are called exist, come back, and do not call each other without end."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded, LoadedTree
from menus.graph import cycles
from menus.model import Call, HangUp
from menus.problems import Bilingual, Problem
from menus.suggest import one_of


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        for name, node in tree.tree.nodes.items():
            if isinstance(node, Call):
                yield from _target(loaded, tree, name, node)
    yield from _recursion(loaded)


def _target(loaded: Loaded, tree: LoadedTree, name: str, node: Call) -> Iterator[Problem]:
    place = ("nodes", name, "tree")
    if node.tree not in loaded.known_ids:
        what = Bilingual(f"没有“{node.tree}”这棵菜单树", f"there is no tree {node.tree!r}")
        yield tree.source.problem(place, "unknown_tree", what, one_of(node.tree, sorted(loaded.known_ids)))
        return
    called = loaded.trees.get(node.tree)
    if called and called.whole and not any(_returns(other) for other in called.tree.nodes.values()):
        what = Bilingual(f"“{node.tree}”从来不返回这里", f"{node.tree} never comes back here")
        fix = Bilingual(
            "在那棵树里加一个 kind: hangup、returns: true 的步骤", "give it a node of kind hangup with returns: true"
        )
        yield tree.source.problem(place, "never_returns", what, fix, severity="warning")


def _returns(node: object) -> bool:
    return isinstance(node, HangUp) and node.returns


def _recursion(loaded: Loaded) -> Iterator[Problem]:
    graph = {
        name: {node.tree for node in tree.tree.nodes.values() if isinstance(node, Call)}
        for name, tree in loaded.trees.items()
    }
    for group in cycles(graph):
        first = loaded.trees[group[0]]
        node = next(name for name, node in first.tree.nodes.items() if isinstance(node, Call) and node.tree in group)
        round_trip = " → ".join([*group, group[0]])
        what = Bilingual(f"菜单树互相调用，没有尽头：{round_trip}", f"trees call each other without end: {round_trip}")
        fix = Bilingual("用 returns: true 返回，不要再 call", "come back with returns: true in place of another call")
        yield first.source.problem(("nodes", node, "tree"), "trees_call_in_circle", what, fix)
