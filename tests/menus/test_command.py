"""`ivr menus check`: what authors see, what programs get, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from ivr.commands.menus import command
from tests.menus.small import SMALL
from tests.speech.recognisers.test_dictionary import put_dictionary


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


LONELY = "  # ivr: allow unreachable_node 因为还没写完\n  lonely: {kind: hangup}\n  other: {kind: hangup}\n"


def told(tmp_path: Path, *options: str) -> str:
    (tmp_path / "small.yaml").write_text(SMALL + LONELY, "utf-8")
    return CliRunner().invoke(command, ["check", str(tmp_path), *options]).output


def test_what_is_allowed_is_counted_and_told_to_programs(tmp_path: Path) -> None:
    assert "有意这样写的 allowed: 1" in told(tmp_path)
    (allowed,) = json.loads(told(tmp_path, "--json"))["allowed"]
    assert (allowed["line"], allowed["reason"]) == (16, "因为还没写完")


def test_sarif_has_rules_places_and_suppressions(tmp_path: Path) -> None:
    (run,) = json.loads(told(tmp_path, "--format", "sarif"))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "unreachable_node"
    assert rule["helpUri"].endswith("/docs/checks/reachable.md#unreachable_node")
    kept, suppressed = run["results"]
    assert kept["level"] == "warning"
    (location,) = kept["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 17, "startColumn": 3}
    assert location["physicalLocation"]["artifactLocation"]["uri"].endswith("small.yaml")
    assert "suppressions" not in kept
    assert suppressed["suppressions"] == [{"kind": "inSource", "justification": "因为还没写完"}]


def test_github_gets_one_line_for_each_problem(tmp_path: Path) -> None:
    (line,) = told(tmp_path, "--format", "github").splitlines()
    assert line.startswith("::warning file=")
    assert ",title=unreachable_node,line=17,col=3::" in line
    assert "%0A改法 fix: " in line


def test_strictly_a_warning_fails(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL + "  lonely: {kind: hangup}\n", "utf-8")
    assert CliRunner().invoke(command, ["check", str(tmp_path), "--strict"]).exit_code == 1


def test_the_contract_of_the_backend_is_known(tmp_path: Path) -> None:
    query = """\
      - {keys: "2", label: 查办件, next: look}
  look:
    kind: query
    operation: get_case
    arguments: {nubmer: "'20260001'"}
    save_as: case
    next: tell
    not_found: bye
    failed: bye
  tell: {kind: say, text: "{case.stauts_text}，{case.missing_documents.0}", next: bye}
"""
    text = SMALL.replace("  person:", query + "  person:")
    (tmp_path / "small.yaml").write_text(text, "utf-8")
    output = CliRunner().invoke(command, ["check", str(tmp_path), "--json"]).output
    codes = {problem["code"] for problem in json.loads(output)["problems"]}
    assert codes == {"unknown_argument", "missing_argument", "unknown_field"}


def test_words_are_compared_with_the_vocabulary_of_the_installed_model(tmp_path: Path) -> None:
    option = "phrases: {ko: [연금 보험, 돌아가기]}, next: bye}"
    (tmp_path / "small.yaml").write_text(SMALL.replace("next: bye}", option, 1), "utf-8")
    put_dictionary(tmp_path / "data" / "models", ["연금", "보험"])
    arguments = ["check", str(tmp_path / "small.yaml"), "--data", str(tmp_path / "data")]
    output = CliRunner().invoke(command, arguments).output
    assert "识别不认识：돌아가기" in output
    assert "연금" not in output.partition("识别不认识")[2].partition("\n")[0]
    answer = json.loads(CliRunner().invoke(command, [*arguments, "--json"]).output)
    assert [problem["code"] for problem in answer["problems"]].count("unknown_word") == 1
    # Of Chinese no model is installed: nothing is told of it but that.
    (note,) = answer["notes"]
    assert "(zh)" in note and "ivr models install vosk-small-zh" in note
    assert note in output


def test_without_speech_nobody_asks_for_a_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, "utf-8")
    (tmp_path / "gateway.yaml").write_text("hearing: {enabled: false}\n", "utf-8")
    settings = ["--settings", str(tmp_path / "gateway.yaml"), "--data", str(tmp_path)]
    answer = CliRunner().invoke(command, ["check", str(tmp_path / "small.yaml"), "--json", *settings]).output
    assert json.loads(answer)["notes"] == []
