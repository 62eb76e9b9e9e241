"""`ivr menus test`: what authors see, what programs get, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from click.testing import CliRunner, Result

from ivr.commands.menus import command
from tests.ivr.rehearsal.made import write

GOOD = '- {name: 好的, steps: [{press: "1"}, {hear: 请输入号码}]}\n'
BAD = "- {name: 坏的, steps: [{hear: 没有这句话}]}\n"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(command, ["test", *map(str, arguments)])


def test_what_passes(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    result = invoke(tmp_path)
    assert result.exit_code == 0
    assert "✓ 好的" in result.output
    assert "1 次排练，0 次不对" in result.output
    assert "没走到 not reached: village.ask [0]、village.ask [silence]" in result.output


def test_what_fails_is_shown_with_its_line_and_the_whole_call(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD + BAD)
    line = len(file.read_text("utf-8").splitlines())
    result = invoke(tmp_path)
    assert result.exit_code == 1
    assert f"{file}:{line}: 应当听到“没有这句话”" in result.output
    assert "0:00.0    “您好，请问您要办什么事？”" in result.output


def test_a_file_that_is_wrong_fails(tmp_path: Path) -> None:
    write(tmp_path, "- {name: x, stepps: []}\n")
    result = invoke(tmp_path)
    assert result.exit_code == 1
    assert "[unknown_key]" in result.output


def test_menus_that_are_wrong_are_not_rehearsed(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    tree = file.with_name("village.yaml")
    tree.write_text(tree.read_text("utf-8").replace("next: bye", "next: bey"), "utf-8")
    result = invoke(tmp_path)
    assert result.exit_code == 1
    assert "unknown_node" in result.output


def test_a_rehearsal_of_a_tree_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    file.write_text(file.read_text("utf-8").replace("tree: village", "tree: vilage"), "utf-8")
    result = invoke(tmp_path)
    assert result.exit_code == 1
    assert "village" in result.output and "unknown_tree" in result.output


def test_the_least_coverage_is_enforced(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    assert invoke(tmp_path, "--least", 10).exit_code == 0
    assert invoke(tmp_path, "--least", 90).exit_code == 1


def test_no_rehearsals_at_all_is_no_success(tmp_path: Path) -> None:
    write(tmp_path, GOOD).unlink()
    assert invoke(tmp_path).exit_code == 1


def test_programs_get_json_and_junit(tmp_path: Path) -> None:
    write(tmp_path, GOOD + BAD)
    answer = json.loads(invoke(tmp_path, "--json", "--junit", tmp_path / "out.xml").stdout)
    assert [(case["name"], case["passed"]) for case in answer["cases"]] == [("好的", True), ("坏的", False)]
    assert "village.ask [0]" in answer["coverage"]["missing"]
    cases = ElementTree.parse(tmp_path / "out.xml").getroot().findall("testsuite/testcase")
    assert [case.find("failure") is None for case in cases] == [True, False]


def test_what_was_heard_is_agreed_to(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    assert invoke(tmp_path, "--update").exit_code == 0
    golden = tmp_path / "village.heard.txt"
    assert "## 好的" in golden.read_text("utf-8")
    assert invoke(tmp_path).exit_code == 0
    tree = file.with_name("village.yaml")
    tree.write_text(tree.read_text("utf-8").replace("您好，请问", "您好啊，请问"), "utf-8")
    changed = invoke(tmp_path)
    assert changed.exit_code == 1
    assert "+" in changed.output and "您好啊" in changed.output
    assert invoke(tmp_path, "--update").exit_code == 0
    assert invoke(tmp_path).exit_code == 0


def test_the_shipped_menus_are_rehearsed_by_themselves() -> None:
    result = invoke("--least", 95)
    assert result.exit_code == 0, result.output
