"""A menu offers no more than people can keep in mind while listening."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.model import Menu
from menus.problems import Bilingual, Problem

RULES = (
    Rule(
        "too_many_options",
        "warning",
        Bilingual("选项太多", "too many options"),
        Bilingual(
            "听着选，一次记不住五个以上。",
            "While listening people keep no more than five things in mind.",
        ),
        bad="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 第一件事, next: bye}
      - {keys: "2", label: 第二件事, next: bye}
      - {keys: "3", label: 第三件事, next: bye}
      - {keys: "4", label: 第四件事, next: bye}
      - {keys: "5", label: 第五件事, next: bye}
      - {keys: "6", label: 第六件事, next: bye}
""",
        good="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 第一件事, next: bye}
      - {keys: "2", label: 第二件事, next: bye}
      - {keys: "3", label: 第三件事, next: bye}
      - {keys: "4", label: 第四件事, next: bye}
      - {keys: "5", label: 第五件事, next: bye}
""",
    ),
)

#: Options that a listener can be asked to remember.
MOST_SPOKEN = 5


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        for name, node in tree.tree.nodes.items():
            spoken = sum(option.spoken for option in node.options) if isinstance(node, Menu) else 0
            if spoken > MOST_SPOKEN:
                what = Bilingual(f"一口气念 {spoken} 个选项，听的人记不住", f"{spoken} spoken options are too many")
                fix = Bilingual(
                    f"最多 {MOST_SPOKEN} 个；分成两层，或者 spoken: false",
                    f"at most {MOST_SPOKEN}: make two levels, or use spoken: false",
                )
                place = ("nodes", name, "options")
                yield tree.source.problem(place, "too_many_options", what, fix, severity="warning", on_key=True)
