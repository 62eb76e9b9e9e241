"""Killed at any moment, and full disks: every line acted upon is in the call log, exactly once."""

from __future__ import annotations

import os
import random
import select as poll
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from ivr.call.journal import FileJournal
from ivr.call.journal_lines import JournalLine, journal_files, read_journal
from ivr.storage.database import open_database
from ivr.storage.entries import CallRecord
from ivr.storage.models import Shipped
from ivr.storage.projector import close_lost, fold
from ivr.storage.shipper import Shipper
from tests.ivr.storage.made import START, interleaved, lines_of, offered, write_journal
from tests.ivr.storage.test_shipper import closed_when_lost, rows

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'log' / 'calls.sqlite'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def now() -> datetime:
    return datetime.now(timezone.utc)


def child(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.ivr.storage.children", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@contextmanager
def killed_at_last(*processes: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()


def acted_upon(process: subprocess.Popen[bytes], *, kill_after: int | None) -> int:
    """Read what a writer says until it is dead; return how many records it may have acted upon."""
    assert process.stdout
    said = 0
    for count, line in enumerate(process.stdout, 1):
        if line.endswith(b"\n"):
            said = int(line)
        if count == kill_after:
            process.kill()
    process.wait()
    return said


def expected(folder: Path) -> tuple[dict[str, CallRecord], list[JournalLine]]:
    """What the calls must be, read from the journals in one go, and all lines."""
    records: dict[str, CallRecord] = {}
    lines: list[JournalLine] = []
    for file in journal_files(folder):
        part = read_journal(file.path, most_bytes=1 << 30, ended=True)
        lines += part.lines
        for line in part.lines:
            records[line.call] = fold(records.get(line.call), line, file.run)
    return closed_when_lost(records), lines


@pytest.mark.parametrize("kind", ["writer", "torn_writer"])
def test_a_worker_killed_again_and_again(folder: Path, engine: Engine, kind: str) -> None:
    dice = random.Random(kind)
    shipper = Shipper(folder, engine, now)
    acted: dict[str, int] = {}
    for round_number in range(5):
        name = f"r{round_number}"
        process = child(kind, str(folder), name, f"{kind}{round_number}")
        with killed_at_last(process):
            kill_after = dice.randint(1, 400) if kind == "writer" else None
            acted[name] = acted_upon(process, kill_after=kill_after)
        assert process.returncode == -signal.SIGKILL
        shipper.ship()
    records, lines = expected(folder)
    for name, count in acted.items():
        numbers = [number_of(line) for line in lines if line.call.startswith(f"{name}-")]
        assert numbers == list(range(len(numbers))), "no record is missing and none is there twice"
        assert len(numbers) >= count, "what was acted upon is in the journal"
    assert rows(engine) == records
    assert all(record.call.ended_at for record in rows(engine).values())
    lost = [record.call for record in rows(engine).values() if record.call.end_reason == "worker_lost"]
    assert {call.ended_by for call in lost} == {"gateway"}


def number_of(line: JournalLine) -> int:
    return int(line.data["number"])


def test_a_shipper_killed_at_any_step(folder: Path, url: str, engine: Engine) -> None:
    calls = [lines_of(f"c{number}", start=START + timedelta(seconds=number)) for number in range(8)]
    path = write_journal(folder, interleaved(*calls))
    with path.open("ab") as file:
        file.write(b"garbage\n{torn")
    process = child("shippers", str(folder), url, "7")
    codes: list[int] = []
    with killed_at_last(process):
        assert process.stdin
        assert process.stdout
        while not codes or codes[-1] != 0:
            codes.append(int(process.stdout.readline()))
            assert codes[-1] in (0, -signal.SIGKILL)
            check_consistent(folder, engine)
            engine.dispose()
            process.stdin.write(b"go on\n")
            process.stdin.flush()
    assert len(codes) >= 10
    assert rows(engine) == expected(folder)[0]


def check_consistent(folder: Path, engine: Engine) -> None:
    """Rows and position belong together at every moment: what was read up to there is what the rows say."""
    try:
        with engine.connect() as connection:
            positions = {row.file: row.offset for row in connection.execute(select(Shipped.file, Shipped.offset))}
    except OperationalError as error:
        assert "no such table" in str(error), error
        return
    records: dict[str, CallRecord] = {}
    for file in journal_files(folder):
        content = file.path.read_bytes()[: positions.get(file.path.name, 0)]
        part_file = folder.with_name("part")
        part_file.write_bytes(content)
        for line in read_journal(part_file, most_bytes=1 << 30).lines:
            records[line.call] = fold(records.get(line.call), line, file.run)
    found = rows(engine)
    assert found in (records, {name: close_lost(record) for name, record in records.items()}) or found == (
        closed_when_lost(records)
    )


def test_worker_and_shipper_killed_while_both_work(tmp_path: Path, engine: Engine, url: str) -> None:
    folder = tmp_path / "journal"
    dice = random.Random(11)
    acted: dict[str, int] = {}
    for round_number in range(2):
        name = f"r{round_number}"
        writer = child("writer", str(folder), name, name)
        shippers = [ship_command(tmp_path, url)]
        with killed_at_last(writer, *shippers):
            wait_for_more(engine)
            shippers[-1].kill()
            shippers[-1].wait()
            shippers.append(ship_command(tmp_path, url))
            acted[name] = acted_upon(writer, kill_after=dice.randint(500, 800))
        for shipper in shippers:
            shipper.kill()
            shipper.wait()
            close(shipper.stdout)
    Shipper(folder, engine, now).ship()
    records, lines = expected(folder)
    for name, count in acted.items():
        numbers = [number_of(line) for line in lines if line.call.startswith(f"{name}-")]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= count > 0
    assert rows(engine) == records


def ship_command(data: Path, url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ivr.cli", "ship", "--data", str(data), "--database", url, "--poll", "0.05"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return process


def shipped_bytes(engine: Engine) -> int:
    try:
        with engine.connect() as connection:
            return connection.execute(select(func.coalesce(func.sum(Shipped.offset), 0))).scalar_one()
    except OperationalError as error:
        assert "no such table" in str(error), error
        return 0


def wait_for_more(engine: Engine, seconds: float = 60.0) -> None:
    """Wait until more has been shipped than there is now."""
    so_far, until = shipped_bytes(engine), time.monotonic() + seconds
    while shipped_bytes(engine) <= so_far:
        assert time.monotonic() < until, "nothing is shipped any more"
        poll.select([], [], [], 0.02)


def close(stream: IO[bytes] | None) -> None:
    if stream:
        stream.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return ballast


def test_a_full_disk_keeps_lines_in_memory_until_there_is_room(small_disk: Path, engine: Engine) -> None:
    journal = FileJournal(small_disk / "journal", "line1", now, retry_every=3600.0)
    ballast = fill(small_disk)
    for number in range(300):
        journal.append(f"c{number}", [offered()])
    assert not journal.healthy
    shipper = Shipper(small_disk / "journal", engine, now)
    before = shipper.ship()
    assert before < 300
    ballast.unlink()
    journal.append("last", [offered()])
    assert journal.healthy
    assert before + shipper.ship() == 301
    journal.close()


def test_a_database_on_a_full_disk_takes_everything_when_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    calls = [lines_of(f"c{number}", start=START + timedelta(seconds=number)) for number in range(5)]
    write_journal(folder, interleaved(*calls))
    engine = open_database(f"sqlite:///{small_disk / 'calls.sqlite'}")
    ballast = fill(small_disk)
    waits = 0

    def wait(seconds: float) -> bool:
        nonlocal waits
        waits += 1
        if waits == 2:
            ballast.unlink()
        return waits == 3

    Shipper(folder, engine, now).run(wait)
    assert rows(engine) == expected(folder)[0]
    engine.dispose()
