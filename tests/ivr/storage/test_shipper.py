"""From journals to rows, exactly once, whatever fails on the way."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ivr.call.journal import FileJournal
from ivr.call.journal_lines import JournalFile, JournalLine, journal_files
from ivr.call.ports import Record
from ivr.storage.database import WrongDatabaseError, open_database, upgrade, writing
from ivr.storage.entries import CallRecord
from ivr.storage.models import Call, Shipped
from ivr.storage.projector import close_lost
from ivr.storage.records import load_records
from ivr.storage.shipper import ShippedElsewhereError, Shipper, shipping_alone
from tests.ivr.storage.made import CASE_STATUS, RUN, START, folded, interleaved, lines_of, offered, write_journal
from tests.ivr.storage.test_projector import ODD_LINES

NOW = START + timedelta(hours=1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'calls.sqlite'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_database(url, busy_ms=10)
    yield engine
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def shipper(folder: Path, engine: Engine) -> Shipper:
    return Shipper(folder, engine, lambda: NOW)


def rows(engine: Engine) -> dict[str, CallRecord]:
    with Session(engine) as session:
        return load_records(session, session.scalars(select(Call.id)).all())


def closed_when_lost(records: dict[str, CallRecord]) -> dict[str, CallRecord]:
    return {name: record if record.call.ended_at else close_lost(record) for name, record in records.items()}


def shipped(engine: Engine) -> list[tuple[int, int, int, int]]:
    with engine.connect() as connection:
        query = select(Shipped.offset, Shipped.last_seq, Shipped.garbage, Shipped.missing).order_by(Shipped.file)
        return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


class TestShipping:
    def test_calls_and_steps_arrive(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        lines = interleaved(lines_of("c1"), lines_of("c2", start=START + timedelta(seconds=1)))
        path = write_journal(folder, lines)
        assert shipper.ship() == len(lines)
        assert rows(engine) == folded(lines)
        assert shipped(engine) == [(path.stat().st_size, len(lines), 0, 0)]

    def test_nothing_twice(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        write_journal(folder, lines_of())
        shipper.ship()
        assert shipper.ship() == 0
        assert Shipper(folder, engine, lambda: NOW).ship() == 0
        assert rows(engine) == folded(lines_of())

    def test_no_folder_is_no_calls(self, shipper: Shipper) -> None:
        assert shipper.ship() == 0

    @pytest.mark.parametrize("cut", range(0, len(lines_of()), 4))
    def test_a_call_in_two_batches_and_two_shippers(self, folder: Path, engine: Engine, cut: int) -> None:
        """The worker lives on between them, or its call would rightly be closed."""
        lines = lines_of()
        journal = FileJournal(folder, "line1", lambda: NOW)
        for batch in (lines[:cut], lines[cut:]):
            journal.append("c1", [Record(line.kind, line.name, line.data) for line in batch])  # type: ignore[arg-type]
            Shipper(folder, engine, lambda: NOW).ship()
        journal.close()
        assert rows(engine)["c1"].call.journal_lines == len(lines)
        assert rows(engine)["c1"].call.end_reason == "bye"

    def test_a_call_that_goes_on_in_the_next_file(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        lines = lines_of()
        write_journal(folder, lines[:10])
        write_journal(folder, lines[10:], number=2)
        shipper.ship()
        assert rows(engine) == folded(lines)

    def test_more_lines_than_fit_one_batch(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        calls = [lines_of(f"c{number:04d}", start=START + timedelta(seconds=number)) for number in range(250)]
        lines = interleaved(*calls)
        assert write_journal(folder, lines).stat().st_size > 1 << 20
        assert shipper.ship() == len(lines)
        assert rows(engine) == folded(lines)

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(lines=ODD_LINES, cut=st.integers(0, 12))
    def test_odd_lines_come_to_what_the_fold_says(
        self, tmp_path_factory: pytest.TempPathFactory, lines: list[JournalLine], cut: int
    ) -> None:
        folder = tmp_path_factory.mktemp("odd")
        engine = open_database(f"sqlite:///{folder / 'calls.sqlite'}")
        for number, batch in enumerate((lines[:cut], lines[cut:]), 1):
            write_journal(folder / "journal", batch, number=number)
        Shipper(folder / "journal", engine, lambda: NOW).ship()
        found = rows(engine)
        engine.dispose()
        assert found == closed_when_lost(folded(lines))


class TestGarbage:
    def test_is_stepped_over_counted_and_reported(
        self, shipper: Shipper, folder: Path, engine: Engine, caplog: pytest.LogCaptureFixture
    ) -> None:
        lines = lines_of()
        path = write_journal(folder, lines[:3])
        with path.open("ab") as file:
            file.write(b"\x00\xff garbage\n")
        write_journal(folder, lines[3:])
        assert shipper.ship() == len(lines)
        assert rows(engine) == folded(lines)
        assert shipped(engine)[0][2:] == (1, 0)
        assert "byte" in caplog.text

    def test_a_torn_end_waits_while_the_writer_lives(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        journal = FileJournal(folder, "line1", lambda: NOW)
        journal.append("c1", [offered()])
        assert shipper.ship() == 1
        (file,) = journal_files(folder)
        with file.path.open("ab") as other:
            other.write(b'{"v":1,"seq":2')
        assert shipper.ship() == 0
        assert shipped(engine)[0][2] == 0
        journal.close()
        assert shipper.ship() == 0
        assert shipped(engine)[0][2] == 1, "the writer is gone: the torn line is garbage now"
        assert shipped(engine)[0][0] == file.path.stat().st_size

    def test_numbers_that_are_left_out_are_counted(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        lines = lines_of()
        write_journal(folder, [*lines[:5], *lines[9:]])
        shipper.ship()
        assert shipped(engine)[0] == ((shipped(engine)[0][0]), len(lines), 0, 4)

    def test_one_journal_that_cannot_be_read_does_not_stop_the_others(
        self, shipper: Shipper, folder: Path, engine: Engine, caplog: pytest.LogCaptureFixture
    ) -> None:
        write_journal(folder, lines_of("c1"))
        (folder / "aaa.20261122T015500000000Z.1.0001.jsonl").mkdir()
        assert shipper.ship() == len(lines_of())
        shipper.ship()
        assert [record.levelno for record in caplog.records] == [logging.ERROR], "said once"


class TestWorkersThatAreGone:
    def test_their_calls_are_closed(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        lines = interleaved(lines_of("c1", CASE_STATUS[:6]), lines_of("c2"))
        write_journal(folder, lines)
        shipper.ship()
        found = rows(engine)
        assert (found["c1"].call.ended_by, found["c1"].call.end_reason) == ("gateway", "worker_lost")
        assert found["c2"].call.end_reason == "bye"
        assert found == closed_when_lost(folded(lines))

    def test_calls_of_the_living_stay_open(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        journal = FileJournal(folder, "line1", lambda: NOW)
        journal.append("c1", [offered()])
        shipper.ship()
        shipper.ship()
        assert rows(engine)["c1"].call.outcome == "running"
        journal.close()
        shipper.ship()
        assert rows(engine)["c1"].call.outcome == "lost"

    def test_a_new_shipper_closes_what_an_earlier_one_left_open(self, folder: Path, engine: Engine) -> None:
        journal = FileJournal(folder, "line1", lambda: NOW)
        journal.append("c1", [offered()])
        Shipper(folder, engine, lambda: NOW).ship()
        journal.close()
        Shipper(folder, engine, lambda: NOW).ship()
        assert rows(engine)["c1"].call.end_reason == "worker_lost"

    def test_what_is_written_while_the_shipper_looks_is_not_overlooked(
        self, shipper: Shipper, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A worker that writes its last line and ends, between two looks of the shipper, has ended its call itself."""
        journal = FileJournal(folder, "line1", lambda: NOW)
        journal.append("c1", [offered()])
        shipper.ship()

        def gone_after_a_last_line(files: list[JournalFile]) -> bool:
            journal.append("c1", [Record("fact", "closed", {"ended_by": "caller", "reason": "cancel"})])
            journal.close()
            return True

        monkeypatch.setattr("ivr.storage.shipper.writer_is_gone", gone_after_a_last_line)
        shipper.ship()
        assert rows(engine)["c1"].call.end_reason == "cancel"

    def test_calls_of_other_machines_are_none_of_ours(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        elsewhere = Shipper(folder.with_name("other"), engine, lambda: NOW)
        journal = FileJournal(folder.with_name("other"), "line9", lambda: NOW)
        journal.append("c9", [offered("line9")])
        elsewhere.ship()
        journal.close()
        write_journal(folder, lines_of("c1"))
        shipper.ship()
        assert rows(engine)["c9"].call.outcome == "running"
        elsewhere.ship()
        assert rows(engine)["c9"].call.outcome == "lost"


class TestADatabaseThatFails:
    def test_locked_is_an_error_and_nothing_is_lost(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        upgrade(engine)
        write_journal(folder, lines_of())
        with writing(engine).begin(), pytest.raises(OperationalError, match="locked"):
            shipper.ship()
        assert shipper.ship() == len(lines_of())
        assert rows(engine) == folded(lines_of())

    def test_the_loop_waits_longer_and_longer_and_reports_once(
        self, shipper: Shipper, folder: Path, engine: Engine, caplog: pytest.LogCaptureFixture
    ) -> None:
        upgrade(engine)
        write_journal(folder, lines_of())
        blocker = writing(engine).connect()
        blocker.begin()
        pauses: list[float] = []

        def wait(seconds: float) -> bool:
            pauses.append(seconds)
            if len(pauses) == 7:
                blocker.close()
            return len(pauses) == 9

        shipper.run(wait, poll=1.0, slowest=30.0, seconds=lambda: 0.0)
        assert pauses == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 1.0, 1.0]
        assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]
        assert rows(engine) == folded(lines_of())

    def test_a_database_that_is_not_there_at_the_start(self, folder: Path, tmp_path: Path) -> None:
        write_journal(folder, lines_of())
        engine = open_database(f"sqlite:///{tmp_path / 'calls.sqlite'}")
        (tmp_path / "calls.sqlite").unlink()
        (tmp_path / "calls.sqlite").mkdir()
        waits: list[float] = []

        def wait(seconds: float) -> bool:
            waits.append(seconds)
            if len(waits) == 2:
                (tmp_path / "calls.sqlite").rmdir()
            return len(waits) == 3

        Shipper(folder, engine, lambda: NOW).run(wait)
        assert rows(engine) == folded(lines_of())
        engine.dispose()

    def test_who_has_much_to_do_looks_less_often(self, shipper: Shipper, engine: Engine) -> None:
        took = [0.05, 0.2, 60.0, 0.05]
        clock = iter([moment for took_s in took for moment in (0.0, took_s)])
        pauses: list[float] = []

        def wait(seconds: float) -> bool:
            pauses.append(seconds)
            return len(pauses) == len(took) - 1

        shipper.run(wait, poll=1.0, seconds=lambda: next(clock))
        assert pauses == pytest.approx([1.0, 1.8, 5.0])

    def test_told_to_end_it_ships_what_is_there_and_ends(self, shipper: Shipper, folder: Path, engine: Engine) -> None:
        def wait(seconds: float) -> bool:
            write_journal(folder, lines_of())
            return True

        shipper.run(wait)
        assert rows(engine) == folded(lines_of())

    def test_a_newer_database_ends_it(self, shipper: Shipper, engine: Engine) -> None:
        upgrade(engine)
        with writing(engine).begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(WrongDatabaseError):
            shipper.run(lambda seconds: True)

    def test_another_shipper_on_the_same_folder_changes_nothing(self, folder: Path, engine: Engine) -> None:
        first, second = (Shipper(folder, engine, lambda: NOW) for _ in range(2))
        lines = lines_of()
        journal = FileJournal(folder, "line1", lambda: NOW)

        def append(some: list[JournalLine]) -> None:
            journal.append("c1", [Record(line.kind, line.name, line.data) for line in some])  # type: ignore[arg-type]

        append(lines[:5])
        first.ship()
        second.ship()
        append(lines[5:10])
        first.ship()
        with pytest.raises(ShippedElsewhereError):
            second.ship()
        append(lines[10:])
        second.ship()
        with pytest.raises(ShippedElsewhereError):
            append(lines[:1])
            second.ship()
            append(lines[:1])
            first.ship()
        first.ship()
        journal.close()
        assert rows(engine)["c1"].call.journal_lines == len(lines) + 2

    def test_only_one_ships_alone(self, folder: Path) -> None:
        with shipping_alone(folder) as first, shipping_alone(folder) as second:
            assert (first, second) == (True, False)


