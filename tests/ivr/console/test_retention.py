"""What is too old is deleted, really and with a trace; what is on hold stays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError
from pytest import raises
from sqlalchemy import event

from benchmarks.console.made_calls import MadeCalls
from ivr import cli
from ivr.config import DataFolder, RetentionSettings
from ivr.storage import retention as retention_module
from ivr.storage.retention import Retention
from ivr.storage.work_deeds import Doer
from tests.ivr.console.support import START, TestConsole, shipped_menus


def test_old_calls_go_with_their_steps(console: TestConsole) -> None:
    records = console.made_calls(60, days=20)
    before = START - timedelta(days=10)
    old = {r.call.id for r in records if r.call.started_at < before}
    assert 0 < len(old) < 60
    held = sorted(old)[0]
    console.office.audit.write("chen", "held", held, "投诉举证")
    retention = Retention(console.office.engine, console.office.audit, console.services.recordings)
    assert retention.expired(before, before, before).calls == len(old) - 1
    assert retention.expired(before, before, before).held == 1
    assert retention.delete_calls(before) == len(old) - 1
    assert console.office.calls.call(held)
    with console.office.engine.connect() as connection:
        calls = connection.exec_driver_sql("SELECT id FROM calls").scalars().all()
        steps = set(connection.exec_driver_sql("SELECT call_id FROM steps").scalars())
    assert set(calls) == {r.call.id for r in records} - old | {held}
    assert steps <= set(calls)
    console.office.audit.write("chen", "released", held, "已结案")
    assert retention.delete_calls(before) == 1


def test_counts_outlive_the_calls(console: TestConsole) -> None:
    console.made_calls(30)
    span = console.office.tallies.span()
    assert span is not None
    before = console.office.tallies.between("outcome", *span)
    Retention(console.office.engine, console.office.audit, Path("none")).delete_calls(START + timedelta(days=1))
    assert console.office.tallies.between("outcome", *span) == before


def test_what_is_deleted_is_not_in_the_file_any_more(console: TestConsole, tmp_path: Path) -> None:
    if console.office.engine.dialect.name != "sqlite":
        return
    call = console.made_calls(1)[0].call
    Retention(console.office.engine, console.office.audit, tmp_path).delete_calls(START + timedelta(days=1))
    console.office.engine.dispose()  # the last connection empties the write-ahead log
    assert call.caller_sealed.encode() not in (tmp_path / "calls.sqlite").read_bytes()


def test_old_recordings_go_unless_they_are_held(console: TestConsole) -> None:
    folder = console.services.recordings
    folder.mkdir()
    long_ago = (START - timedelta(days=400)).timestamp()
    for name in ("c1-1.wav", "c2-1.wav", "c3-1.wav"):
        (folder / name).write_bytes(b"RIFF")
        os.utime(folder / name, (long_ago, long_ago))
    os.utime(folder / "c3-1.wav")
    console.office.audit.write("chen", "held", "c2", "投诉举证")
    retention = Retention(console.office.engine, console.office.audit, folder)
    assert retention.delete_recordings(START - timedelta(days=180)) == 1
    assert sorted(file.name for file in folder.iterdir()) == ["c2-1.wav", "c3-1.wav"]


def test_old_transcripts_go_when_the_work_is_done_and_nobody_holds_them(console: TestConsole) -> None:
    calls = [record.call for record in console.made_calls(4)]
    wang = Doer("wang")
    items = [console.add_work(call, token=number) for number, call in enumerate(calls, 1)]
    for number, item in enumerate(items):
        console.office.deeds.take(item.id, wang)
        console.office.deeds.transcribe(item.id, wang, f"村口的路灯坏了{number}")
        if number:
            console.office.deeds.close(item.id, wang, "answered", "")
    console.office.audit.write("chen", "held", calls[1].id, "投诉举证")
    retention = Retention(console.office.engine, console.office.audit, console.services.recordings)
    tomorrow = START + timedelta(days=1)
    assert retention.expired(tomorrow, tomorrow, START - timedelta(days=1)).transcripts == 0
    assert retention.expired(tomorrow, tomorrow, tomorrow).transcripts == 2
    assert retention.delete_transcripts(tomorrow) == 2
    left = [console.office.work.item(item.id).transcript for item in items]
    assert left == ["村口的路灯坏了0", "村口的路灯坏了1", "", ""]


def test_the_law_sets_a_minimum() -> None:
    with raises(ValidationError):
        RetentionSettings(calls_days=100)


@pytest.mark.parametrize("console", [pytest.param("postgresql", marks=pytest.mark.system)], indirect=True)
def test_a_hold_that_comes_while_calls_are_deleted_counts(
    console: TestConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL, where others write at the same time."""
    records = sorted(console.made_calls(8), key=lambda record: record.call.started_at)
    monkeypatch.setattr(retention_module, "_AT_ONCE", 3)
    last, held = records[-1].call.id, list[str]()

    @event.listens_for(console.office.engine, "commit")
    def hold(_: object) -> None:
        if not held:
            held.append(last)
            console.office.audit.write("chen", "held", last, "投诉举证")

    retention = Retention(console.office.engine, console.office.audit, console.services.recordings)
    assert retention.delete_calls(START + timedelta(days=1)) == 7
    assert console.office.calls.call(last)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[TestConsole]:
    """A data folder as the command line works with it, with calls of three years."""
    (tmp_path / "log").mkdir()
    console = TestConsole(f"sqlite:///{tmp_path / 'log' / 'calls.sqlite'}", tmp_path, audit_key=b"k" * 32)
    now = datetime.now(timezone.utc)
    console.add_calls(MadeCalls(5, now, 3, menus=shipped_menus()).many(4))
    console.add_calls(MadeCalls(6, now - timedelta(days=900), 3, menus=shipped_menus()).many(5))
    folder = DataFolder(tmp_path).recordings
    folder.mkdir()
    old = next(call.id for call in console.office.calls.recent() if call.started_at < now - timedelta(days=800))
    for name, days in ((f"{old}-1.wav", 900), ("20261101-000000-000001-1.wav", 1)):
        (folder / name).write_bytes(b"RIFF")
        moment = (now - timedelta(days=days)).timestamp()
        os.utime(folder / name, (moment, moment))
    yield console
    console.close()


