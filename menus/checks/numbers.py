"""Numbers are written as words, or as values with a way of saying them.

A voice reads `20260001` as twenty million and one, and `12345` as a quantity where a telephone number is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.problems import Bilingual, Problem
from menus.walk import spoken_texts

RULES = (
    Rule(
        "number_in_text",
        "warning",
        Bilingual("文字里有数字", "digits in a text"),
        Bilingual(
            "声音不知道这是电话、日期还是金额，可能念错。",
            "A voice cannot know whether it is a telephone number, a date or a sum, and may read it wrongly.",
        ),
        bad="""\
nodes:
  bye: {kind: hangup, text: 请打12345。}
""",
        good="""\
variables: {number: "12345"}
nodes:
  bye: {kind: hangup, text: "请打{number:phone}。"}
""",
    ),
)

_SLOT = re.compile(r"\{[^{}]*\}")
_NUMBER = re.compile(r"[0-9０-９][0-9０-９.,:：-]*")
_MONEY = re.compile(r"[0-9０-９.,]+\s*(元|块|万元|yuan)")
_DATE = re.compile(r"[0-9０-９]+\s*(年|月|日|号)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_TIME = re.compile(r"[0-9０-９]+\s*(点|时|分)|[0-9０-９]{1,2}[:：][0-9０-９]{2}")


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        for place, text in spoken_texts(tree.tree):
            for language, written in text.items():
                plain = _SLOT.sub(lambda slot: " " * len(slot[0]), written)
                match = _NUMBER.search(plain)
                if match:
                    number = match[0].rstrip(".,:：-")
                    what = Bilingual(f"文字里有数字 {number}", f"the text has the digits {number}")
                    fix = Bilingual(
                        f"用汉字写；或者写成变量，例如 {{number:{_say_as(plain, match)}}}",
                        f"write it in words, or as a variable such as {{number:{_say_as(plain, match)}}}",
                    )
                    where = (*place, language)
                    offset = match.start()
                    yield tree.source.problem(where, "number_in_text", what, fix, severity="warning", offset=offset)


def _say_as(text: str, match: re.Match[str]) -> str:
    """What the number most likely is."""
    for pattern, way in ((_MONEY, "money"), (_DATE, "date"), (_TIME, "time")):
        if pattern.match(text, match.start()):
            return way
    digits = sum(character.isdigit() for character in match[0])
    return "phone" if digits in (5, 7, 8, 10, 11, 12) else "digits" if digits > 4 else "number"
