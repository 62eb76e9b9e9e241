"""Every step can be reached."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.problems import Bilingual, Problem
from menus.walk import reachable

RULES = (
    Rule(
        "unreachable_node",
        "warning",
        Bilingual("没有步骤通到这里", "nothing leads to a node"),
        Bilingual(
            "写好了，却没有人听得到；多半是哪一步的 next 写错了。",
            "Nobody ever hears it; most likely some next is wrong.",
        ),
        bad="""\
nodes:
  notice: {kind: say, text: 今天停电。, next: bye}
""",
        good="""\
nodes:
  notice: {kind: say, text: 今天停电。, next: bye}
  ask:
    kind: menu
    options: [{keys: "1", label: 听通知, next: notice}]
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        if not tree.whole:
            continue
        model = tree.tree
        starts = {model.start, model.way_out, *([model.main_menu] if model.main_menu else [])}
        found = reachable(model, starts)
        for name in model.nodes:
            if name not in found:
                what = Bilingual(f"没有任何步骤通到“{name}”", f"nothing leads to the node {name!r}")
                fix = Bilingual("让别的步骤通到它，或者删掉", "lead to it from another node, or remove it")
                place = ("nodes", name)
                yield tree.source.problem(place, "unreachable_node", what, fix, severity="warning", on_key=True)
