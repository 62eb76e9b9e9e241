"""The audit log: who did what, when, to what. Each entry is sealed together with the seal before it (HMAC-SHA256), so
that a changed, missing or inserted entry breaks the chain; without the key nobody can make a chain that holds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timezone

from sqlalchemy import Connection, Engine, insert, select, text

from ivr.storage.database import writing
from ivr.storage.down import or_down
from ivr.storage.office_models import AuditEntry

_FIRST = "0" * 64
_AT_ONCE = 1000
#: Any number, the same in every process: who writes to the chain in PostgreSQL takes this lock first.
_CHAIN_LOCK = 0x5869616E67


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did.

    Attributes:
        number: counts from 1 without a gap.
        who: name of an account, `token:NAME` for a program, or empty for somebody who was not let in.
        action: what was done, such as `signed_in` or `revealed`.
        subject: what it was done to, such as the id of a call.
        seal: HMAC-SHA256 of this entry and the seal before it, hexadecimal.
    """

    number: int
    at: datetime
    who: str
    action: str
    subject: str
    detail: str
    address: str
    seal: str


@dataclass(frozen=True)
class Verdict:
    """What checking the chain came to.

    Attributes:
        entries: how many hold, from the first on.
        head: seal of the last of them. Written down elsewhere, it shows later that the end was not cut off.
        broken_at: number of the first entry that does not hold; None if all do.
        reason: what is wrong there.
    """

    entries: int
    head: str
    broken_at: int | None = None
    reason: str = ""


_COLUMNS = tuple(getattr(AuditEntry, field.name) for field in fields(Entry))


class AuditLog:
    """The audit log. Every method raises `DatabaseDownError` when the database cannot be used.

    Args:
        key: secret of the chain, kept outside the database.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime], key: bytes) -> None:
        self._engine = engine
        self._now = now
        self._key = key

    def write(self, who: str, action: str, subject: str = "", detail: str = "", address: str = "") -> Entry:
        """Add an entry and return it."""
        with or_down(), writing(self._engine).begin() as connection:
            return self.write_within(connection, who, action, subject, detail, address)

    def write_within(
        self, connection: Connection, who: str, action: str, subject: str = "", detail: str = "", address: str = ""
    ) -> Entry:
        """Add an entry in a transaction that does more: it stands there if that is done, and only then.

        In PostgreSQL the chain is locked until the transaction ends, so this comes last in it.
        """
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
        last = connection.execute(
            select(AuditEntry.number, AuditEntry.seal).order_by(AuditEntry.number.desc()).limit(1)
        ).one_or_none()
        number, before = (last.number + 1, last.seal) if last else (1, _FIRST)
        at = self._now().astimezone(timezone.utc)
        draft = Entry(
            number, at, _clean(who), _clean(action), _clean(subject), _clean(detail), _clean(address), seal=""
        )
        entry = replace(draft, seal=self._seal(draft, before))
        connection.execute(insert(AuditEntry).values(**asdict(entry)))
        return entry

    def entries(
        self, *, before: int | None = None, who: str = "", action: str = "", subject: str = "", limit: int = 100
    ) -> list[Entry]:
        """The latest entries, latest first.

        Args:
            before: only those with smaller numbers, for paging.
        """
        query = select(*_COLUMNS).order_by(AuditEntry.number.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditEntry.number < before)
        for column, value in ((AuditEntry.who, who), (AuditEntry.action, action), (AuditEntry.subject, subject)):
            if value:
                query = query.where(column == value)
        with or_down(), self._engine.connect() as connection:
            return [Entry(**row._mapping) for row in connection.execute(query)]

    def actions(self) -> list[str]:
        """The kinds of actions that occur."""
        with or_down(), self._engine.connect() as connection:
            return sorted(connection.execute(select(AuditEntry.action).distinct()).scalars())

    def verify(self) -> Verdict:
        """Check the whole chain."""
        number, before = 0, _FIRST
        for entry in self._oldest_first():
            if entry.number != number + 1:
                return Verdict(number, before, number + 1, f"{number + 1} to {entry.number - 1} are missing")
            if not hmac.compare_digest(entry.seal, self._seal(entry, before)):
                return Verdict(number, before, entry.number, "was changed, or sealed with another key")
            number, before = entry.number, entry.seal
        return Verdict(number, before)

    def has_seal(self, seal: str) -> bool:
        """Whether an entry has this seal."""
        with or_down(), self._engine.connect() as connection:
            wanted = select(AuditEntry.number).where(AuditEntry.seal == seal).limit(1)
            return connection.execute(wanted).one_or_none() is not None

    def _oldest_first(self) -> Iterator[Entry]:
        last = 0
        while True:
            query = select(*_COLUMNS).where(AuditEntry.number > last).order_by(AuditEntry.number).limit(_AT_ONCE)
            with or_down(), self._engine.connect() as connection:
                some = [Entry(**row._mapping) for row in connection.execute(query)]
            if not some:
                return
            yield from some
            last = some[-1].number

    def _seal(self, entry: Entry, before: str) -> str:
        fact = [
            before,
            entry.number,
            entry.at.isoformat(timespec="microseconds"),
            entry.who,
            entry.action,
            entry.subject,
            entry.detail,
            entry.address,
        ]
        return hmac.new(self._key, json.dumps(fact, ensure_ascii=True).encode(), hashlib.sha256).hexdigest()


def _clean(value: str) -> str:
    """What every database takes: no NUL, no lone surrogates, not endless."""
    return value[:2000].replace("\x00", "").encode("utf-8", errors="replace").decode("utf-8")
