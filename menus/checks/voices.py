"""The voices that a menu wishes for are there and speak the language.

A voice that is not there is replaced by the emergency voice, which is much harder to understand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import Rule
from menus.model_common import Voice
from menus.problems import Bilingual, Problem
from menus.walk import Place

RULES = (
    Rule(
        "unknown_voice",
        "warning",
        Bilingual("没有这个声音", "a voice that is not there"),
        Bilingual(
            "没有的声音会换成应急声音，很难听懂。",
            "The emergency voice speaks in its place, and is hard to understand.",
        ),
        bad="""\
nodes:
  bye: {kind: hangup, text: 再见。, voices: {zh: {name: xiaobei}}}
""",
        good="""\
nodes:
  bye: {kind: hangup, text: 再见。, voices: {zh: {name: zf_xiaobei, speed: 0.85}}}
""",
        needs="voices",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    known = loaded.surroundings.voices
    if known is None:
        return
    for tree in loaded.trees.values():
        yield from _of(tree, known, (), tree.tree.voices)
        for name, node in tree.tree.nodes.items():
            yield from _of(tree, known, ("nodes", name), node.voices)


def _of(tree: LoadedTree, known: Mapping[str, str], place: Place, wished: Mapping[str, Voice]) -> Iterator[Problem]:
    for language, voice in wished.items():
        if voice.name and known.get(voice.name) != language:
            there = "、".join(sorted(name for name, spoken in known.items() if spoken == language))
            what = Bilingual(f"没有会说 {language} 的声音 {voice.name}", f"no voice {voice.name!r} speaks {language}")
            fix = Bilingual(
                f"可以用：{there}" if there else "不写 name，只写 speed",
                f"there are: {there}" if there else "leave the name out",
            )
            yield tree.source.problem((*place, "voices", language), "unknown_voice", what, fix, severity="warning")
