"""`ivr ship` as a process."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.processes.child import EXIT_MISCONFIGURED
from ivr.storage.database import open_database, upgrade, writing
from ivr.storage.log import CallLog
from ivr.storage.shipper import shipping_alone
from tests.ivr.storage.made import lines_of, write_journal

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[3]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    processes: list[subprocess.Popen[str]] = []

    def start_shipper(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "ivr.cli", "ship", "--data", str(tmp_path), *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    yield start_shipper
    for process in processes:
        process.kill()
        process.communicate()


def calls_in(data: Path) -> list[str]:
    engine = open_database(f"sqlite:///{data / 'log' / 'calls.sqlite'}")
    log = CallLog(engine)
    calls = [call.id for call in log.recent()]
    log.close()
    return calls


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_ships_what_is_there_and_ends_well(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    process = start("--poll", "60")
    write_journal(tmp_path / "journal", lines_of("c1"))
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert calls_in(tmp_path) == ["c1"]


def test_a_second_shipper_waits_for_the_first(start: Start, tmp_path: Path) -> None:
    write_journal(tmp_path / "journal", lines_of("c1"))
    with shipping_alone(tmp_path / "journal") as alone:
        assert alone
        process = start("--poll", "0.05")
        assert process.stderr
        assert "another process ships" in process.stderr.readline()
        process.terminate()
        process.communicate(timeout=30)
        assert process.returncode == 0
        assert not (tmp_path / "log" / "calls.sqlite").stat().st_size
    process = start()
    process.terminate()
    process.communicate(timeout=30)
    assert calls_in(tmp_path) == ["c1"]


def test_a_database_of_a_newer_program_is_no_reason_to_start_again(start: Start, tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'log' / 'calls.sqlite'}")
    upgrade(engine)
    with writing(engine).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    process = start()
    _, said = process.communicate(timeout=30)
    assert process.returncode == EXIT_MISCONFIGURED
    assert "upgrade the program" in said


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////proc/none/calls.sqlite"])
def test_a_database_that_cannot_be_is_said_at_once(tmp_path: Path, url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ivr.cli", "ship", "--data", str(tmp_path), "--database", url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == EXIT_MISCONFIGURED
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
