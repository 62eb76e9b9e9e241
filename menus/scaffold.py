"""`ivr menus new`: a small tree that works, with its rehearsal, and what editors need beside it."""

from __future__ import annotations

import re
from pathlib import Path

from menus.editor.schema import CASES_FILE as CASES_SCHEMA
from menus.editor.schema import FILE as SCHEMA
from menus.editor.schema import MODELINE, schema_text
from menus.editor.snippets import snippets_text

_NAME = re.compile(r"[a-z][a-z0-9_]*")

_TREE = """\
{modeline}menu.schema.json
# {title}。改完先检查：ivr menus check 本文件夹；再打一打试试：ivr menus try 本文件夹
# Check it after every change, then try it: ivr menus check FOLDER, ivr menus try FOLDER
ivr: 2
id: {name}
title: {title}
languages: [zh]
start: welcome
way_out: operator          # 按不对、等太久的人去这里 / where callers go who cannot get on

nodes:
  welcome:
    kind: say
    text: 您好，这里是{title}。
    next: main_menu

  main_menu:
    kind: menu
    prompt: 请问您要办什么事？
    options:
      - keys: "1"
        label: 听通知
        phrases: {{zh: [通知, 听通知]}}
        next: notice
      - keys: "0"
        label: 找人工
        phrases: {{zh: [人工, 找人]}}
        next: operator

  notice:
    kind: say
    text: 这几天没有新的通知。
    next: main_menu

  # 转接的号码写在设置里，不写在菜单里 / numbers stand in the settings, never in a menu
  operator:
    kind: transfer
    text: 好的，给您转人工，请不要挂机。
    target: operator
    next: goodbye
    busy: nobody
    no_answer: nobody
    failed: nobody

  nobody:
    kind: say
    text: 对不起，人工现在没有人接。请您过一会儿再打。
    next: goodbye

  goodbye:
    kind: hangup
    text: 谢谢您来电。再见。
"""

_CASES = """\
{modeline}cases.schema.json
# {title}的排练。运行：ivr menus test 本文件夹
# Rehearsals. Run them with: ivr menus test FOLDER
rehearsals: 1
tree: {name}

cases:
  - name: 听通知 / the notice
    steps:
      - hear: [您好, 请问您要办什么事]
      - press: "1"
      - hear: 这几天没有新的通知
      - hang_up
    ends: caller
"""


class CannotScaffold(Exception):  # noqa: N818 - says what it is
    """The tree cannot be made; the message says why."""


def new_tree(name: str, title: str) -> tuple[str, str]:
    """The texts of a new tree and of its rehearsals.

    Raises:
        CannotScaffold: the name cannot be an id, or the title stands for something else in YAML.
    """
    if not _NAME.fullmatch(name):
        raise CannotScaffold(
            f"“{name}”不能作名字：只用 a-z 0-9 _，字母开头 / not a name: use a-z 0-9 _, a letter first"
        )
    if any(mark in title for mark in "{}\n：:#") or not title.strip():
        raise CannotScaffold("标题里不要用 { } : # / the title must not contain { } : #")
    tree = _TREE.format(modeline=MODELINE, name=name, title=title)
    return tree, _CASES.format(modeline=MODELINE, name=name, title=title)


def scaffold(folder: Path, name: str, title: str) -> list[Path]:
    """Write a new tree and what belongs to it; return the files. Nothing that is there is overwritten.

    Raises:
        CannotScaffold: the name cannot be an id, or there is such a tree.
        OSError: the folder cannot be written.
    """
    menu, cases = new_tree(name, title)
    tree = folder / f"{name}.yaml"
    if tree.exists():
        raise CannotScaffold(f"{tree} 已经有了 / is there already")
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        tree: menu,
        folder / f"{name}.cases.yaml": cases,
        folder / SCHEMA.name: schema_text(),
        folder / CASES_SCHEMA.name: CASES_SCHEMA.read_text("utf-8"),
        folder / ".vscode" / "menus.code-snippets": snippets_text(),
    }
    written = []
    for file, text in made.items():
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, "utf-8")
            written.append(file)
    return written
