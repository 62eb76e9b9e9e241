"""No two options of a menu sound alike.

Callers say what they want with the accents they have. Many do not tell n from l, f from h, zh from z, or -n from -ng;
two wordings that differ in nothing else are one wording to the recogniser, and to people on a bad line.
"""

from __future__ import annotations

from collections.abc import Iterator

from menus.accents import merged_sound
from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import Rule
from menus.checks.wordings import wordings_of
from menus.model import Menu
from menus.problems import Bilingual, Problem

RULES = (
    Rule(
        "sounds_alike",
        "warning",
        Bilingual("两个选项听起来一样", "two options sound alike"),
        Bilingual(
            "说“南县”和“蓝线”的人，有口音时分不出来，会走错。",
            "With an accent the two cannot be told apart, and callers end up in the wrong place.",
        ),
        bad="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 南县, next: bye}
      - {keys: "2", label: 蓝线, next: person}
""",
        good="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 南县, next: bye}
      - {keys: "2", label: 公交蓝线, next: person}
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        for name, node in tree.tree.nodes.items():
            if isinstance(node, Menu):
                yield from _alike(tree, name, node)


def _alike(tree: LoadedTree, name: str, node: Menu) -> Iterator[Problem]:
    first: dict[tuple[str, str], tuple[int, str]] = {}
    for index, option in enumerate(node.options):
        told = set()
        for place, language, said in wordings_of(node.options[index]):
            sound = _sound(said, language)
            other, other_said = first.setdefault((language, sound), (index, said))
            if not sound or node.options[other].next == option.next or other in told:
                continue
            told.add(other)
            what = Bilingual(
                f"“{said}”和第 {other + 1} 个选项的“{other_said}”听起来一样",
                f"{said!r} sounds like {other_said!r} of option {other + 1}",
            )
            fix = Bilingual("换一个听得出区别的说法", "use words that can be told apart")
            where = ("nodes", name, "options", index, *place)
            yield tree.source.problem(where, "sounds_alike", what, fix, severity="warning")


def _sound(said: str, language: str) -> str:
    if language.startswith("zh"):
        return merged_sound(said)
    return " ".join("".join(letter if letter.isalnum() else " " for letter in said.casefold()).split())
