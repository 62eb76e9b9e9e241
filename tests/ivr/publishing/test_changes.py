"""What differs between two revisions is told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.publishing.changes import changes, told
from menus.loader import load_menus
from menus.model import MenuSet
from tests.ivr.rehearsal.made import TREE, write


def menus(folder: Path, tree: str) -> MenuSet:
    folder.mkdir(exist_ok=True)
    write(folder, "- {name: x, steps: [hang_up]}", tree)
    return load_menus(folder)


def difference(tmp_path: Path, *replacements: tuple[str, str]) -> list[str]:
    after = TREE
    for old, new in replacements:
        assert old in after
        after = after.replace(old, new)
    return told(changes(menus(tmp_path / "before", TREE), menus(tmp_path / "after", after)))


def test_nothing_differs(tmp_path: Path) -> None:
    assert difference(tmp_path) == ["没有不同 / nothing differs"]


def test_comments_and_layout_do_not_differ(tmp_path: Path) -> None:
    assert difference(tmp_path, ("nodes:", "# a comment\n\nnodes:")) == ["没有不同 / nothing differs"]


@pytest.mark.parametrize(
    ("replacement", "lines"),
    [
        (
            ("text: 没有这个号码。", "text: 查不到这个号码。"),
            ["~ 改 changed  village.missing", "    text（说什么） · zh：“没有这个号码。” → “查不到这个号码。”"],
        ),
        (
            ("label: 查办件,", "label: 查进度,"),
            ["~ 改 changed  village.ask", "    options（选项） · 1 · label（菜单里怎么念） · zh：“查办件” → “查进度”"],
        ),
        (
            ("title: 村里的热线", "title: 乡里的热线"),
            ["~ 改 changed  village", "    title（标题） · zh：“村里的热线” → “乡里的热线”"],
        ),
        (
            ('{keys: "0", label: 找人工, next: person}', '{keys: "9", label: 找人工, next: person}'),
            [
                "~ 改 changed  village.ask",
                "    options（选项） · 删 removed 0：“找人工” → person",
                "    options（选项） · 加 added 9：“找人工” → person",
            ],
        ),
        (
            ("bye: {kind: hangup, text: 谢谢来电。}", "bye: {kind: say, text: 谢谢来电。, next: ask}"),
            ["~ 改 changed  village.bye", "    hangup “谢谢来电。” → say “谢谢来电。”"],
        ),
        (
            ("save_as: case\n", "save_as: case\n    budget: 5s\n"),
            ["~ 改 changed  village.look_up", "    budget（最多等多久）：8 s → 5 s"],
        ),
        (
            ("  bye: {", "  more: {kind: say, text: 还有。, next: bye}\n  bye: {"),
            ["+ 加 added  village.more", "    say “还有。”"],
        ),
    ],
)
def test_each_change_is_told(tmp_path: Path, replacement: tuple[str, str], lines: list[str]) -> None:
    assert difference(tmp_path, replacement) == lines


def test_what_is_gone_is_told(tmp_path: Path) -> None:
    before = TREE.replace("  bye: {", "  more: {kind: say, text: 还有。, next: bye}\n  bye: {")
    found = told(changes(menus(tmp_path / "before", before), menus(tmp_path / "after", TREE)))
    assert found == ["- 删 removed  village.more", "    say “还有。”"]


def test_whole_trees_come_and_go(tmp_path: Path) -> None:
    one = menus(tmp_path / "one", TREE)
    none = one.model_copy(update={"trees": {}})
    assert told(changes(none, one)) == ["+ 加 added  village", "    菜单树，8 步 / tree of 8 nodes"]
    assert told(changes(one, none)) == ["- 删 removed  village", "    菜单树，8 步 / tree of 8 nodes"]


def test_another_order_of_options_is_told(tmp_path: Path) -> None:
    first = '      - {keys: "1", label: 查办件, next: number}\n'
    second = '      - {keys: "0", label: 找人工, next: person}\n'
    assert difference(tmp_path, (first + second, second + first)) == [
        "~ 改 changed  village.ask",
        "    options（选项）：次序 order 1 0 → 0 1",
    ]
