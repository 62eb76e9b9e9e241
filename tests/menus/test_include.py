"""Fragments that several trees share: what they may hold, and where what is wrong with them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from menus.loader import CheckedMenus, check_menus
from tests.menus.small import codes, small

PART = """\
nodes:
  person: {kind: transfer, target: operator, next: bye, busy: bye, no_answer: bye, failed: bye}
  bye: {kind: hangup, text: 再见。}
hours:
  office: {weekly: {mon-fri: ["09:00-12:00"]}}
"""
TREE = """\
ivr: 1
id: small
title: 测试
languages: [zh]
include: [common.part.yaml]
start: ask
way_out: person
nodes:
  ask:
    kind: menu
    prompt: '请问您要办什么事？{office.until:time}'
    options:
      - {keys: "1", label: 办事, next: bye}
"""


def check(folder: Path, tree: str = TREE, **parts: str) -> CheckedMenus:
    (folder / "small.yaml").write_text(tree, "utf-8")
    for name, text in (parts or {"common": PART}).items():
        (folder / f"{name}.part.yaml").write_text(text, "utf-8")
    return check_menus(folder)


def test_what_is_included_is_there(tmp_path: Path) -> None:
    checked = check(tmp_path)
    assert codes(checked) == [] and checked.menus is not None
    tree = checked.menus.trees["small"]
    assert set(checked.menus.trees) == {"small"}, "a fragment is no tree"
    assert set(tree.nodes) == {"ask", "person", "bye"} and "office" in tree.hours


def test_what_the_tree_writes_itself_comes_first(tmp_path: Path) -> None:
    checked = check(tmp_path, TREE + "  bye: {kind: hangup, text: 谢谢来电。}\n")
    assert checked.menus is not None
    assert checked.menus.trees["small"].nodes["bye"].model_dump()["text"] == {"zh": "谢谢来电。"}


@pytest.mark.parametrize(
    ("part", "code", "line"),
    [
        (PART.replace("text: 再见。", "txet: 再见。"), "unknown_key", 3),
        (PART.replace("failed: bye}", "failed: away}"), "unknown_node", 2),
        (PART.replace("再见。", "'{再见'"), "wrong_template", 3),
        (PART.replace("09:00-12:00", "nine"), "wrong_value", 5),
        (PART + "title: 片段\n", "wrong_part", 6),
        (PART + "include: [other.part.yaml]\n", "wrong_part", 6),
        (PART + "nodes: {}\n", "duplicate_key", 6),
        ("nodes: [\n", "yaml_syntax", 2),
        ("- 1\n", "wrong_part", 1),
    ],
)
def test_what_is_wrong_in_a_fragment_is_told_there(tmp_path: Path, part: str, code: str, line: int) -> None:
    problems = check(tmp_path, common=part).problems
    told = next(problem for problem in problems if problem.code == code)
    assert (Path(told.file).name, told.line) == ("common.part.yaml", line)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("missing.part.yaml", "include_not_found"),
        ("../common.part.yaml", "wrong_include"),
        ("/etc/common.part.yaml", "wrong_include"),
        ("small.yaml", "wrong_include"),
        ("a\\\\b.part.yaml", "wrong_include"),
    ],
)
def test_what_cannot_be_included(tmp_path: Path, name: str, code: str) -> None:
    checked = check(tmp_path, TREE.replace("common.part.yaml", f'"{name}"'))
    assert checked.menus is None
    told = next(problem for problem in checked.problems if problem.code == code)
    assert (Path(told.file).name, told.line) == ("small.yaml", 5)


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside.part.yaml", tmp_path / "menus"
    outside.write_text(PART, "utf-8")
    folder.mkdir()
    (folder / "common.part.yaml").symlink_to(outside)
    (folder / "small.yaml").write_text(TREE, "utf-8")
    assert "wrong_include" in codes(check_menus(folder))


def test_the_same_name_in_two_fragments_is_told(tmp_path: Path) -> None:
    tree = TREE.replace("[common.part.yaml]", "[common.part.yaml, other.part.yaml]")
    assert "included_twice" in codes(check(tmp_path, tree, common=PART, other=PART))


def test_trees_without_includes_are_as_before(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(small(), "utf-8")
    assert codes(check_menus(tmp_path)) == []
