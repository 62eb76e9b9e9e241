"""The journal: what a call does is in a file before it is done.

`FileJournal` hands every append to the kernel with one write to a file opened for appending: a process that is killed
at any moment, even by SIGKILL, loses nothing that it acted upon. Against loss of power a thread of its own brings the
file to the disk, many appends at once, so that the reactor thread never waits for a disk to spin.

A disk that refuses stops no call. What it did not take waits in memory in order and is offered again with every
append and every second; meanwhile `healthy` is False and new calls get 503.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.call.journal_lines import JournalLine, decode_line, encode_lines, journal_path, run_name
from ivr.call.journal_lock import hold

if TYPE_CHECKING:
    from ivr.call.ports import Record

_log = logging.getLogger(__name__)

#: Refusals that end by themselves when somebody makes room: the service starts without the file and keeps trying.
_FULL = (errno.ENOSPC, errno.EDQUOT)


class FileJournal:
    """Appends records to files of its own in a folder. One instance per worker process.

    The newest file is locked while the process lives (`ivr.call.journal_lock`): so the shipper knows when a worker is
    gone. Files are for the owner's eyes only.

    Args:
        folder: where the files go; made if missing.
        worker: name of the worker, letters, digits, `_` and `-`.
        now: the time, aware of its zone.
        sync_every: seconds in which appends are brought to the disk together.
        retry_every: seconds between tries while the disk refuses.
        rotate_bytes: a new file begins when one has reached this size, and on each new day (UTC).
        memory_bytes: how much waits in memory while the disk refuses; what does not fit is lost, and said.
        write: writes bytes to a file descriptor and returns how many it took, as `os.write`.
        sync: brings a file descriptor to the disk, as `os.fdatasync`.

    Raises:
        ValueError: the worker's name cannot be part of a file name.
        OSError: the folder cannot be used at all. A full disk is no such error: the journal is then not healthy yet.
    """

    def __init__(
        self,
        folder: Path,
        worker: str,
        now: Callable[[], datetime],
        *,
        sync_every: float = 0.2,
        retry_every: float = 1.0,
        rotate_bytes: int = 64 << 20,
        memory_bytes: int = 8 << 20,
        write: Callable[[int, bytes], int] = os.write,
        sync: Callable[[int], None] = os.fdatasync,
    ) -> None:
        self._folder = folder
        self._run = run_name(worker, now(), os.getpid())
        self._now = now
        self._sync_every = sync_every
        self._retry_every = retry_every
        self._rotate_bytes = rotate_bytes
        self._memory_bytes = memory_bytes
        self._write = write
        self._sync = sync

        self._writing = threading.Lock()  # guards all that follows
        self._descriptor: int | None = None
        self._number = 0
        self._seq = 0
        self._size = 0
        self._rotate_at = rotate_bytes
        self._day = date.min
        self._waiting = bytearray()
        self._dropped = 0
        self._refused: OSError | None = None
        self._left_behind: list[int] = []
        self._folder_changed = False

        self._syncing = threading.Lock()  # one `flush` at a time; only `flush` and `close` close descriptors
        self._not_synced: OSError | None = None
        self._wake = threading.Event()
        self._closing = threading.Event()

        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._begin_file()
        except OSError as error:
            if error.errno not in _FULL:
                raise
            self._refuse(error)
        self._thread = threading.Thread(target=self._sync_until_closed, name="journal-sync", daemon=True)
        self._thread.start()

    @property
    def healthy(self) -> bool:
        """False while the disk does not take what is written."""
        return self._refused is None and self._not_synced is None

    def append(self, call_id: str, records: Sequence[Record]) -> None:
        """Write the records with one system call. Never raises for a disk that refuses: see `healthy`."""
        if not records:
            return
        with self._writing:
            at = self._now()
            self._rotate_if_due(at)
            lines = encode_lines(call_id, records, self._seq + 1, at)
            self._seq += len(records)
            if self._waiting and len(self._waiting) + len(lines) > self._memory_bytes:
                self._drain()
            if self._waiting and len(self._waiting) + len(lines) > self._memory_bytes:
                self._drop(len(records))
                return
            self._waiting += lines
            self._size += len(lines)
            self._drain()
        self._wake.set()

    def flush(self) -> None:
        """Offer again what waits, and bring everything to the disk. May block; the journal's own thread calls it."""
        with self._syncing:
            with self._writing:
                self._drain()
                current = self._descriptor
                left_behind, self._left_behind = self._left_behind, []
                folder_changed, self._folder_changed = self._folder_changed, False
            try:
                if folder_changed:
                    _sync_folder(self._folder)
                for descriptor in [*left_behind, *([] if current is None else [current])]:
                    self._sync(descriptor)
            except OSError as error:
                if self._not_synced is None:
                    _log.error("日志无法落盘 / the journal %s cannot be brought to the disk: %s", self._run, error)
                self._not_synced = error
            else:
                self._not_synced = None
            finally:
                for descriptor in left_behind:
                    os.close(descriptor)

    def close(self) -> None:
        """Write and sync what is there, and end. A file without a line is removed.

        A straggler that appends afterwards still gets its line into a file, a new one.
        """
        self._closing.set()
        self._wake.set()
        self._thread.join()
        self.flush()
        if self._descriptor is not None:
            if os.fstat(self._descriptor).st_size == 0:
                journal_path(self._folder, self._run, self._number).unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None
            self._seq = self._size = 0

    def _sync_until_closed(self) -> None:
        while not self._closing.is_set():
            self._wake.wait(None if self.healthy else self._retry_every)
            self._wake.clear()
            self.flush()
            self._closing.wait(self._sync_every)

    def _drain(self) -> None:
        """Give the file what waits. A write that is cut short is taken up at the very byte where it ended."""
        try:
            if self._descriptor is None:
                self._begin_file()
            assert self._descriptor is not None
            while self._waiting:
                taken = self._write(self._descriptor, bytes(self._waiting))
                if taken == 0:
                    raise OSError(errno.ENOSPC, "the file took nothing")
                del self._waiting[:taken]
        except OSError as error:
            self._refuse(error)
        else:
            self._accept()

    def _begin_file(self) -> None:
        """Open, and lock, the next file, and leave the present one for `flush` to close."""
        number = self._number + 1
        while True:
            try:
                descriptor = os.open(
                    journal_path(self._folder, self._run, number),
                    os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL,
                    0o600,
                )
                break
            except FileExistsError:
                number += 1
        hold(descriptor)
        if self._descriptor is not None:
            self._left_behind.append(self._descriptor)
            self._seq = 0
            self._size = 0
        self._descriptor = descriptor
        self._folder_changed = True
        self._number = number
        self._day = self._now().astimezone(timezone.utc).date()
        self._rotate_at = self._rotate_bytes

    def _rotate_if_due(self, at: datetime) -> None:
        if self._waiting or self._size == 0:
            return
        day = at.astimezone(timezone.utc).date()
        if self._size < self._rotate_at and day == self._day:
            return
        try:
            self._begin_file()
        except OSError as error:
            _log.warning("日志不能换新文件，继续写旧文件 / no new journal file, the old one goes on: %s", error)
            self._rotate_at = self._size + self._rotate_bytes
            self._day = day

    def _refuse(self, error: OSError) -> None:
        if self._refused is None:
            _log.error(
                "日志写不进磁盘，新来电将得到 503 / the disk does not take the journal, new calls get 503: %s: %s",
                self._run,
                error,
            )
        self._refused = error

    def _accept(self) -> None:
        if self._refused is not None:
            _log.warning(
                "日志恢复，丢失 %d 条 / the disk takes the journal again, %d records lost", self._dropped, self._dropped
            )
        self._refused = None
        self._dropped = 0

    def _drop(self, records: int) -> None:
        if not self._dropped:
            _log.error("等待写入的日志太多，开始丢失 / too much waits for the disk: journal records are being lost")
        self._dropped += records


def _sync_folder(folder: Path) -> None:
    """Bring the names of new files to the disk: syncing a file does not promise that its name is there (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class MemoryJournal:
    """Keeps the records, as a reader of the file would see them, for tests and the simulator.

    Attributes:
        lines: every record, in order.
        healthy: settable.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime(2026, 11, 22, 2, tzinfo=timezone.utc)) -> None:
        self.lines: list[JournalLine] = []
        self.healthy = True
        self._now = now

    def append(self, call_id: str, records: Sequence[Record]) -> None:
        """Keep the records. Values go through JSON and back, as they do on disk."""
        written = encode_lines(call_id, records, len(self.lines) + 1, self._now())
        self.lines += [decode_line(line) for line in written.splitlines()]

    def of(self, call_id: str) -> list[JournalLine]:
        """The lines of one call."""
        return [line for line in self.lines if line.call == call_id]
