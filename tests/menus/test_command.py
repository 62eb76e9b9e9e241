"""`ivr menus check`: what authors see, what programs get, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from ivr.commands.menus import command
from tests.menus.small import SMALL


def test_the_shipped_trees_are_checked_by_themselves() -> None:
    result = CliRunner().invoke(command, ["check"])
    assert result.exit_code == 0
    assert "case_status、hotline" in result.output


def test_an_error_is_told_and_ends_with_one(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL.replace("next: bye}", "next: bey}", 1), "utf-8")
    result = CliRunner().invoke(command, ["check", str(tmp_path)])
    assert result.exit_code == 1
    assert "small.yaml:12:38: 错误 error [unknown_node]" in result.output
    assert "您是不是想写 bye？" in result.output


def test_warnings_alone_end_with_nought(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL + "  lonely: {kind: hangup}\n", "utf-8")
    result = CliRunner().invoke(command, ["check", str(tmp_path / "small.yaml")])
    assert result.exit_code == 0
    assert "提醒 warning [unreachable_node]" in result.output


def test_programs_get_json(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL + "  lonely: {kind: hangup}\n", "utf-8")
    answer = json.loads(CliRunner().invoke(command, ["check", "--json", str(tmp_path)]).output)
    assert answer["trees"] == ["small"]
    assert len(answer["revision"]) == 12
    (problem,) = answer["problems"]
    assert (problem["code"], problem["severity"], problem["line"]) == ("unreachable_node", "warning", 15)
    assert problem["what"]["en"] == "nothing leads to the node 'lonely'"


def test_what_is_not_there_is_told_without_a_trace(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["check", str(tmp_path / "none"), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.output)["revision"] is None