def test_a_dry_run_says_what_would_go_and_deletes_nothing(gateway: TestConsole, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli.main, ["retention", *arguments, "--data", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return done.output

    calls, files = gateway.office.calls.recent(), sorted(DataFolder(tmp_path).recordings.iterdir())
    old = [call.id for call in calls if call.started_at < datetime.now(timezone.utc) - timedelta(days=800)]
    assert "would delete: 5 次通话 / calls, 1 段录音 / recordings" in run("run", "--dry-run")
    assert gateway.office.calls.recent() == calls
    assert sorted(DataFolder(tmp_path).recordings.iterdir()) == files
    assert gateway.office.audit.entries(action="deleted") == []
    recorded = next(call for call in old if files[0].name.startswith(call) or files[1].name.startswith(call))
    run("hold", recorded, "--reason", "投诉举证")
    output = run("run")
    assert "deleted: 4 次通话 / calls, 0 段录音 / recordings" in output and "on hold, kept: 1" in output
    kept = {call.id for call in gateway.office.calls.recent()}
    assert kept == {call.id for call in calls} - set(old) | {recorded}
    assert sorted(DataFolder(tmp_path).recordings.iterdir()) == files
    assert len(gateway.office.audit.entries(action="deleted")) == 1
    run("hold", recorded, "--reason", "已结案", "--release")
    assert "deleted: 1 次通话 / calls, 1 段录音 / recordings" in run("run")
    assert {call.id for call in gateway.office.calls.recent()} == {call.id for call in calls} - set(old)
    assert len(list(DataFolder(tmp_path).recordings.iterdir())) == 1
