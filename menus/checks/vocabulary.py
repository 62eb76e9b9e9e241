"""What callers may say is made of words that the recogniser knows.

A recogniser with a dictionary leaves out what is not in it, so a phrase with such a word is never heard. Which words
are known is told by the recogniser that is installed.
"""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
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


def check(loaded: Loaded) -> Iterator[Problem]:
    unknown_words = loaded.surroundings.unknown_words
    if unknown_words is None:
        return
    for tree in loaded.trees.values():
        for name, node in tree.tree.nodes.items():
            for index, option in enumerate(node.options if isinstance(node, Menu) else ()):
                for language, phrases in option.phrases.items():
                    for number, phrase in enumerate(phrases):
                        words = unknown_words(language, phrase)
                        if words:
                            what = Bilingual(
                                f"识别不认识：{'、'.join(words)}", f"the recogniser does not have {', '.join(words)}"
                            )
                            fix = Bilingual("换一个常用的说法", "use a common word")
                            place = ("nodes", name, "options", index, "phrases", language, number)
                            yield tree.source.problem(place, "unknown_word", what, fix, severity="warning")
