"""Every step that is named exists."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.problems import Bilingual, Problem
from menus.suggest import one_of
from menus.walk import tree_references

RULES = (
    Rule(
        "unknown_node",
        "error",
        Bilingual("没有这个步骤", "no such node"),
        Bilingual(
            "来电人走到这里，不知道该去哪里。",
            "A caller who comes here could go nowhere.",
        ),
        bad="""\
nodes:
  ask: {kind: say, text: 您好。, next: bey}
""",
        good="""\
nodes:
  ask: {kind: say, text: 您好。, next: bye}
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        names = dict.fromkeys(sorted(tree.node_names))
        for place, target in tree_references(tree.tree):
            if target not in names:
                what = Bilingual(f"没有“{target}”这个步骤", f"there is no node {target!r}")
                yield tree.source.problem(place, "unknown_node", what, one_of(target, names))
