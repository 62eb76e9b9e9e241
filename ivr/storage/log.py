"""Reading the call log: a connector that returns plain data. Nothing lazy escapes, no query is built elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, select

from ivr.call.journal_lines import journal_files
from ivr.storage.database import current_revision, newest_revision, open_database
from ivr.storage.down import DatabaseDownError as DatabaseDownError
from ivr.storage.down import or_down
from ivr.storage.entries import CallEntry, StepEntry
from ivr.storage.models import Call, Shipped, Step
from ivr.storage.records import CALL_COLUMNS, STEP_COLUMNS, call_entry, step_entry
from ivr.storage.shipper import Shipper, shipping_alone

#: Sorts after every character that a call id may hold.
_AFTER_ALL = "\x7f"


class NoSuchCallError(LookupError):
    """No call has this id, or an id that begins like this."""


class AmbiguousCallError(LookupError):
    """Several calls have an id that begins like this.

    Attributes:
        candidates: some of the ids, latest call first.
    """

    def __init__(self, prefix: str, candidates: list[str]) -> None:
        super().__init__(f"{prefix}: {', '.join(candidates)}")
        self.candidates = candidates


@dataclass(frozen=True)
class CallFilter:
    """Which calls to list; what is None does not matter.

    Attributes:
        since: started then or later.
        outcome: one of `ivr.storage.projector.OUTCOMES`.
        caller_hash: keyed hash of the caller's number (`ivr.privacy.CallerKey`).
    """

    since: datetime | None = None
    outcome: str | None = None
    caller_hash: str | None = None


class CallLog:
    """The call log for reading. The tables must exist: see `open_call_log`.

    Every method raises `DatabaseDownError` when the database cannot be read.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def recent(self, limit: int = 50, filters: CallFilter | None = None) -> list[CallEntry]:
        """The latest calls, latest first."""
        return self._calls(_conditions(filters or CallFilter()), limit)

    def call(self, call_id: str) -> CallEntry:
        """One call by its whole id.

        Raises:
            NoSuchCallError: there is none.
        """
        calls = self._calls([Call.id == call_id], 1)
        if not calls:
            raise NoSuchCallError(call_id)
        return calls[0]

    def find(self, prefix: str) -> CallEntry:
        """One call by the beginning of its id, or the latest by the word `last`.

        Raises:
            NoSuchCallError: there is none.
            AmbiguousCallError: there are several.
        """
        if prefix == "last":
            calls = self.recent(limit=1)
        else:
            # A range, because databases find it by the primary key; LIKE they often do not.
            whole = self._calls([Call.id == prefix], 1)
            calls = whole or self._calls([Call.id >= prefix, Call.id < prefix + _AFTER_ALL], 6)
        if not calls:
            raise NoSuchCallError(prefix)
        if len(calls) > 1:
            raise AmbiguousCallError(prefix, [call.id for call in calls])
        return calls[0]

    def steps(self, call_id: str) -> list[StepEntry]:
        """The steps of a call, in order; none if there is no such call."""
        query = select(*STEP_COLUMNS).where(Step.call_id == call_id).order_by(Step.step)
        with or_down(), self._engine.connect() as connection:
            return [step_entry(row) for row in connection.execute(query)]

    def shipped(self) -> dict[str, int]:
        """How far each journal is in the database: file name to bytes."""
        with or_down(), self._engine.connect() as connection:
            return {row.file: row.offset for row in connection.execute(select(Shipped.file, Shipped.offset))}

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _calls(self, conditions: Sequence[ColumnElement[bool]], limit: int) -> list[CallEntry]:
        query = select(*CALL_COLUMNS).where(*conditions).order_by(Call.started_at.desc(), Call.id.desc())
        with or_down(), self._engine.connect() as connection:
            return [call_entry(row) for row in connection.execute(query.limit(limit))]


def open_call_log(
    url: str,
    journal: Path,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    patience: float = 3.0,
) -> CallLog:
    """Open the call log with everything in it that the journals hold at this moment.

    Ships the journals itself when no shipper is running, else waits until that has shipped them.

    Args:
        url: SQLAlchemy URL of the database.
        journal: folder of the journals.
        now: the time, aware of its zone.
        patience: longest wait for a running shipper, seconds; after it the log is opened as it is.

    Raises:
        DatabaseDownError: the database is down or locked.
        WrongDatabaseError: the database belongs to a newer program.
        OSError: the folder or a new database file cannot be used.
    """
    engine = open_database(url)
    with shipping_alone(journal) as alone:
        if alone:
            with or_down():
                Shipper(journal, engine, now).ship()
            return CallLog(engine)
    wanted = {file.path.name: file.path.stat().st_size for file in journal_files(journal)}
    until = time.monotonic() + patience
    with or_down():
        while not _has_shipped(engine, wanted) and time.monotonic() < until:
            time.sleep(0.05)
    return CallLog(engine)


def schema_is_current(url: str) -> bool:
    """Whether the tables of the call log are those of this program.

    Raises:
        DatabaseDownError: the database is down or locked.
    """
    engine = open_database(url)
    try:
        with or_down():
            return current_revision(engine) == newest_revision()
    finally:
        engine.dispose()


def _has_shipped(engine: Engine, wanted: dict[str, int]) -> bool:
    if current_revision(engine) != newest_revision():
        return False
    query = select(Shipped.file, Shipped.offset).where(Shipped.file.in_(wanted))
    with engine.connect() as connection:
        shipped = {row.file: row.offset for row in connection.execute(query)}
    return all(shipped.get(name, 0) >= size for name, size in wanted.items())


def _conditions(filters: CallFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.since is not None:
        conditions.append(Call.started_at >= filters.since)
    if filters.outcome is not None:
        conditions.append(Call.outcome == filters.outcome)
    if filters.caller_hash is not None:
        conditions.append(Call.caller_hash == filters.caller_hash)
    return conditions
