"""`ivr menus try`: typed lines become a call, and the call becomes a rehearsal."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from twisted.internet.task import Clock

from ivr.commands.menus import command
from ivr.flow.engine import Engine
from ivr.rehearsal.backend import FakeAnswer, FakeBackend, ScriptedAnswers
from ivr.rehearsal.call import MONDAY_MORNING, VirtualCall
from ivr.rehearsal.report import rehearse
from ivr.rehearsal.sound import VirtualVoice
from ivr.rehearsal.trial import Trial
from ivr.rehearsal.written import save
from menus.loader import load_menus
from speech.spoken import Speaker
from tests.ivr.rehearsal.made import write

GOOD = "- {name: x, steps: [hang_up]}\n"


def attempt(folder: Path, *lines: str, more: tuple[str, ...] = ()) -> Result:
    """Try the village with these lines."""
    write(folder, GOOD)
    arguments = ["try", str(folder / "village.yaml"), *more]
    return CliRunner().invoke(command, arguments, input="".join(f"{line}\n" for line in lines))


def test_what_is_said_and_where_and_when_is_shown(tmp_path: Path) -> None:
    result = attempt(tmp_path, "1", "2026")
    assert result.exit_code == 0, result.output
    for shown in (
        " 0:00.0  · village.ask (menu)",
        " 0:00.0    “您好，请问您要办什么事？”",
        "> 按 press 1",
        "? 后台 backend get_case(number='2026')",
        "! 后台 backend get_case: ok, 300 ms",
        "“您的事，",
        "■ 结束 ended: menu (completed)",
    ):
        assert shown in result.output, shown


def test_timers_fire_on_the_virtual_clock(tmp_path: Path) -> None:
    result = attempt(tmp_path, "/silence 2", "/wait 5")
    assert result.output.count("(first_input 8 s)") == 2
    assert "我慢慢说一遍" in result.output


def test_a_key_interrupts_when_the_last_one_did_not_hear_out(tmp_path: Path) -> None:
    heard = attempt(tmp_path, "1", "2026").output
    cut = attempt(tmp_path, "1!", "2026").output
    assert "打断 cut" not in heard
    assert "打断 cut" in cut


def test_the_backend_is_arranged(tmp_path: Path) -> None:
    assert "没有这个号码" in attempt(tmp_path, "/backend get_case not_found", "1 2026").output
    assert "现在查不了" in attempt(tmp_path, "/backend get_case timeout, good", "1 2026").output
    assert "办好啦" in attempt(tmp_path, '/backend get_case {"status_text": "办好啦"}', "1 2026").output
    listed = attempt(tmp_path, "/backend").output
    assert "get_case: good" in listed and "not_found" in listed


def test_callers_speak(tmp_path: Path) -> None:
    assert "village.number" in attempt(tmp_path, '"查办件"').output
    doubted = attempt(tmp_path, "“查办件”?", '"是的"').output
    assert "您是说" in doubted and "village.number" in doubted
    assert "听不懂说话" in attempt(tmp_path, '"查办件"', more=("--keys-only",)).output


def test_variables_are_shown(tmp_path: Path) -> None:
    assert 'case_number = "2026"' in attempt(tmp_path, "/backend get_case not_found", "1 2026", "/vars").output


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/silense", "silence"),
        ("hello", "/help"),
        ("/wait soon", "/wait 8"),
        ("/backend get_case god", "good"),
        ("/backend get_case {x", "JSON"),
        ("/help", "/hangup"),
    ],
)
def test_a_line_that_means_nothing_is_told(tmp_path: Path, line: str, told: str) -> None:
    result = attempt(tmp_path, line)
    assert result.exit_code == 0
    assert told in result.output


def test_a_question_without_an_answer_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    write(tmp_path / "x", GOOD).unlink()
    tree = str(tmp_path / "x" / "village.yaml")
    result = CliRunner().invoke(command, ["try", tree], input="1 2026\n")
    assert "没有准备好的回答" in result.output


def test_what_was_done_is_saved_and_passes(tmp_path: Path) -> None:
    file = tmp_path / "village.cases.yaml"
    done = attempt(tmp_path, "/silence", "1!", "2026", more=("--save", str(file), "--name", "查一次: 好"))
    assert done.exit_code == 0, done.output
    assert file.read_text("utf-8").startswith("rehearsals: 1")
    assert "get_case: good" in file.read_text("utf-8")
    tested = CliRunner().invoke(command, ["test", str(tmp_path)])
    assert tested.exit_code == 0, tested.output
    assert "✓ 查一次: 好" in tested.output


def test_a_new_file_is_begun_with_the_answers_themselves(tmp_path: Path) -> None:
    file = tmp_path / "other.cases.yaml"
    attempt(tmp_path, "/backend get_case good, timeout", "1 2026", more=("--save", str(file)))
    assert "{data: {status_text: 正在审核" in file.read_text("utf-8")
    assert CliRunner().invoke(command, ["test", str(tmp_path / "village.yaml"), str(file)]).exit_code == 0


def test_a_file_of_another_tree_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.cases.yaml"
    file.write_text("rehearsals: 1\ntree: other\ncases: [{name: x, steps: [hang_up]}]\n", "utf-8")
    result = attempt(tmp_path, "1", more=("--save", str(file)))
    assert result.exit_code == 1
    assert "other" in result.output
    assert "village" not in file.read_text("utf-8")


def test_the_end_of_the_input_hangs_up(tmp_path: Path) -> None:
    assert "结束 ended: caller (hangup)" in attempt(tmp_path).output


def test_a_tree_that_is_not_there_is_told(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    result = CliRunner().invoke(command, ["try", str(tmp_path / "vilage.yaml")])
    assert result.exit_code == 2
    assert "village" in result.output


def test_the_shipped_hotline_is_tried_by_itself() -> None:
    result = CliRunner().invoke(command, ["try"], input="1 20260001\n/hangup\n")
    assert result.exit_code == 0
    assert "高龄补贴" in result.output


def test_what_a_live_backend_answered_is_saved_and_names_nobody(tmp_path: Path) -> None:
    """The village is asked for a case by its number; the live backend knows whose it is."""
    write(tmp_path, GOOD)
    menus = load_menus(tmp_path)
    real = {"status": "in_review", "status_text": "王小明的补贴正在审核", "expected_on": "2026-12-05"}
    answers = ScriptedAnswers({"get_case": [FakeAnswer(real), FakeAnswer(fails="timeout"), FakeAnswer(None)]})

    def live(clock: Clock) -> FakeBackend:
        return FakeBackend(clock, answers, lambda operation, arguments: None)

    voice = VirtualVoice(tmp_path, Speaker())
    call = VirtualCall(Engine(menus, "village"), voice, answers, live=live)
    trial = Trial(call, None, {}, lambda line: None)
    trial.obey("1 20269876")
    trial.end()
    saved = tmp_path / "live.cases.yaml"
    save(saved, "village", trial.written("真的后台", MONDAY_MORNING))
    text = saved.read_text("utf-8")
    for private in ("20269876", "2026987", "王小明"):
        assert private not in text
    assert "in_review" in text and "2026-12-05" in text and "reach: village.number" in text
    assert rehearse(menus, [saved]).passed
