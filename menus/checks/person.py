"""Whoever cannot get on can reach a person."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.model import Call, Transfer
from menus.problems import Bilingual, Problem

RULES = (
    Rule(
        "no_person",
        "warning",
        Bilingual("找不到人工", "no way to a person"),
        Bilingual(
            "按不对、听不懂的人，没有人可以问。",
            "People who cannot get on have nobody to ask.",
        ),
        bad="""\
nodes:
  person: {kind: say, text: 现在没有人工。, next: bye}
""",
        good="""\
nodes:
  person: {kind: transfer, target: operator, next: bye, busy: bye, no_answer: bye, failed: bye}
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    calls = {
        name: {node.tree for node in tree.tree.nodes.values() if isinstance(node, Call)}
        for name, tree in loaded.trees.items()
    }
    called = {target for name, targets in calls.items() for target in targets - {name}}
    for name, tree in loaded.trees.items():
        if name in called or not tree.whole:
            continue
        family = {name, *calls[name]}
        reached = [loaded.trees[member] for member in family if member in loaded.trees]
        if len(reached) == len(family) and not any(
            isinstance(node, Transfer) for member in reached for node in member.tree.nodes.values()
        ):
            what = Bilingual("从这棵菜单树找不到人工", "no way leads from this tree to a person")
            fix = Bilingual("加一个 kind: transfer 的步骤", "add a node of kind transfer")
            yield tree.source.problem(("way_out",), "no_person", what, fix, severity="warning")
