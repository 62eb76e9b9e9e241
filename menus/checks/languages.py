"""Every text exists in the base language, and no language is half there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import Rule
from menus.model import Language, Menu, Text
from menus.problems import Bilingual, Problem
from menus.suggest import one_of
from menus.walk import Place, spoken_texts
from menus.wording import SENTENCES

RULES = (
    Rule(
        "wrong_language_code",
        "error",
        Bilingual("不是语言代码", "no language code"),
        Bilingual(
            "声音和识别都按语言代码来选。",
            "Voices and recognisers are chosen by the code.",
        ),
        bad="""\
languages: [chinese!]
title: 例子
""",
        good="""\
languages: [zh]
""",
    ),
    Rule(
        "duplicate_language",
        "error",
        Bilingual("语言写了两次", "a language twice"),
        Bilingual(
            "多半是想写另一种语言。",
            "Another language was probably meant.",
        ),
        bad="""\
languages: [zh, zh]
""",
        good="""\
languages: [zh]
""",
    ),
    Rule(
        "no_wording",
        "error",
        Bilingual("这种语言没有标准句子", "a language without standard sentences"),
        Bilingual(
            "“请按”这样的句子要有译文，否则菜单念不出来。",
            "Sentences such as “press” need a translation, or no menu can be spoken.",
        ),
        bad="""\
languages: [zh, sw]
""",
        good="""\
languages: [zh]
""",
    ),
    Rule(
        "unknown_language",
        "error",
        Bilingual("要换的语言没有声明", "a language to change to that is not declared"),
        Bilingual(
            "换过去以后，没有一句话可说。",
            "After the change there is nothing to say.",
        ),
        bad="""\
nodes:
  ask: {kind: language, to: en, next: bye}
""",
        good="""\
nodes:
  ask: {kind: language, to: zh, next: bye}
""",
    ),
    Rule(
        "undeclared_language",
        "warning",
        Bilingual("用了没有声明的语言", "a language that is not declared"),
        Bilingual(
            "这句话永远不会播放。",
            "The text is never spoken.",
        ),
        bad="""\
nodes:
  bye: {kind: hangup, text: {zh: 再见。, en: Goodbye.}}
""",
        good="""\
nodes:
  bye: {kind: hangup, text: {zh: 再见。}}
""",
    ),
    Rule(
        "missing_text",
        "error",
        Bilingual("缺少基础语言的文字", "no text in the base language"),
        Bilingual(
            "没有译文时要说基础语言，所以它一定要有。",
            "The base language is spoken where a translation is missing, so it must be there.",
        ),
        bad="""\
languages: [zh, en]
nodes:
  bye: {kind: hangup, text: {en: Goodbye.}}
""",
        good="""\
nodes:
  bye: {kind: hangup, text: {zh: 再见。}}
""",
    ),
    Rule(
        "missing_translation",
        "warning",
        Bilingual("缺少译文", "a translation is missing"),
        Bilingual(
            "听英语的人，这一步会忽然听到普通话。",
            "A caller who listens in another language suddenly hears the base language.",
        ),
        bad="""\
languages: [zh, en]
title: {zh: 例子, en: example}
nodes:
  bye: {kind: hangup, text: {zh: 再见。}}
""",
        good="""\
languages: [zh, en]
title: {zh: 例子, en: example}
nodes:
  ask:
    kind: menu
    prompt: {zh: 请问您要办什么事？, en: Please choose.}
    options: [{keys: "1", label: {zh: 听通知, en: notices}, next: bye}]
  bye: {kind: hangup, text: {zh: 再见。, en: Goodbye.}}
""",
    ),
    Rule(
        "empty_text",
        "error",
        Bilingual("文字是空的", "an empty text"),
        Bilingual(
            "来电人什么也听不到，会以为断线了。",
            "The caller hears nothing and takes the line for dead.",
        ),
        bad="""\
nodes:
  bye: {kind: hangup, text: {zh: " "}}
""",
        good="""\
nodes:
  bye: {kind: hangup, text: {zh: 再见。}}
