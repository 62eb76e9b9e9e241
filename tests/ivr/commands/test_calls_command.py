"""`ivr calls`: what operators see, and what programs get."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backend_client.outbox.writer import OutboxWriter
from backend_client.tracing import trace_id
from ivr.cli import main
from ivr.config import DataFolder
from ivr.storage.database import open_database, upgrade, writing
from ivr.storage.projector import OUTCOMES
from tests.ivr.storage.made import CASE_STATUS, START, fact, leave, lines_of, offered, write_journal

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_journal(tmp_path / "journal", lines_of("aa11-1111", start=START))
    write_journal(
        tmp_path / "journal",
        lines_of("aa12-2222", CASE_STATUS[:6], start=START + timedelta(hours=1)),
        run="line2.20261122T020000000000Z.1",
    )
    return tmp_path


@pytest.fixture
def run(data: Path) -> Iterator[Run]:
    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["calls", *arguments, "--data", str(data)])

    yield run_command


class TestTrace:
    @pytest.fixture
    def told(self, data: Path) -> Path:
        folder = DataFolder(data)
        folder.log.mkdir(exist_ok=True)
        moment = f"{START.astimezone():%Y-%m-%d %H:%M:%S},500"
        (folder.log / "gateway.log").write_text(
            f"{moment} INFO ivr.processes.child: speech: {moment} INFO speech.turn: call aa11-1111: turn 3 heard\n"
            f"{moment} INFO ivr.processes.child: speech: {moment} INFO speech.turn: call aa12-2222: turn 1 heard\n",
            "utf-8",
        )
        writer = OutboxWriter(folder.outbox, 0, lambda: START + timedelta(seconds=20))
        writer.leave("rating", {"mark": 5}, [], "aa11-1111")
        return data

    def test_one_line_of_time_through_all_processes(self, run: Run, told: Path) -> None:
        facts = json.loads(run("trace", "aa11", "--json").stdout)
        assert facts["call"] == "aa11-1111" and facts["trace_id"] == trace_id("aa11-1111")
        traces = facts["traces"]
        assert [trace["at"] for trace in traces] == sorted(trace["at"] for trace in traces)
        assert {trace["process"] for trace in traces} == {"journal", "speech", "outbox"}
        assert traces[0]["what"] == "offered"
        assert "turn 3 heard" in str(traces) and "turn 1" not in str(traces)

    def test_as_a_table(self, run: Run, told: Path) -> None:
        shown = run("trace", "aa11").stdout
        assert "speech" in shown and "outbox" in shown and trace_id("aa11-1111") in shown

    def test_what_was_said_is_not_in_it(self, run: Run, told: Path) -> None:
        said = [one for one in json.loads(run("trace", "aa11", "--json").stdout)["traces"] if one["what"] == "said"]
        assert said and not any(re.search("[\u4e00-\u9fff]{6}", one["text"]) for one in said)


class TestList:
    def test_the_latest_first_shipped_on_the_way(self, run: Run) -> None:
        result = run("list")
        assert result.exit_code == 0, result.output
        lines = result.stdout.splitlines()
        assert lines[1].split()[0] == "aa12-2222"
        assert "中断 lost" in lines[1]
        assert "gateway/worker_lost" in lines[1]
        assert lines[2].split()[0] == "aa11-1111"
        assert "139****5678" in lines[2]
        assert "已答复 served" in lines[2]
        assert "0:23" in lines[2]

    def test_for_programs(self, run: Run) -> None:
        calls = json.loads(run("list", "--json").stdout)
        assert [call["id"] for call in calls] == ["aa12-2222", "aa11-1111"]
        assert calls[1]["started_at"] == "2026-11-22T02:00:00+00:00"
        assert calls[1]["key_source"] == "rfc4733,sip_info"
        assert "caller_sealed" not in calls[1]

    @pytest.mark.parametrize(
        ("options", "ids"),
        [
            (["--outcome", "served"], ["aa11-1111"]),
            (["--outcome", "running"], []),
            (["--since", "2026-11-22T02:30:00+00:00"], ["aa12-2222"]),
            (["--caller-hash", "0123456789abcdef", "--limit", "1"], ["aa12-2222"]),
            (["--caller-hash", "none"], []),
        ],
    )
    def test_filters(self, run: Run, options: list[str], ids: list[str]) -> None:
        assert [call["id"] for call in json.loads(run("list", "--json", *options).stdout)] == ids

    @pytest.mark.parametrize("since", ["30min", "2h", "7d", "2026-11-22", "2026-11-22T08:00"])
    def test_since_takes_spans_and_dates(self, run: Run, since: str) -> None:
        assert run("list", "--since", since).exit_code == 0

    @pytest.mark.parametrize("since", ["2", "2y", "yesterday", "2026-13-01", "999999d"])
    def test_since_says_what_it_takes(self, run: Run, since: str) -> None:
        result = run("list", "--since", since)
        assert result.exit_code == 2
        assert "30min, 2h, 7d" in result.output

    def test_no_calls(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(main, ["calls", "list", "--data", str(tmp_path / "new")])
        assert result.exit_code == 0
        assert "no calls" in result.stdout

    def test_every_outcome_has_a_label(self) -> None:
        from ivr.commands.call_tables import _OUTCOMES

        assert tuple(_OUTCOMES) == OUTCOMES


class TestShow:
    def test_the_time_line(self, run: Run) -> None:
        result = run("show", "aa11")
        assert result.exit_code == 0, result.output
        told = [line.rstrip() for line in result.stdout.splitlines()]
        start = told.index("") + 1
        assert told[start:] == [
            "0:00.0  来电 offered    139****5678 → 12345  baresip",
            "0:00.1  接通 answered",
            "0:00.1  步骤 step       1. hotline/welcome  say zh",
            "0:00.1  播放 said       您好，这里是政务服务热线。  2.0 s, 首音 first sound 8 ms",
            "0:02.1  步骤 step       2. hotline/main  menu zh",
            "0:02.1  播放 said       查询办件进度，请按 1。  3.0/6.0 s, 被按键打断 cut by a key, 首音 first sound 3 ms",
            "0:05.1  按键 input      9  invalid, rfc4733, 第 1 次 attempt 1",
            "0:05.2  播放 said       没有这个选项。  "
            "2.4/3.0 s, 被按键打断 cut by a key, 首音 first sound 8 ms, reprompt",
            "0:07.6  按键 input      1 → 办件进度  match, rfc4733, 第 2 次 attempt 2",
            "0:07.6  步骤 step       3. hotline/case_number  collect zh",
            "0:16.0  无输入 silence  —  第 1 次 attempt 1",
            "0:20.0  按键 input      ••••  match, sip_info, 第 2 次 attempt 2",
            "0:20.0  步骤 step       4. hotline/ask  query zh",
            "0:20.0  后台 backend    case_status  ok, 250 ms",
            "0:20.2  步骤 step       5. hotline/tell  say zh",
            "0:20.4  播放 said       您的申请正在办理。  "
            "2.6 s, 挂断 cut by hang-up, 首音 first sound 8 ms, 迟到 late 1",
            "0:23.0  结束 ended      来电人挂断 caller: bye  SIP 200",
        ]

    def test_what_is_known_of_the_call(self, run: Run) -> None:
        told = run("show", "aa11").stdout
        for words in (
            "aa11-1111",
            "139****5678",
            "hotline  abc123abc123",
            "丢包 loss 1.0%",
            "共 in all 250 ms",
            "line1",
        ):
            assert words in told

    def test_a_transfer(self, run: Run, data: Path) -> None:
        script = [(0.0, [offered()]), (9.0, [fact("transfer", step=1, target="operator", outcome="busy", ms=4000)])]
        lines = lines_of("bb", script)
        write_journal(data / "journal", lines, run="line3.20261122T020000000000Z.1")
        assert "0:05.0  转接 transfer  operator  busy, 4000 ms" in run("show", "bb").stdout

    def test_last(self, run: Run) -> None:
        assert "aa12-2222" in run("show", "last").stdout

    def test_for_programs(self, run: Run) -> None:
        shown = json.loads(run("show", "aa11-1111", "--json").stdout)
        assert shown["call"]["outcome"] == "served"
        assert [step["node"] for step in shown["steps"]] == ["welcome", "main", "case_number", "ask", "tell"]
        assert shown["steps"][1]["moments"][0]["what"] == "input"

    def test_none_or_several(self, run: Run) -> None:
        for prefix, words in (("zz", "no such call"), ("aa1", "aa12-2222, aa11-1111")):
            result = run("show", prefix)
            assert result.exit_code == 1
            assert words in result.output

    def test_what_a_caller_sends_does_not_steer_the_terminal(self, run: Run, data: Path) -> None:
        evil = fact(
            "offered", user_agent="\x1b[31m\x07[bold]evil\r\n", caller_masked="[red]1\x1b]0;x\x07", dialled="1\n2"
        )
        write_journal(data / "journal", lines_of("cc", [(0.0, [evil])]), run="line3.20261122T020000000000Z.1")
        for told in (run("show", "cc").stdout, run("list").stdout):
            assert not any(ord(char) < 32 and char != "\n" for char in told)
            assert "[red]1" in told
        assert "[bold]evil" in run("show", "cc").stdout


class TestFailures:
    def test_a_database_that_is_no_database(self, run: Run, data: Path) -> None:
        (data / "log").mkdir()
        (data / "log" / "calls.sqlite").write_bytes(b"rubbish" * 1000)
        result = run("list")
        assert result.exit_code == 1
        assert "cannot be read" in result.output
        assert "Traceback" not in result.output

    def test_a_database_of_a_newer_program(self, run: Run, data: Path) -> None:
        engine = open_database(f"sqlite:///{data / 'log' / 'calls.sqlite'}")
        upgrade(engine)
        with writing(engine).begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        engine.dispose()
        result = run("list")
        assert result.exit_code == 1
        assert "upgrade the program" in result.output

    def test_a_data_folder_that_cannot_be(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        result = CliRunner().invoke(main, ["calls", "list", "--data", str(tmp_path / "file" / "x")])
        assert result.exit_code == 1
        assert "Traceback" not in result.output

    def test_the_database_of_the_settings(self, data: Path, tmp_path: Path) -> None:
        settings = tmp_path / "gateway.yaml"
        settings.write_text(f"log: {{database: 'sqlite:///{tmp_path / 'other.sqlite'}'}}")
        arguments = ["calls", "list", "--data", str(data), "--settings", str(settings), "--json"]
        assert len(json.loads(CliRunner().invoke(main, arguments).stdout)) == 2
        assert (tmp_path / "other.sqlite").exists()

    def test_another_database_by_its_url(self, data: Path, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
        result = CliRunner().invoke(main, ["calls", "list", "--data", str(data), "--database", url, "--json"])
        assert len(json.loads(result.stdout)) == 2
        assert not (data / "log").exists()


class TestToCase:
    def test_a_call_becomes_a_rehearsal(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "hotline.cases.yaml"
        result = run("to-case", "aa11", "--save", str(file), "--name", "一次来电")
        assert "已存到 saved" in result.output
        text = file.read_text("utf-8")
        assert "name: 一次来电" in text
        assert "20260001" not in text

    def test_it_is_printed_by_default(self, run: Run) -> None:
        assert run("to-case", "aa11").stdout.startswith("rehearsals: 1\n")

    def test_without_a_journal_it_is_told(self, run: Run, data: Path) -> None:
        assert run("list").exit_code == 0
        for file in (data / "journal").iterdir():
            file.unlink()
        result = run("to-case", "aa11")
        assert result.exit_code == 1
        assert "流水已经删除" in result.output

    def test_a_call_that_is_not_there_is_told(self, run: Run) -> None:
        assert "没有这次通话" in run("to-case", "zz").output


def test_what_a_caller_left_is_in_the_time_line(run: Run, data: Path) -> None:
    left = [*leave("appeal", 9), *leave("callback", 10, status="disk")]
    script = [*CASE_STATUS[:-3], (22.0, left), *CASE_STATUS[-3:]]
    lines = lines_of("bb11-3333", script, start=START + timedelta(hours=2))
    write_journal(data / "journal", lines, run="line3.20261122T020000000000Z.1")
    shown = run("show", "bb11").stdout
    assert re.search(r"留下 left +appeal +6326100010", shown)
    assert re.search(r"留下 left +callback +disk", shown)
