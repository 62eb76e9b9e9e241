"""What callers may say is made of words that the recogniser knows.

A recogniser with a dictionary leaves out what is not in it, so a phrase with such a word is never heard. Which words
are known is told by the recogniser that is installed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.checks.wordings import wordings_of
from menus.model import Menu
from menus.problems import Bilingual, Problem

RULES = (
    Rule(
        "unknown_word",
        "warning",
        Bilingual("识别不认识这个词", "a word that the recogniser does not have"),
        Bilingual(
            "来电人这样说，永远听不出来。",
            "Whoever says it is never understood.",
        ),
        bad="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 听通知, phrases: {zh: [奰屃]}, next: bye}
""",
        good="""\
nodes:
  ask:
    kind: menu
    options:
      - {keys: "1", label: 听通知, phrases: {zh: [通知]}, next: bye}
""",
        needs="unknown_words",
    ),
)


_FIX = Bilingual("换一个常用的说法", "use a common word")


def check(loaded: Loaded) -> Iterator[Problem]:
    unknown_words = loaded.surroundings.unknown_words
    if unknown_words is None:
        return
    for tree in loaded.trees.values():
        for name, node in tree.tree.nodes.items():
            for index, option in enumerate(node.options if isinstance(node, Menu) else ()):
                for place, language, said in wordings_of(option):
                    if words := unknown_words(language, said):
                        where = ("nodes", name, "options", index, *place)
                        yield tree.source.problem(where, "unknown_word", _what(words), _FIX, severity="warning")


def _what(words: Sequence[str]) -> Bilingual:
    return Bilingual(f"识别不认识：{'、'.join(words)}", f"the recogniser does not have {', '.join(words)}")
