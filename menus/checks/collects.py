"""The lengths of what is collected make sense."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.model import Collect
from menus.problems import Bilingual, Problem

RULES = (
    Rule(
        "least_over_most",
        "error",
        Bilingual("最少位数大于最多位数", "least is over most"),
        Bilingual(
            "怎么输都不对。",
            "No input can be right.",
        ),
        bad="""\
nodes:
  ask: {kind: collect, prompt: 请输入号码。, save_as: number, least: 8, most: 6, next: bye}
""",
        good="""\
nodes:
  ask: {kind: collect, prompt: 请输入号码。, save_as: number, least: 6, most: 8, next: bye}
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        for name, node in tree.tree.nodes.items():
            if isinstance(node, Collect) and node.least > node.most:
                what = Bilingual(
                    f"最少 {node.least} 位，最多却是 {node.most} 位",
                    f"least {node.least} is over most {node.most}",
                )
                fix = Bilingual("让 least 不大于 most", "let least be no more than most")
                yield tree.source.problem(("nodes", name, "least"), "least_over_most", what, fix)
