"""Every text is a template, replaced standard sentences fit, and no menu is silent."""

from __future__ import annotations

from collections.abc import Iterator

from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import Rule
from menus.model import Menu
from menus.problems import Bilingual, Problem
from menus.suggest import one_of
from menus.template import TemplateError, parse_template, slot_paths
from menus.walk import spoken_texts
from menus.wording import SENTENCES

RULES = (
    Rule(
        "wrong_template",
        "error",
        Bilingual("文字里的花括号写错了", "wrong braces in a text"),
        Bilingual(
            "花括号里是变量。写错了，那句话就说不出来。",
            "Braces hold variables; a wrong one cannot be spoken.",
        ),
        bad="""\
nodes:
  bye: {kind: hangup, text: "再见，{call.caller:phon}。"}
""",
        good="""\
nodes:
  bye: {kind: hangup, text: "再见，{call.caller:phone}。"}
""",
    ),
    Rule(
        "unknown_sentence",
        "error",
        Bilingual("没有这个标准句子", "no such standard sentence"),
        Bilingual(
            "改写没有用处，来电人还是听到原来的句子。",
            "It replaces nothing: callers still hear the usual sentence.",
        ),
        bad="""\
wording:
  wrong_3: 又错了。
""",
        good="""\
wording:
  wrong_2: 还是不对，不要紧。
""",
    ),
    Rule(
        "wrong_slots",
        "error",
        Bilingual("改写的句子空位不对", "a replaced sentence with the wrong slots"),
        Bilingual(
            "少了空位，来电人听不到要按哪个键。",
            "Without the slot, callers do not hear which key to press.",
        ),
        bad="""\
wording:
  option: "{label}。"
""",
        good="""\
wording:
  option: "{label}，按{keys}。"
""",
    ),
    Rule(
        "silent_menu",
        "error",
        Bilingual("菜单什么也不说", "a menu that says nothing"),
        Bilingual(
            "来电人只听到一片安静。",
            "Callers hear nothing at all.",
        ),
        bad="""\
nodes:
  ask:
    kind: menu
    options: [{keys: "1", label: 听通知, spoken: false, next: bye}]
""",
        good="""\
nodes:
  ask:
    kind: menu
    options: [{keys: "1", label: 听通知, next: bye}]
""",
    ),
)


def check(loaded: Loaded) -> Iterator[Problem]:
    for tree in loaded.trees.values():
        for place, text in spoken_texts(tree.tree):
            for language, written in text.items():
                try:
                    parse_template(written)
                except TemplateError as error:
                    where = (*place, language)
                    yield tree.source.problem(where, "wrong_template", error.what, error.fix, offset=error.offset)
        yield from _wording(tree)
        for name, node in tree.tree.nodes.items():
            if isinstance(node, Menu) and not node.prompt and not any(option.spoken for option in node.options):
                what = Bilingual("这个菜单什么也不说", "this menu says nothing")
                fix = Bilingual("写 prompt，或者让选项 spoken: true", "write a prompt, or let options be spoken")
                yield tree.source.problem(("nodes", name), "silent_menu", what, fix, on_key=True)


def _wording(tree: LoadedTree) -> Iterator[Problem]:
    for name, text in tree.tree.wording.items():
        if name not in SENTENCES:
            what = Bilingual(f"没有“{name}”这个标准句子", f"there is no standard sentence {name!r}")
            yield tree.source.problem(("wording", name), "unknown_sentence", what, one_of(name, SENTENCES), on_key=True)
            continue
        for language, written in text.items():
            yield from _slots(tree, name, language, written)


def _slots(tree: LoadedTree, name: str, language: str, written: str) -> Iterator[Problem]:
    try:
        found = set(slot_paths(parse_template(written)))
    except TemplateError:
        return
    wanted = set(SENTENCES[name])
    if found != wanted:
        listed = " ".join(f"{{{slot}}}" for slot in SENTENCES[name])
        what = Bilingual(f"“{name}”里的空位不对", f"the slots of {name} are not right")
        fix = Bilingual(f"要有 {listed}", f"it needs {listed}") if wanted else Bilingual("不要用空位", "use no slots")
        yield tree.source.problem(("wording", name, language), "wrong_slots", what, fix)