class TestCleaning:
    @pytest.fixture
    def later(self, folder: Path, engine: Engine) -> Callable[[int], Shipper]:
        def shipper_after(days: int) -> Shipper:
            at = datetime.now(timezone.utc) + timedelta(days=days)
            return Shipper(folder, engine, lambda: at, keep=timedelta(days=30))

        return shipper_after

    def test_old_journals_go_when_all_is_shipped(
        self, folder: Path, engine: Engine, later: Callable[[int], Shipper]
    ) -> None:
        path = write_journal(folder, lines_of())
        young, old = later(29), later(31)
        young.ship()
        assert young.clean() == []
        assert old.clean() == [], "what it has not looked at may not be shipped"
        old.ship()
        assert old.clean() == [path]
        assert journal_files(folder) == []
        assert rows(engine) == folded(lines_of())

    def test_what_the_database_did_not_take_is_kept(
        self, folder: Path, engine: Engine, later: Callable[[int], Shipper]
    ) -> None:
        upgrade(engine)
        write_journal(folder, lines_of())
        with writing(engine).begin():
            later(100).run(lambda seconds: True)
        assert len(journal_files(folder)) == 1

    def test_the_file_of_a_living_worker_is_kept_and_its_old_ones_go(
        self, folder: Path, later: Callable[[int], Shipper]
    ) -> None:
        journal = FileJournal(folder, "line1", lambda: NOW, rotate_bytes=1)
        for _ in range(3):
            journal.append("c1", [offered()])
        shipper = later(31)
        shipper.ship()
        assert [path.name[-10:-6] for path in shipper.clean()] == ["0001", "0002"]
        journal.close()

    def test_a_journal_put_back_is_not_counted_again(
        self, folder: Path, engine: Engine, later: Callable[[int], Shipper]
    ) -> None:
        path = write_journal(folder, lines_of())
        shipper = later(31)
        shipper.ship()
        content = path.read_bytes()
        shipper.clean()
        path.write_bytes(content)
        assert Shipper(folder, engine, lambda: NOW).ship() == 0
        assert rows(engine) == folded(lines_of())

    def test_the_loop_cleans_once_an_hour(self, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        time = NOW
        cleaned: list[datetime] = []
        shipper = Shipper(folder, engine, lambda: time)
        monkeypatch.setattr(shipper, "clean", lambda: cleaned.append(time))

        def wait(seconds: float) -> bool:
            nonlocal time
            time += timedelta(minutes=25)
            return time > NOW + timedelta(hours=3)

        shipper.run(wait)
        assert cleaned == [NOW + timedelta(minutes=minutes) for minutes in (0, 75, 150)]


def test_the_run_of_a_journal_is_the_run_of_its_calls(shipper: Shipper, folder: Path, engine: Engine) -> None:
    write_journal(folder, lines_of())
    shipper.ship()
    assert rows(engine)["c1"].call.journal == RUN
