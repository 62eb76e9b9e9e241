"""Opening the database of the call log, and bringing its tables up to date."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

_WRITING = "xiangyin_writing"


class WrongDatabaseError(Exception):
    """The database cannot be used as it is configured: its URL is wrong, or it belongs to a newer program."""


def open_database(url: str, *, busy_ms: int = 5000) -> Engine:
    """Return an engine for the call log. Nothing is read yet, so a database that is down is no error here.

    SQLite runs in WAL mode: readers do not stop the writer. Synchronisation `NORMAL` may forget the last transactions
    when the power fails; they are then read again from the journal, because how far it was read is forgotten with them.

    Args:
        url: SQLAlchemy URL; a new SQLite file and its folder are made, for the owner's eyes only.
        busy_ms: how long SQLite waits for a lock.

    Raises:
        WrongDatabaseError: the URL is none, or the driver that it needs is not installed.
        OSError: a new SQLite file cannot be made.
    """
    try:
        # A server may have been restarted since a connection was used last: it is asked first, or what somebody has
        # just sent would be refused though the database is well. A file needs no such question.
        asked = make_url(url).get_backend_name() != "sqlite"
        engine = create_engine(url, json_serializer=partial(json.dumps, ensure_ascii=False), pool_pre_ping=asked)
    except (ArgumentError, ImportError) as error:
        raise WrongDatabaseError(f"数据库地址不能用 / the database URL cannot be used: {error}") from error
    if engine.dialect.name == "sqlite":
        _make_private(make_url(url).database)
        _teach_sqlite(engine, busy_ms)
    return engine


def writing(engine: Engine) -> Engine:
    """The same database, for transactions that write.

    In SQLite they ask for the write lock at once (`BEGIN IMMEDIATE`): a transaction that first reads and then writes
    would otherwise fail at once, without waiting, when another has written in between.
    """
    return engine.execution_options(**{_WRITING: True})


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision; to the newest if none is named. Does nothing when they are there.

    Raises:
        WrongDatabaseError: the database was made by a newer version of this program.
        sqlalchemy.exc.DBAPIError: the database is down or locked.
    """
    with writing(engine).begin() as connection:
        _check_known(connection)
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the tables back to a revision; `base` removes them all."""
    with writing(engine).begin() as connection:
        command.downgrade(_config(connection), revision)


def current_revision(engine: Engine) -> str | None:
    """The revision of the tables; None when there are none."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The revision that this program works with."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def look_at_tables(engine: Engine) -> None:
    """Let SQLite learn how its tables are filled, so that it chooses the right index. PostgreSQL does so by itself."""
    if engine.dialect.name == "sqlite":
        with writing(engine).begin() as connection:
            connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
            connection.exec_driver_sql("PRAGMA optimize")


def _check_known(connection: Connection) -> None:
    present = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()}
    if present is not None and present not in known:
        raise WrongDatabaseError(
            f"数据库的版本是 {present}，比本程序新；请升级程序 / the database has revision {present}, newer than this "
            f"program, which knows {', '.join(sorted(known))}: upgrade the program"
        )


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _make_private(database: str | None) -> None:
    if not database or database == ":memory:":
        return
    path = Path(database)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A file that is there is not opened: closing it would drop the locks that SQLite holds on it in this process, since
    # fcntl locks belong to the process. Another process would then think itself the last one and delete the write-ahead
    # log that is in use here: this one would read what is old, and what it writes would be lost.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _teach_sqlite(engine: Engine, busy_ms: int) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `_begun` says, not where the driver guesses
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {busy_ms}")
        # The mode belongs to the file. While another process sets it, SQLite refuses at once, without waiting, and then
        # that process has done it for us. A database that is of no use says so at its first transaction.
        with suppress(sqlite3.OperationalError):
            cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get(_WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
