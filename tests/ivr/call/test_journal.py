"""The journal: nothing acted upon is lost, whatever the disk does, and readers take whatever they find."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from ivr.call.journal import FileJournal, MemoryJournal
from ivr.call.journal_lines import (
    JournalLine,
    journal_files,
    read_journal,
)
from ivr.call.journal_lock import exclusive, is_held, writer_is_gone
from ivr.call.ports import Record

START = datetime(2026, 11, 22, 2, 0, 0, 123456, tzinfo=timezone.utc)
HELLO = Record("fact", "offered", {"dialled": "12345"})


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


class Disk:
    """Stands in for `os.write`: takes `room` bytes, then refuses with `error`. Notes the size of each write."""

    def __init__(self) -> None:
        self.room = 1 << 30
        self.error = errno.ENOSPC
        self.writes: list[int] = []

    def write(self, descriptor: int, data: bytes) -> int:
        if self.room == 0:
            raise OSError(self.error, os.strerror(self.error))
        taken = os.write(descriptor, data[: self.room])
        self.room -= taken
        self.writes.append(taken)
        return taken


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def disk() -> Disk:
    return Disk()


Make = Callable[..., FileJournal]


@pytest.fixture
def make(tmp_path: Path, clock: Clock, disk: Disk) -> Iterator[Make]:
    """Makes journals whose thread sleeps unless there is something to sync; closes them."""
    journals: list[FileJournal] = []

    def make_one(**options: Any) -> FileJournal:
        options = {"retry_every": 3600.0, "write": disk.write, **options}
        journals.append(FileJournal(tmp_path / "journal", "line1", clock, **options))
        return journals[-1]

    yield make_one
    for journal in journals:
        journal.close()


def files(tmp_path: Path) -> list[Path]:
    return [file.path for file in journal_files(tmp_path / "journal")]


def written(tmp_path: Path) -> list[JournalLine]:
    lines: list[JournalLine] = []
    for path in files(tmp_path):
        part = read_journal(path)
        assert part.garbage == ()
        assert part.offset == path.stat().st_size
        lines += part.lines
    return lines


class TestWriting:
    def test_a_record_comes_back_as_it_was(self, make: Make, tmp_path: Path) -> None:
        make().append("c1", [Record("command", "Play", {"parts": [{"text": "请按 1"}], "token": 3})])
        assert written(tmp_path) == [
            JournalLine(1, START, "c1", "command", "Play", {"parts": [{"text": "请按 1"}], "token": 3})
        ]

    def test_the_line_has_the_documented_form(self, make: Make, tmp_path: Path) -> None:
        make().append("c1", [Record("fact", "closed", {"reason": "bye"})])
        assert files(tmp_path)[0].read_text("utf-8") == (
            '{"v":1,"seq":1,"at":"2026-11-22T02:00:00.123456+00:00","call":"c1","kind":"fact","name":"closed",'
            '"data":{"reason":"bye"}}\n'
        )

    def test_one_append_is_one_write(self, make: Make, disk: Disk, tmp_path: Path) -> None:
        make().append("c1", [HELLO, HELLO, HELLO])
        assert disk.writes == [files(tmp_path)[0].stat().st_size]
        assert [line.seq for line in written(tmp_path)] == [1, 2, 3]

    def test_it_is_in_the_file_when_append_returns(self, make: Make, tmp_path: Path) -> None:
        journal = make(sync=lambda descriptor: None)
        for number in range(1, 4):
            journal.append("c1", [HELLO])
            assert len(written(tmp_path)) == number

    def test_nothing_appended_is_nothing_written(self, make: Make, disk: Disk) -> None:
        make().append("c1", [])
        assert disk.writes == []

    def test_the_file_is_named_after_worker_start_and_process(self, make: Make, tmp_path: Path) -> None:
        make()
        (file,) = journal_files(tmp_path / "journal")
        assert file.path.name == f"line1.20261122T020000123456Z.{os.getpid()}.0001.jsonl"
        assert (file.worker, file.number) == ("line1", 1)

    def test_files_are_for_the_owner_only(self, make: Make, tmp_path: Path) -> None:
        make()
        assert files(tmp_path)[0].stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize("worker", ["", "a.b", "a/b", "../x", "线路", "x" * 41])
    def test_a_worker_name_that_is_no_file_name_is_refused(self, tmp_path: Path, clock: Clock, worker: str) -> None:
        with pytest.raises(ValueError, match="worker"):
            FileJournal(tmp_path, worker, clock)

    def test_a_folder_that_cannot_be_is_an_error_at_start(self, tmp_path: Path, clock: Clock) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(OSError, match="file"):
            FileJournal(tmp_path / "file" / "journal", "line1", clock)

    def test_a_file_without_lines_goes_with_its_process(self, make: Make, tmp_path: Path) -> None:
        make().close()
        assert files(tmp_path) == []

    def test_a_straggler_after_closing_is_written_too(self, make: Make, tmp_path: Path) -> None:
        journal = make()
        journal.append("c1", [HELLO])
        journal.close()
        journal.append("c2", [HELLO])
        assert [(line.call, line.seq) for line in written(tmp_path)] == [("c1", 1), ("c2", 1)]

    def test_values_that_json_cannot_hold_do_no_harm(self, make: Make, tmp_path: Path) -> None:
        circle: dict[str, Any] = {}
        circle["circle"] = circle
        journal = make()
        journal.append("c1", [Record("fact", "odd", {"path": Path("a"), "set": {"b", "a"}, "text": "\udcff\x00\n"})])
        journal.append("c1", [Record("fact", "odd", circle), Record("fact", "odd", {(1, 2): 3})])  # type: ignore[dict-item]
        journal.append("c1", [Record("fact", "odd", {"record": HELLO, "number": float("nan")})])
        lines = written(tmp_path)
        assert lines[0].data == {"path": "a", "set": ["a", "b"], "text": "?\x00\n"}
        assert "unwritable" in lines[1].data
        assert lines[2].data == {"unwritable": "{(1, 2): 3}"}
        assert lines[3].data["record"]["data"] == {"dialled": "12345"}
        assert lines[3].data["number"] is None


class TestRotation:
    def test_by_size(self, make: Make, tmp_path: Path) -> None:
        journal = make(rotate_bytes=200)
        for _ in range(4):
            journal.append("c1", [HELLO])
        assert [len(read_journal(path).lines) for path in files(tmp_path)] == [2, 2]
        assert [line.seq for line in written(tmp_path)] == [1, 2, 1, 2]

    def test_by_day(self, make: Make, clock: Clock, tmp_path: Path) -> None:
        journal = make()
        journal.append("c1", [HELLO])
        clock.time += timedelta(days=1)
        journal.append("c1", [HELLO])
        journal.append("c1", [HELLO])
        assert [len(read_journal(path).lines) for path in files(tmp_path)] == [1, 2]

    def test_an_empty_file_is_not_rotated(self, make: Make, clock: Clock, tmp_path: Path) -> None:
        journal = make()
        clock.time += timedelta(days=1)
        journal.append("c1", [HELLO])
        assert len(files(tmp_path)) == 1

    def test_when_no_new_file_can_be_made_the_old_goes_on(
        self, make: Make, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        journal = make()
        journal.append("c1", [HELLO])
        really_open = os.open

        def open_none_new(path: Path, flags: int, *mode: int) -> int:
            if flags & os.O_CREAT:
                raise OSError(errno.ENOSPC, "full")
            return really_open(path, flags, *mode)

        monkeypatch.setattr(os, "open", open_none_new)
        clock.time += timedelta(days=1)
        journal.append("c1", [HELLO])
        monkeypatch.undo()
        assert [line.seq for line in written(tmp_path)] == [1, 2]
        assert journal.healthy


class TestADiskThatRefuses:
    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
    def test_records_wait_in_order_and_come_later(
        self, make: Make, disk: Disk, tmp_path: Path, error: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        journal = make()
        disk.room, disk.error = 0, error
        for number in range(5):
            journal.append(f"c{number}", [HELLO])
        assert not journal.healthy
        assert written(tmp_path) == []
        assert [record.levelno for record in caplog.records] == [logging.ERROR], "said once"
        disk.room = 1 << 20
        journal.append("c5", [HELLO])
        assert journal.healthy
        assert [line.call for line in written(tmp_path)] == ["c0", "c1", "c2", "c3", "c4", "c5"]
        assert [line.seq for line in written(tmp_path)] == [1, 2, 3, 4, 5, 6]

    @pytest.mark.parametrize("room", [1, 50, 150, 260])
    def test_a_write_that_is_cut_short_is_taken_up_where_it_ended(
        self, make: Make, disk: Disk, tmp_path: Path, room: int
    ) -> None:
        journal = make()
        disk.room = room
        journal.append("c1", [HELLO, HELLO])
        journal.append("c2", [HELLO])
        assert not journal.healthy
        torn = read_journal(files(tmp_path)[0])
        assert torn.garbage == (), "what is torn is not read before it is whole"
        disk.room = 1 << 20
        journal.flush()
        assert journal.healthy
        assert [(line.call, line.seq) for line in written(tmp_path)] == [("c1", 1), ("c1", 2), ("c2", 3)]

    def test_memory_is_bounded_and_the_loss_is_visible(
        self, make: Make, disk: Disk, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        journal = make(memory_bytes=300)
        disk.room = 0
        for number in range(1, 7):
            journal.append(f"c{number}", [HELLO])
        disk.room = 1 << 20
        journal.flush()
        journal.append("c7", [HELLO])
        assert [line.seq for line in written(tmp_path)] == [1, 2, 7]
        assert "4 records lost" in caplog.text

    def test_one_append_larger_than_the_memory_is_still_written(self, make: Make, tmp_path: Path) -> None:
        make(memory_bytes=10).append("c1", [HELLO])
        assert len(written(tmp_path)) == 1

    def test_the_thread_tries_again_by_itself(self, make: Make, disk: Disk, tmp_path: Path) -> None:
        synced = threading.Event()
        journal = make(retry_every=0.01, sync_every=0.001, sync=lambda descriptor: synced.set())
        disk.room = 0
        journal.append("c1", [HELLO])
        disk.room = 1 << 20
        while not journal.healthy:
            synced.clear()
            assert synced.wait(10)
        assert len(written(tmp_path)) == 1

    def test_a_disk_that_is_full_at_the_start(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any) -> int:
            raise OSError(errno.ENOSPC, "full")

        with monkeypatch.context() as patch:
            patch.setattr(os, "open", full)
            journal = make()
            journal.append("c1", [HELLO])
            assert not journal.healthy
        journal.flush()
        assert journal.healthy
        assert [line.seq for line in written(tmp_path)] == [1]


class TestSyncing:
    def test_appends_are_synced_together_and_off_this_thread(self, make: Make) -> None:
        threads: list[str] = []
        first, go_on, second = threading.Event(), threading.Event(), threading.Event()

        def sync(descriptor: int) -> None:
            threads.append(threading.current_thread().name)
            if len(threads) == 1:
                first.set()
                assert go_on.wait(10)
            elif len(threads) == 2:
                second.set()

        journal = make(sync=sync, sync_every=0.001)
        journal.append("c1", [HELLO])
        assert first.wait(10)
        for _ in range(100):
            journal.append("c1", [HELLO])
        assert threads == ["journal-sync"], "appending does not wait for the disk"
        go_on.set()
        assert second.wait(10)
        journal.close()
        assert threads[:2] == ["journal-sync"] * 2
        assert len(threads) <= 4, "a hundred appends were synced together"

    def test_without_appends_only_closing_syncs(self, make: Make) -> None:
        synced: list[int] = []
        journal = make(sync=synced.append, sync_every=0.0)
        journal.close()
        assert len(synced) <= 2, "once by the thread that is woken to end, once by closing"

    def test_a_disk_that_cannot_sync_is_not_healthy_until_it_can(
        self, make: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        broken = True

        def sync(descriptor: int) -> None:
            if broken:
                raise OSError(errno.EIO, "input/output error")

        journal = make(sync=sync)
        journal.append("c1", [HELLO])
        journal.flush()
        journal.flush()
        assert not journal.healthy
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        broken = False
        journal.flush()
        assert journal.healthy

    def test_a_file_left_behind_is_synced_and_closed(self, make: Make, tmp_path: Path) -> None:
        synced: set[int] = set()
        journal = make(rotate_bytes=1, sync=lambda descriptor: synced.add(os.fstat(descriptor).st_ino))
        for _ in range(3):
            journal.append("c1", [HELLO])
        journal.flush()
        assert synced == {path.stat().st_ino for path in files(tmp_path)}
        opened = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        assert [path for path in opened if path.is_relative_to(tmp_path)] == [files(tmp_path)[-1]]


class TestTheLock:
    def test_a_writer_is_there_until_it_closes(self, make: Make, tmp_path: Path) -> None:
        journal = make(rotate_bytes=1)
        for _ in range(3):
            journal.append("c1", [HELLO])
            assert not writer_is_gone(journal_files(tmp_path / "journal"))
        journal.close()
        assert writer_is_gone(journal_files(tmp_path / "journal"))

    def test_a_writer_that_moved_on_meanwhile_is_there(self, make: Make, tmp_path: Path) -> None:
        journal = make(rotate_bytes=1, sync_every=3600.0)
        journal.append("c1", [HELLO])
        seen_before = journal_files(tmp_path / "journal")
        journal.append("c1", [HELLO])
        journal.flush()
        assert not is_held(seen_before[0].path)
        assert not writer_is_gone(seen_before)

    def test_looking_does_not_take_the_lock(self, make: Make, tmp_path: Path) -> None:
        make()
        (path,) = files(tmp_path)
        assert is_held(path)
        assert is_held(path)

    def test_a_missing_file_is_held_by_nobody(self, tmp_path: Path) -> None:
        assert not is_held(tmp_path / "none")

    def test_exclusive(self, tmp_path: Path) -> None:
        with exclusive(tmp_path / "lock") as first:
            assert first
            with exclusive(tmp_path / "lock") as second:
                assert not second
        with exclusive(tmp_path / "lock") as third:
            assert third


class TestInMemory:
    def test_it_holds_what_a_reader_of_the_file_would_see(self, make: Make, clock: Clock, tmp_path: Path) -> None:
        memory, file = MemoryJournal(clock), make()
        for journal in (memory, file):
            journal.append("c1", [HELLO, Record("event", "DigitPressed", {"digit": "1", "keys": (1, 2)})])
            journal.append("c2", [Record("fact", "odd", {"path": Path("a"), "text": "a\rb\u2028c"})])
        assert memory.lines == written(tmp_path)
        assert [line.seq for line in memory.of("c1")] == [1, 2]
        assert memory.healthy
