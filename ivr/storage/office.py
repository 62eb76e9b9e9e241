"""Everything of the database that the console works with, opened together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from ivr.storage.accounts import Accounts
from ivr.storage.audit import AuditLog
from ivr.storage.database import open_database, upgrade
from ivr.storage.down import or_down
from ivr.storage.log import CallLog
from ivr.storage.search import CallSearch
from ivr.storage.tallies import Tallies
from ivr.storage.tokens import Tokens
from ivr.storage.views import SavedViews
from ivr.storage.work import WorkQueues
from ivr.storage.work_deeds import WorkDeeds


@dataclass
class Office:
    """The connectors of the console. A database that is down is no error until something is asked of it."""

    engine: Engine
    accounts: Accounts
    audit: AuditLog
    calls: CallLog
    search: CallSearch
    tallies: Tallies
    views: SavedViews
    tokens: Tokens
    work: WorkQueues
    deeds: WorkDeeds
    _prepared: bool = field(default=False, init=False)

    def prepare(self) -> None:
        """Bring the tables up to date, once.

        Raises:
            DatabaseDownError: the database is down; the next call tries again.
            WrongDatabaseError: the database belongs to a newer program.
        """
        if not self._prepared:
            with or_down():
                upgrade(self.engine)
            self._prepared = True

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_office(url: str, audit_key: bytes, now: Callable[[], datetime]) -> Office:
    """Open the database for the console.

    Args:
        url: SQLAlchemy URL of the call log; the console's tables are in the same database.
        audit_key: secret of the audit chain.
        now: the time, aware of its zone.

    Raises:
        WrongDatabaseError: the URL is none, or its driver is not installed.
        OSError: a new SQLite file cannot be made.
    """
    engine = open_database(url)
    audit = AuditLog(engine, now, audit_key)
    return Office(
        engine,
        Accounts(engine, now),
        audit,
        CallLog(engine),
        CallSearch(engine),
        Tallies(engine),
        SavedViews(engine),
        Tokens(engine, now),
        WorkQueues(engine),
        WorkDeeds(engine, audit, now),
    )
