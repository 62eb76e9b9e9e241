"""What is deleted when its time is over: calls with their steps, recordings, and what was written down of them. The
audit log is kept for ever.

A call on hold stays, whatever its age: somebody needs it as evidence. Holds are entries of the audit log (`held`,
`released`), so that who wanted what, and why, cannot be changed afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select, update

from ivr.storage.audit import AuditLog
from ivr.storage.database import writing
from ivr.storage.down import or_down
from ivr.storage.models import Call
from ivr.storage.office_models import AuditEntry
from ivr.storage.work_models import Work

_AT_ONCE = 500


@dataclass(frozen=True)
class Expired:
    """What is older than it may be.

    Attributes:
        calls: how many calls, those on hold left out.
        recordings: their files, and those of calls that are gone.
        transcripts: what people or machines wrote down of them.
        held: how many calls are older, but on hold.
    """

    calls: int
    recordings: tuple[Path, ...]
    transcripts: int
    held: int


class Retention:
    """Finds and deletes. Every method raises `DatabaseDownError` when the database cannot be used."""

    def __init__(self, engine: Engine, audit: AuditLog, recordings: Path) -> None:
        self._engine = engine
        self._audit = audit
        self._recordings = recordings

    def held(self) -> set[str]:
        """Ids of the calls on hold."""
        with or_down(), self._engine.connect() as connection:
            return _held(connection)

    def expired(self, calls_before: datetime, recordings_before: datetime, transcripts_before: datetime) -> Expired:
        """What would be deleted."""
        held = self.held()
        older = select(func.count()).select_from(Call).where(Call.started_at < calls_before, Call.ended_at.is_not(None))
        with or_down(), self._engine.connect() as connection:
            all_older = connection.execute(older).scalar_one()
            held_older = connection.execute(older.where(Call.id.in_(held))).scalar_one()
            written = select(func.count()).select_from(Work).where(*_old_transcripts(transcripts_before, held))
            transcripts = connection.execute(written).scalar_one()
        recordings = self._old_recordings(recordings_before, held)
        return Expired(all_older - held_older, recordings, transcripts, held_older)

    def delete_calls(self, before: datetime) -> int:
        """Delete the calls that began before, with their steps and what people have done about them; return how many.

        What still waits for somebody stays, even when its call is gone.
        """
        deleted = 0
        while True:
            with or_down(), writing(self._engine).begin() as connection:
                _overwrite(connection)
                held = _held(connection)  # each time: a hold that comes meanwhile counts
                old = (
                    select(Call.id)
                    .where(Call.started_at < before, Call.ended_at.is_not(None), Call.id.not_in(held))
                    .order_by(Call.started_at)
                    .limit(_AT_ONCE)
                )
                ids = list(connection.execute(old).scalars())
                if not ids:
                    done = delete(Work).where(Work.state == "closed", Work.left_at < before, Work.call_id.not_in(held))
                    connection.execute(done)
                    return deleted
                connection.execute(delete(Call).where(Call.id.in_(ids)))
                deleted += len(ids)

    def delete_transcripts(self, before: datetime) -> int:
        """Delete what was written down of what callers left before, where the work is done; return how many."""
        with or_down(), writing(self._engine).begin() as connection:
            _overwrite(connection)
            old = update(Work).where(*_old_transcripts(before, _held(connection)))
            return int(connection.execute(old.values(transcript="", transcript_by="")).rowcount)

    def delete_recordings(self, before: datetime) -> int:
        """Delete the recordings last written before; return how many."""
        old = self._old_recordings(before, self.held())
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)

    def _old_recordings(self, before: datetime, held: set[str]) -> tuple[Path, ...]:
        if not self._recordings.is_dir():
            return ()
        return tuple(
            file
            for file in sorted(self._recordings.rglob("*.wav"))
            if file.stat().st_mtime < before.timestamp() and not _is_of(file, held)
        )


def _held(connection: Connection) -> set[str]:
    query = select(AuditEntry.subject, AuditEntry.action).where(AuditEntry.action.in_(("held", "released")))
    held: set[str] = set()
    for subject, action in connection.execute(query.order_by(AuditEntry.number)):
        if action == "held":
            held.add(subject)
        else:
            held.discard(subject)
    return held


def _old_transcripts(before: datetime, held: set[str]) -> tuple[ColumnElement[bool], ...]:
    return (Work.state == "closed", Work.left_at < before, Work.transcript != "", Work.call_id.not_in(held))


def _overwrite(connection: Connection) -> None:
    """Let SQLite overwrite what is deleted; PostgreSQL gives the room back when it vacuums."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def _is_of(file: Path, calls: set[str]) -> bool:
    return any(file.name.startswith(call) or file.parent.name == call for call in calls)