""",
    ),
)

_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        yield from _declared(tree, loaded.wording)
        yield from _languages_of(tree, ("title",), tree.tree.title)
        yield from _base(tree, ("title",), tree.tree.title)
        for place, text in spoken_texts(tree.tree):
            yield from _languages_of(tree, place, text)
            if place[0] != "wording":
                yield from _base(tree, place, text)
                yield from _translations(tree, place, text)
        for name, node in tree.tree.nodes.items():
            if isinstance(node, Language) and node.to not in tree.tree.languages:
                what = Bilingual(f"languages 里没有 {node.to}", f"{node.to} is not among the languages of the tree")
                fix = one_of(node.to, tree.tree.languages)
                yield tree.source.problem(("nodes", name, "to"), "unknown_language", what, fix)
            if isinstance(node, Menu):
                yield from _phrases(tree, name, node)


def _declared(tree: LoadedTree, wording: dict[str, dict[str, str]]) -> Iterator[Problem]:
    for index, language in enumerate(tree.tree.languages):
        place = ("languages", index)
        if not _CODE.fullmatch(language):
            what = Bilingual(f"“{language}”不是语言代码", f"{language!r} is not a language code")
            yield tree.source.problem(place, "wrong_language_code", what, Bilingual("例如 zh、en", "such as zh or en"))
            continue
        if language in tree.tree.languages[:index]:
            what = Bilingual(f"{language} 写了两次", f"{language} is there twice")
            yield tree.source.problem(place, "duplicate_language", what, Bilingual("删掉一个", "remove one"))
        lacking = [
            name
            for name in SENTENCES
            if name not in wording.get(language, {}) and language not in tree.tree.wording.get(name, {})
        ]
        if lacking:
            what = Bilingual(
                f"{language} 还没有标准句子：{'、'.join(lacking[:3])}…",
                f"{language} has no standard sentences: {', '.join(lacking[:3])}…",
            )
            fix = Bilingual("在 wording 里给每一句写上译文", "write each of them under wording")
            yield tree.source.problem(place, "no_wording", what, fix)


def _languages_of(tree: LoadedTree, place: Place, text: Text) -> Iterator[Problem]:
    for language, written in text.items():
        if language not in tree.tree.languages:
            yield _undeclared(tree, (*place, language), language)
        if not written.strip():
            what, fix = Bilingual("文字是空的", "the text is empty"), Bilingual("写上要说的话", "write what to say")
            yield tree.source.problem((*place, language), "empty_text", what, fix)


def _base(tree: LoadedTree, place: Place, text: Text) -> Iterator[Problem]:
    base = tree.tree.base_language
    if base not in text:
        what = Bilingual(f"缺少基础语言 {base} 的文字", f"the text in the base language {base} is missing")
        yield tree.source.problem(place, "missing_text", what, Bilingual(f"加上 {base}: …", f"add {base}: …"))


def _translations(tree: LoadedTree, place: Place, text: Text) -> Iterator[Problem]:
    base = tree.tree.base_language
    missing = [language for language in tree.tree.languages if language not in text and language != base]
    if missing:
        what = Bilingual(
            f"没有 {'、'.join(missing)} 译文，这一步会用 {base} 说",
            f"no translation into {', '.join(missing)}: this node will speak {base}",
        )
        yield tree.source.problem(place, "missing_translation", what, severity="warning", on_key=True)


def _undeclared(tree: LoadedTree, place: Place, language: str) -> Problem:
    what = Bilingual(f"languages 里没有 {language}", f"{language} is not among the languages of the tree")
    fix = one_of(language, tree.tree.languages)
    return tree.source.problem(place, "undeclared_language", what, fix, severity="warning", on_key=True)


def _phrases(tree: LoadedTree, name: str, node: Menu) -> Iterator[Problem]:
    for index, option in enumerate(node.options):
        for language in option.phrases:
            if language not in tree.tree.languages:
                yield _undeclared(tree, ("nodes", name, "options", index, "phrases", language), language)
