"""Menus of older versions: read as if they were new, at their own lines; rewritten with their comments."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.commands.menus import command
from ivr.config import SHIPPED_TREES
from menus.loader import check_menus, load_menus
from menus.migrations import MIGRATIONS, NEWEST, RENAMED, CannotMigrateError, migrated

OLD = """\
# 村里的热线 / the village's line
ivr: 1
id: village
title: 村里的热线
languages: [zh]
start: hello
way_out: bye
nodes:
  # 先打招呼 / says hello first
  hello:
    kind: say
    text: 您好。
    bargeable: false   # 一定要听完 / must be heard out
    next: ask
  ask:
    kind: collect
    prompt: 请输入号码。
    flush: true
    save_as: number
    next: bye
  bye: {kind: hangup, text: 再见。}
"""


def menus_of(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "village.yaml").write_text(text, "utf-8")
    return folder


def test_an_old_menu_means_the_same_as_its_new_form(tmp_path: Path) -> None:
    old = load_menus(menus_of(tmp_path / "old", OLD))
    new = load_menus(menus_of(tmp_path / "new", migrated(OLD)))
    assert old == new
    assert old.trees["village"].nodes["hello"].interruptible is False  # type: ignore[union-attr]
    assert old.trees["village"].nodes["ask"].forget_early_keys is True  # type: ignore[union-attr]


def test_only_what_must_change_changes() -> None:
    before, after = OLD.splitlines(), migrated(OLD).splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [(old.split("#")[0].strip(), new.split("#")[0].strip()) for old, new in changed] == [
        ("ivr: 1", "ivr: 2"),
        ("bargeable: false", "interruptible: false"),
        ("flush: true", "forget_early_keys: true"),
    ]
    assert all(old.partition("#")[2] == new.partition("#")[2] for old, new in changed)


def test_what_is_new_stays_as_it_is() -> None:
    new = migrated(OLD)
    assert migrated(new) == new
    assert f"ivr: {NEWEST}" in new


@pytest.mark.parametrize(
    ("old", "wrong", "line", "column"),
    [
        ("bargeable: false", "bargeable: maybe", 13, 16),
        ("flush: true", "flush: 7", 18, 12),
        ("next: ask", "next: aks", 14, 11),
        ("bargeable: false", "bargeable: false\n    bargeable: true", 14, 5),
    ],
)
def test_errors_are_told_where_the_author_has_them(
    tmp_path: Path, old: str, wrong: str, line: int, column: int
) -> None:
    problems = check_menus(menus_of(tmp_path / "old", OLD.replace(old, wrong))).problems
    assert (line, column) in [(problem.line, problem.column) for problem in problems]


def test_an_old_key_in_a_new_menu_is_told_its_new_name(tmp_path: Path) -> None:
    text = OLD.replace("ivr: 1", "ivr: 2")
    problems = check_menus(menus_of(tmp_path / "old", text)).problems
    assert [str(problem.fix) for problem in problems if problem.code == "unknown_key"] == [
        f"现在写作 {new} / it is called {new}" for new in RENAMED.values()
    ]


def test_an_anchor_is_rewritten_once(tmp_path: Path) -> None:
    text = OLD.replace(
        "  bye: {",
        "  first: &manner\n    {kind: say, text: 嗯。, bargeable: false, next: bye}\n  again: *manner\n  bye: {",
    )
    new = migrated(text)
    assert new.count("interruptible") == 2
    assert load_menus(menus_of(tmp_path / "a", text)) == load_menus(menus_of(tmp_path / "b", new))


@pytest.mark.parametrize(
    "text", ["", "- a\n", "a: [\n", "id: x\n", "ivr: 99\n", "ivr: one\n", 'ivr: "1"\n', "ivr: [1]\n"]
)
def test_what_is_no_menu_of_a_known_version_is_left_alone(text: str) -> None:
    with pytest.raises(CannotMigrateError):
        migrated(text)


def test_every_version_has_its_migration() -> None:
    assert list(MIGRATIONS) == list(range(2, NEWEST + 1))


def test_files_are_rewritten(tmp_path: Path) -> None:
    folder = menus_of(tmp_path / "menus", OLD)
    (folder / "village.cases.yaml").write_text("rehearsals: 1\n", "utf-8")
    (folder / "broken.yaml").write_text("ivr: [\n", "utf-8")
    runner = CliRunner()
    assert runner.invoke(command, ["migrate", "--check", str(folder / "village.yaml")]).exit_code == 1
    assert (folder / "village.yaml").read_text("utf-8") == OLD
    result = runner.invoke(command, ["migrate", str(folder)])
    assert result.exit_code == 1 and "broken.yaml" in result.output
    assert (folder / "village.yaml").read_text("utf-8") == migrated(OLD)
    (folder / "broken.yaml").unlink()
    assert "都是最新的" in runner.invoke(command, ["migrate", str(folder)]).output


def test_the_shipped_menus_are_in_the_newest_version() -> None:
    for file in SHIPPED_TREES.glob("*.yaml"):
        if "." not in file.stem:
            assert migrated(file.read_text("utf-8")) == file.read_text("utf-8"), file
