"""Nobody has to listen for long before they can act.

How long a prompt takes is estimated from its text (`menus.speaking_time`), with its options and with usual values in
the place of variables.
"""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import Rule
from menus.compose import language_for, prompt, spoken_text
from menus.model import Listening, Node
from menus.parts import Template
from menus.problems import Bilingual, Problem
from menus.speaking_time import seconds
from menus.template import TemplateError
from menus.walk import Place, node_texts

#: Seconds that people listen before they have forgotten how it began.
LONGEST_PROMPT_S = 20
_LONG_TEXT = "，".join(["请您带上身份证、户口本和两张照片"] * 7)

RULES = (
    Rule(
        "long_prompt",
        "warning",
        Bilingual("一口气说得太久", "too long in one go"),
        Bilingual(
            "超过 20 秒，听到后面忘了前面，也有人以为是录音就挂了。",
            "After 20 seconds people have forgotten how it began, or have hung up.",
        ),
        bad=f"""\
nodes:
  bye: {{kind: hangup, text: "{_LONG_TEXT}。"}}
""",
        good="""\
nodes:
  bye: {kind: hangup, text: 请您带上身份证、户口本和两张照片。}
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        for name, node in tree.tree.nodes.items():
            for language in dict.fromkeys(tree.tree.languages):
                if language_for(tree.tree, node, language) == language:
                    yield from _too_long(tree, name, node, language, loaded)


def _too_long(tree: LoadedTree, name: str, node: Node, language: str, loaded: Loaded) -> Iterator[Problem]:
    for place, template in _spoken(tree, node, language, loaded):
        length = seconds(template, language)
        if length > LONGEST_PROMPT_S:
            what = Bilingual(
                f"说完大约要 {length:.0f} 秒（{language}）", f"takes about {length:.0f} s to say ({language})"
            )
            fix = Bilingual(
                f"最多 {LONGEST_PROMPT_S} 秒：说短一点，或者分成几步",
                f"{LONGEST_PROMPT_S} s at most: shorten it, or make several nodes",
            )
            where = ("nodes", name, *place)
            yield tree.source.problem(where, "long_prompt", what, fix, severity="warning", on_key=True)


def _spoken(tree: LoadedTree, node: Node, language: str, loaded: Loaded) -> Iterator[tuple[Place, Template]]:
    try:
        if isinstance(node, Listening):
            yield ("prompt",), prompt(tree.tree, loaded.wording, node, language)
        for place, text in node_texts(node):
            if place == ("text",):
                yield place, spoken_text(tree.tree, text, language)
    except TemplateError:
        return  # told by the check of texts
