"""The line breaks, and the caller calls again: in a rehearsal, by hand, and saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.commands.menus import command
from ivr.rehearsal.report import rehearse
from menus.loader import load_menus
from tests.ivr.rehearsal.made import TREE, write

#: Five minutes to come back; the number is private and is asked for again.
RESUMABLE = TREE.replace("way_out: person", "way_out: person\nresumable: 5min").replace(
    "kind: collect, prompt", "kind: collect, sensitive: true, prompt"
)
FOUND = '{press: "1 2026"}, {hear: 正在审核}'
PASSING = {
    "the offer, and on": '[{press: "1"}, {hear: 请输入号码}, lose_line, {redial: 3min}, '
    '{hear: [刚才电话断了, 接着听], within: 8s}, {press: "1"}, {hear: 请输入号码}]',
    "what is private is asked for again": f"[{FOUND}, lose_line, {{redial: 3min}}, "
    '{press: "1"}, {never_hear: 正在审核}, {hear: 请输入号码}, {press: "2026"}, {hear: 正在审核}]',
    "from the beginning": f'[{FOUND}, lose_line, {{redial: 3min}}, {{press: "2"}}, {{hear: 您要办什么事}}]',
    "too late": f"[{FOUND}, lose_line, {{redial: 6min}}, {{never_hear: 刚才电话断了}}, {{hear: 您好}}]",
    "twice": f'[{FOUND}, lose_line, {{redial: 1min}}, {{press: "1 2026"}}, lose_line, {{redial: 1min}}, '
    "{hear: 刚才电话断了}]",
    "who hung up is not asked": f"[{FOUND}, hang_up, {{redial: 1min}}, {{never_hear: 刚才电话断了}}]",
    "nothing was begun": "[{hear: 您好}, lose_line, {redial: 1min}, {never_hear: 刚才电话断了}]",
}
FAILING = {
    "the offer that does not come": (f"[{FOUND}, hang_up, {{redial: 1min}}, {{hear: 刚才电话断了}}]", "应当听到"),
    "a call that is still going on": ("[{redial: 1min}]", "通话还没有结束"),
    "a line that is gone": ("[lose_line, lose_line]", "通话已经结束"),
}


def why(folder: Path, steps: str, more: str = "") -> str:
    """Why a case of the resumable village fails; empty if it passes."""
    write(folder, f"- {{name: x, steps: {steps}{more}}}\n", RESUMABLE)
    report = rehearse(load_menus(folder), [folder])
    return "\n".join(problem.text for problem in report.problems)


@pytest.mark.parametrize("steps", PASSING.values(), ids=PASSING)
def test_passes(tmp_path: Path, steps: str) -> None:
    assert why(tmp_path, steps) == ""


@pytest.mark.parametrize(("steps", "told"), FAILING.values(), ids=FAILING)
def test_fails_and_says_why(tmp_path: Path, steps: str, told: str) -> None:
    assert told in why(tmp_path, steps)


def test_the_end_and_its_time_are_those_of_the_last_call(tmp_path: Path) -> None:
    steps = f'[{FOUND}, lose_line, {{redial: 3min}}, {{press: "1 2026"}}]'
    assert why(tmp_path, steps, ", ends: {by: menu, within: 1min}") == ""
    assert "应当由 line 结束" in why(tmp_path, steps, ", ends: line")
    assert why(tmp_path, f"[{FOUND}, lose_line]", ", ends: {by: line, reason: media_timeout}") == ""


def test_the_question_whether_to_go_on_covers_no_node(tmp_path: Path) -> None:
    write(tmp_path, f"- {{name: x, steps: [{FOUND}, lose_line, {{redial: 1min}}, {{silence: 2}}]}}\n", RESUMABLE)
    coverage = rehearse(load_menus(tmp_path), [tmp_path]).coverage
    assert not any((item.node, item.what) == ("ask", "silence") for item in coverage.seen)


def test_by_hand_and_saved(tmp_path: Path) -> None:
    write(tmp_path, "- {name: x, steps: [hang_up]}\n", RESUMABLE)
    lines = "1\n/redial 5\n/lose_line\n/redial 180\n1 2026\n"
    saved = tmp_path / "other.cases.yaml"
    arguments = ["try", str(tmp_path / "village.yaml"), "--save", str(saved)]
    shown = CliRunner().invoke(command, arguments, input=lines).output
    assert "通话还没有结束" in shown
    for line in ("ended: line", "kept: village.number, 5 min", "calls again, 180 s", "刚才电话断了", "正在审核"):
        assert line in shown, line
    assert "- lose_line" in saved.read_text("utf-8") and "redial: " in saved.read_text("utf-8")
    tested = CliRunner().invoke(command, ["test", str(tmp_path / "village.yaml"), str(saved)])
    assert tested.exit_code == 0, tested.output
