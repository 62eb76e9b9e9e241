"""No call goes round in a circle in which the caller is never asked anything."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.graph import cycles
from menus.model import Branch, Call, Listening, Node
from menus.problems import Bilingual, Problem
from menus.walk import successors

RULES = (
    Rule(
        "loop_without_input",
        "error",
        Bilingual("不停转圈，来电人插不上手", "a circle without input"),
        Bilingual(
            "来电人一遍遍听同样的话，直到上限挂断。有 branch 或 query 可以走出来时只是提醒。",
            "Callers hear the same until a limit hangs up. Where a branch may lead out, it is a warning.",
        ),
        bad="""\
nodes:
  ask: {kind: say, text: 您好。, next: again}
  again: {kind: say, text: 欢迎。, next: ask}
""",
        good="""\
nodes:
  ask: {kind: say, text: 您好。, next: again}
  again:
    kind: menu
    options: [{keys: "1", label: 再听一遍, next: ask}]
""",
        may_be_warning=True,
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    asking = {
        name
        for name, tree in loaded.trees.items()
        if not tree.whole or any(isinstance(node, Listening) for node in tree.tree.nodes.values())
    }
    asking |= loaded.known_ids - loaded.trees.keys()
    for tree in loaded.trees.values():
        nodes = tree.tree.nodes
        graph = {name: successors(tree.tree, node) for name, node in nodes.items() if not _asks(node, asking)}
        for group in cycles(graph):
            may_end = any(isinstance(nodes[name], Branch) for name in group)
            shown = " → ".join([*group[:6], *(["…"] if len(group) > 6 else []), group[0]])
            what = Bilingual(f"这里会不停地转圈，来电人插不上手：{shown}", f"a circle without any input: {shown}")
            fix = Bilingual("中间加一个菜单，让来电人选", "put a menu into it, so that the caller can choose")
            yield tree.source.problem(
                ("nodes", group[0]),
                "loop_without_input",
                what,
                fix,
                severity="warning" if may_end else "error",
                on_key=True,
            )


def _asks(node: Node, asking: set[str]) -> bool:
    return isinstance(node, Listening) or (isinstance(node, Call) and node.tree in asking)
