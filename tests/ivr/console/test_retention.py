"""What is too old is deleted, really and with a trace; what is on hold stays."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner
from pydantic import ValidationError
from pytest import raises

from ivr import cli
from ivr.config import RetentionSettings
from ivr.storage.retention import Retention
from ivr.storage.work_deeds import Doer
from tests.ivr.console.support import START, TestConsole


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


def test_a_dry_run_deletes_nothing(tmp_path: Path) -> None:
    arguments = ["--data", str(tmp_path)]
    runner = CliRunner()
    asked = runner.invoke(cli.main, ["retention", "run", "--dry-run", *arguments])
    assert asked.exit_code == 0, asked.output
    assert "would delete: 0" in asked.output
    done = runner.invoke(cli.main, ["retention", "run", *arguments])
    assert done.exit_code == 0, done.output
    assert "deleted: 0" in done.output
