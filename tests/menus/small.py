"""The smallest sound tree, and ways to change it, so that a test states only what matters to it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from menus.loader import CheckedMenus, check_menus
from menus.model import MenuSet, Tree
from menus.wording import standard_wording

SMALL = """\
ivr: 1
id: small
title: 测试
languages: [zh]
start: ask
way_out: person
nodes:
  ask:
    kind: menu
    prompt: 请问您要办什么事？
    options:
      - {keys: "1", label: 办事, next: bye}
  person: {kind: transfer, target: operator, next: bye, busy: bye, no_answer: bye, failed: bye}
  bye: {kind: hangup, text: 再见。}
"""


def small(*changes: tuple[str, str], nodes: str = "") -> str:
    """The small tree with texts replaced, and more nodes at its end."""
    text = SMALL
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text + indent(dedent(nodes), "  ")


def check_text(folder: Path, text: str, name: str = "small") -> CheckedMenus:
    """What the loader finds in one file with this text."""
    file = folder / f"{name}.yaml"
    file.write_text(text, "utf-8")
    return check_menus(file)


def load_text(folder: Path, text: str) -> Tree:
    """The tree of a text that has no errors."""
    checked = check_text(folder, text)
    assert checked.menus is not None, "\n".join(problem.text for problem in checked.problems)
    return checked.menus.trees["small"]


def menu_set(tree: Tree) -> MenuSet:
    return MenuSet(trees={tree.id: tree}, revision="000000000000", wording=standard_wording())


def codes(checked: CheckedMenus) -> list[str]:
    return [problem.code for problem in checked.problems]
