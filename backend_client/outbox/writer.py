"""Puts into the outbox what a caller leaves. When `leave` returns, it is on the disk for good."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from backend_client.errors import RequestError
from backend_client.outbox.entries import Entries, Entry, KeptFile
from backend_client.outbox.requests import KINDS, request_of
from backend_client.outbox.tickets import ticket
from backend_client.sealing import UNSEALED, Sealing


class RefusedError(ValueError):
    """It is nothing that the backend could take. The message is for operators, without anything personal."""


class OutboxWriter:
    """Writes into the outbox of a folder. Any thread may call it; it opens the file for each thing left.

    Args:
        folder: holds `outbox.sqlite` and the recordings.
        gateway: number of this gateway among those of the county, 0 to 9; part of the tickets.
        now: the moment, with the callers' offset.
        sealing: keeps what callers said from whoever reads the disk.
        keep_files: recordings also stay where they were, for those who work on them at the gateway.
    """

    def __init__(
        self,
        folder: Path,
        gateway: int,
        now: Callable[[], datetime],
        *,
        sealing: Sealing = UNSEALED,
        keep_files: bool = False,
    ) -> None:
        self._folder = folder
        self._gateway = gateway
        self._now = now
        self._sealing = sealing
        self._keep_files = keep_files

    def leave(self, kind: str, data: Mapping[str, Any], files: Sequence[Path], call_id: str) -> str:
        """Keep it, and return the ticket. The files are moved into the outbox, or copied where `keep_files` says so.

        Raises:
            RefusedError: it is nothing that the backend could take.
            OSError, sqlite3.Error: it could not be written. Nothing is kept then, and the files stay where they are.
        """
        if kind not in KINDS:
            raise RefusedError(f"{kind}: nothing of this kind can be left; there are {', '.join(KINDS)}")
        entries = Entries(outbox_file(self._folder), self._sealing)
        try:
            kept = [self._take(file) for file in files]
            reference = self._write(entries, kind, data, kept, call_id)
        finally:
            entries.close()
        for file in () if self._keep_files else files:
            # From here on the outbox has it; a second copy is litter, and no reason to tell the caller otherwise.
            file.unlink(missing_ok=True)
        return reference

    def _take(self, file: Path) -> KeptFile:
        """Copy a recording into the outbox, whole and on the disk."""
        folder = recordings_folder(self._folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        recording = secrets.token_hex(16)
        content = self._sealing.read(file)
        self._sealing.keep(content, folder / f"{recording}.wav")
        return KeptFile(recording, len(content), hashlib.sha256(content).hexdigest())

    def _write(
        self, entries: Entries, kind: str, data: Mapping[str, Any], kept: Sequence[KeptFile], call_id: str
    ) -> str:
        now = self._now()
        text = json.dumps(dict(data), ensure_ascii=False)
        with entries.transaction() as connection:
            reference = ticket(now.date(), self._gateway, self._count(connection, now))
            key = secrets.token_hex(16)
            entry = Entry(
                0, kind, json.loads(text), call_id, reference, key, now, "waiting", 0, now, "", None, tuple(kept)
            )
            try:
                operation, arguments = request_of(entry, [file.recording for file in kept])
                operation.question(arguments)
            except RequestError as error:
                raise RefusedError(error.detail) from error
            cursor = connection.execute(
                "INSERT INTO entries (kind, data, call_id, reference, key, left_at, state, tries, next_try_at, problem)"
                " VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, '')",
                (kind, self._sealing.close_text(text), call_id, reference, key, now.isoformat(), now.isoformat()),
            )
            connection.executemany(
                "INSERT INTO files (entry, recording, size, sha256) VALUES (?, ?, ?, ?)",
                [(cursor.lastrowid, file.recording, file.size, file.sha256) for file in kept],
            )
        return reference

    def _count(self, connection: sqlite3.Connection, now: datetime) -> int:
        row = connection.execute(
            "INSERT INTO counts (day, last) VALUES (?, 1) "
            "ON CONFLICT (day) DO UPDATE SET last = last + 1 RETURNING last",
            (now.date().isoformat(),),
        ).fetchone()
        return int(row[0])


def outbox_file(folder: Path) -> Path:
    return folder / "outbox.sqlite"


def recordings_folder(folder: Path) -> Path:
    return folder / "recordings"
