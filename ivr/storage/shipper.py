"""From journal files to the database: in batches, each in one transaction together with how far the file was read.

So every line counts exactly once, whenever the shipper, the worker or the database is killed: either rows and
position are both there, or neither is and the lines are read again.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import groupby
from pathlib import Path
from typing import cast

from sqlalchemy import CursorResult, Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ivr.call.journal_lines import JournalFile, JournalPart, journal_files, read_journal
from ivr.call.journal_lock import exclusive, writer_is_gone
from ivr.storage.database import look_at_tables, upgrade, writing
from ivr.storage.entries import CallRecord
from ivr.storage.models import Call, Shipped
from ivr.storage.projector import close_lost, fold
from ivr.storage.queueing import queue_work
from ivr.storage.records import load_records, save_records
from ivr.storage.tallies import Key, add_tallies, ended_now, tallied

_log = logging.getLogger(__name__)

_CLEAN_EVERY = timedelta(hours=1)
#: After a look that took long the next one waits so many times as long, up to so many seconds: many journals that each
#: have a little cost a transaction each, and the telephone needs the processor more than the call log needs the second.
_REST, _LONGEST_REST_S = 9, 5.0


class ShippedElsewhereError(Exception):
    """Another process has shipped the same lines. Nothing of ours was written."""


@dataclass(frozen=True)
class Progress:
    """How far a file was read.

    Attributes:
        offset: bytes.
        last_seq: number of the last line.
        garbage: lines that could not be understood.
        missing: numbers that were left out: records that never reached the disk, or garbage.
    """

    offset: int = 0
    last_seq: int = 0
    garbage: int = 0
    missing: int = 0

    def after(self, part: JournalPart) -> Progress:
        """The progress when this part has been read as well."""
        last, missing = self.last_seq, self.missing
        for line in part.lines:
            missing += max(0, line.seq - last - 1)
            last = line.seq
        return Progress(part.offset, last, self.garbage + len(part.garbage), missing)


_NOTHING = Progress()


class Shipper:
    """Ships the journals of one folder. One at a time per folder: see `shipping_alone`.

    Args:
        folder: where the workers of this machine write their journals.
        engine: the call log; its tables are brought up to date before the first batch.
        now: the time, aware of its zone.
        keep: age at which a journal is deleted, if everything in it was shipped.
        batch_bytes: about how much of a journal goes into one transaction.
        local: the wall clock at a moment, by which calls are counted.
    """

    def __init__(
        self,
        folder: Path,
        engine: Engine,
        now: Callable[[], datetime],
        *,
        keep: timedelta = timedelta(days=30),
        batch_bytes: int = 1 << 20,
        local: Callable[[datetime], datetime] = datetime.astimezone,
    ) -> None:
        self.folder = folder
        self._engine = engine
        self._now = now
        self._keep = keep
        self._batch_bytes = batch_bytes
        self._local = local
        self._prepared = False
        self._progress: dict[str, Progress] = {}
        self._running: dict[str, set[str]] = {}
        self._unreadable: set[str] = set()
        self._clean_after = datetime.min.replace(tzinfo=timezone.utc)

    def ship(self) -> int:
        """Ship what is there and return the number of lines.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database is down, locked or full; what was shipped before it stays.
            OSError: the folder cannot be read. A single journal that cannot is reported, and the others are shipped.
            ShippedElsewhereError: another shipper is at work on the same folder.
            WrongDatabaseError: the database belongs to a newer program.
        """
        try:
            if not self._prepared:
                self._prepare()
            if self._is_idle():
                return 0
            runs = groupby(journal_files(self.folder), key=lambda file: file.run)
            return sum(self._ship_run_if_readable(run, list(files)) for run, files in runs)
        except (SQLAlchemyError, ShippedElsewhereError):
            self._prepared = False  # whether the last transaction counts, only the database knows
            raise

    def clean(self) -> list[Path]:
        """Delete journals that are shipped, ended and older than `keep`; return them."""
        oldest = (self._now() - self._keep).timestamp()
        deleted = []
        for run, group in groupby(journal_files(self.folder), key=lambda file: file.run):
            files = list(group)
            over = run not in self._running and writer_is_gone(files)
            for file in files if over else files[:-1]:
                status = file.path.stat()
                if status.st_mtime < oldest and status.st_size == self._progress_of(file).offset:
                    file.path.unlink()
                    deleted.append(file.path)
        return deleted

    def run(
        self,
        wait: Callable[[float], bool],
        *,
        poll: float = 1.0,
        slowest: float = 30.0,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ship until told to end, and then once more.

        A database or disk that fails is tried again, ever more slowly, and reported once.

        Args:
            wait: waits so many seconds, or shorter; returns True when it is time to end.
            poll: seconds between looks at the folder, when there is little to do.
            slowest: longest pause between tries while something fails, seconds.
            seconds: a clock that goes evenly.

        Raises:
            WrongDatabaseError: the database belongs to a newer program.
        """
        pause, trouble, ending = poll, "", False
        while True:
            begun = seconds()
            try:
                self.ship()
                self._clean_now_and_then()
            except (SQLAlchemyError, ShippedElsewhereError, OSError) as error:
                said = str(error).partition("\n")[0]
                if said != trouble:
                    _log.error("通话记录无法入库，稍后再试 / the call log cannot be written, trying again: %s", said)
                trouble, pause = said, min(slowest, pause * 2)
            else:
                if trouble:
                    _log.warning("通话记录恢复入库 / the call log is written again")
                trouble, pause = "", max(poll, min(_REST * (seconds() - begun), _LONGEST_REST_S))
            if ending:
                return
            ending = wait(pause)

    def _prepare(self) -> None:
        upgrade(self._engine)
        self._running = {}
        with Session(self._engine) as session:
            self._progress = {
                row.file: Progress(row.offset, row.last_seq, row.garbage, row.missing)
                for row in session.scalars(select(Shipped))
            }
            for call_id, run in session.execute(select(Call.id, Call.journal).where(Call.ended_at.is_(None))):
                self._running.setdefault(run, set()).add(call_id)
        self._prepared = True

    def _is_idle(self) -> bool:
        """Whether no call lasts and every file is read to its end. Cheap, because it is asked every second for ever."""
        if self._running:
            return False
        try:
            with os.scandir(self.folder) as entries:
                return all(entry.stat().st_size == self._progress.get(entry.name, _NOTHING).offset for entry in entries)
        except FileNotFoundError:
            return False

    def _ship_run_if_readable(self, run: str, files: Sequence[JournalFile]) -> int:
        try:
            lines = self._ship_run(run, files)
        except OSError as error:
            if run not in self._unreadable:
                _log.error("日志读不出来 / a journal cannot be read, trying again: %s", error)
            self._unreadable.add(run)
            return 0
        self._unreadable.discard(run)
        return lines

    def _ship_run(self, run: str, files: Sequence[JournalFile]) -> int:
        if run not in self._running and not any(map(self._is_behind, files)):
            return 0
        # The order matters: a writer that is gone before its files are read adds nothing to them.
        gone = writer_is_gone(files)
        lines = sum(self._ship_file(file, ended=gone or file is not files[-1]) for file in files)
        if gone and run in self._running:
            self._close_calls_of(run)
        return lines

    def _ship_file(self, file: JournalFile, *, ended: bool) -> int:
        lines = 0
        while self._is_behind(file):
            offset = self._progress_of(file).offset
            part = read_journal(file.path, offset, most_bytes=self._batch_bytes, ended=ended)
            if part.offset == offset:
                break
            for offset in part.garbage:
                _log.warning("日志里有一行读不懂 / a line that cannot be understood: %s, byte %d", file.path, offset)
            self._ship_part(file, part)
            lines += len(part.lines)
        return lines

    def _ship_part(self, file: JournalFile, part: JournalPart) -> None:
        after = self._progress_of(file).after(part)
        with Session(writing(self._engine)) as session, session.begin():
            before = load_records(session, {line.call for line in part.lines})
            records = dict(before)
            for line in part.lines:
                records[line.call] = fold(records.get(line.call), line, file.run)
            save_records(session, before, records)
            queue_work(session.connection(), before, records.values(), self._local)
            self._count(session, before, records)
            self._advance(session, file, after)
        self._progress[file.path.name] = after
        self._note_running(records)

    def _count(self, session: Session, before: Mapping[str, CallRecord], after: Mapping[str, CallRecord]) -> None:
        """Count the calls that have ended."""
        counts: Counter[Key] = Counter()
        for call_id, record in after.items():
            old = before.get(call_id)
            if ended_now(old.call if old else None, record.call):
                counts.update(tallied(record, self._local))
        add_tallies(session.connection(), counts)

    def _advance(self, session: Session, file: JournalFile, after: Progress) -> None:
        """Move the position on, unless somebody else has moved it meanwhile."""
        known = self._progress.get(file.path.name)
        values = {
            "offset": after.offset,
            "last_seq": after.last_seq,
            "garbage": after.garbage,
            "missing": after.missing,
            "shipped_at": self._now(),
        }
        if known is None:
            session.execute(insert(Shipped).values(file=file.path.name, **values))
            return
        here = update(Shipped).where(Shipped.file == file.path.name, Shipped.offset == known.offset)
        if cast("CursorResult[None]", session.execute(here.values(**values))).rowcount != 1:
            raise ShippedElsewhereError(f"{file.path.name} was shipped by another process")

    def _close_calls_of(self, run: str) -> None:
        with Session(writing(self._engine)) as session, session.begin():
            before = load_records(session, self._running[run])
            records = {
                call_id: close_lost(record) for call_id, record in before.items() if record.call.ended_at is None
            }
            save_records(session, before, records)
            queue_work(session.connection(), before, records.values(), self._local)
            self._count(session, before, records)
        for call_id in records:
            _log.warning("通话因工作进程中断而结束 / call %s ended with its worker %s", call_id, run)
        del self._running[run]

    def _note_running(self, records: dict[str, CallRecord]) -> None:
        for call_id, record in records.items():
            run = record.call.journal
            if record.call.ended_at is None:
                self._running.setdefault(run, set()).add(call_id)
            elif run in self._running:
                self._running[run].discard(call_id)
                if not self._running[run]:
                    del self._running[run]

    def _clean_now_and_then(self) -> None:
        if self._now() >= self._clean_after:
            self._clean_after = self._now() + _CLEAN_EVERY
            self.clean()
            look_at_tables(self._engine)

    def _is_behind(self, file: JournalFile) -> bool:
        try:
            return file.path.stat().st_size > self._progress_of(file).offset
        except FileNotFoundError:
            return False

    def _progress_of(self, file: JournalFile) -> Progress:
        return self._progress.get(file.path.name, _NOTHING)


@contextmanager
def shipping_alone(folder: Path) -> Iterator[bool]:
    """Yield whether this process is the only shipper of the folder; it stays so until the context ends."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with exclusive(folder / "ship.lock") as alone:
        yield alone
