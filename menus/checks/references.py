"""Every step that is named exists."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.problems import Bilingual, Problem
from menus.suggest import one_of
from menus.walk import tree_references


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        names = dict.fromkeys(sorted(tree.node_names))
        for place, target in tree_references(tree.tree):
            if target not in names:
                what = Bilingual(f"没有“{target}”这个步骤", f"there is no node {target!r}")
                yield tree.source.problem(place, "unknown_node", what, one_of(target, names))
