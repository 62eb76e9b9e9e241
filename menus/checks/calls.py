"""Trees that are called exist, come back, and do not call each other without end."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import Rule
from menus.graph import cycles
from menus.model import Call, HangUp
from menus.problems import Bilingual, Problem
from menus.suggest import one_of

RULES = (
    Rule(
        "unknown_tree",
        "error",
        Bilingual("没有这棵菜单树", "no such tree"),
        Bilingual(
            "要调用的菜单树不在一起检查的文件里。",
            "The called tree is not among the files that are loaded together.",
        ),
        bad="""\
nodes:
  ask: {kind: call, tree: exmaple, next: bye}
""",
        good="""\
nodes:
  ask: {kind: say, text: 您好。, next: bye}
""",
    ),
    Rule(
        "trees_call_in_circle",
        "error",
        Bilingual("菜单树互相调用", "trees call each other in a circle"),
        Bilingual(
            "调用永远回不来，电话最后会被上限挂断。",
            "The calls never come back; in the end a limit hangs up.",
        ),
        bad="""\
nodes:
  ask: {kind: call, tree: example, next: bye}
  back: {kind: hangup, returns: true}
  bye: {kind: say, text: 好的。, next: back}
""",
        good="""\
nodes:
  ask: {kind: say, text: 您好。, next: bye}
""",
    ),
    Rule(
        "never_returns",
        "warning",
        Bilingual("被调用的树从不返回", "the called tree never comes back"),
        Bilingual(
            "调用之后写的步骤，来电人永远走不到。",
            "No caller reaches what stands behind the call.",
        ),
        bad="""\
nodes:
  ask: {kind: call, tree: example, next: bye}
""",
        good="""\
nodes:
  ask: {kind: say, text: 您好。, next: bye}
""",
    ),
)


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
