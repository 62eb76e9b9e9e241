"""Fills a call log with a million calls: one day is made up call by call, the other days are copies of it in SQL.

What is broken off goes on where it was: the database itself says which days it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.orm import Session

from benchmarks.console.made_calls import MadeCalls
from ivr.storage.database import writing
from ivr.storage.entries import CallRecord, LeftEntry
from ivr.storage.models import Call, Step
from ivr.storage.queueing import queue_work
from ivr.storage.records import save_records
from ivr.storage.tallies import Key, add_tallies, sum_months, tallied
from ivr.storage.work_models import Work

_MOMENTS = {
    Call: ("started_at", "last_line_at", "answered_at", "ended_at"),
    Step: ("entered_at", "left_at"),
    Work: ("call_started_at", "left_at", "contact_by", "answer_by", "due_at"),
}


#: A table beside those of the call log: it is there from the end of the first day, and has a row when all is done.
_MARK = "benchmark_seeded"


def is_begun(engine: Engine) -> bool:
    """Whether the first day is there, so that the others can be added."""
    return inspect(engine).has_table(_MARK)


def is_done(engine: Engine) -> bool:
    """Whether nothing has to be added."""
    with engine.connect() as connection:
        return is_begun(engine) and connection.execute(text(f"SELECT 1 FROM {_MARK}")).first() is not None


def seed_first_day(engine: Engine, made: MadeCalls, calls: int) -> None:
    """Fill an empty call log with a day."""
    first = list(made.many(calls))
    _save(engine, first)
    _leave(engine, first)
    with writing(engine).begin() as connection:
        connection.execute(text(f"CREATE TABLE {_MARK} (done INTEGER)"))


def seed_other_days(engine: Engine, days: int, tell: Callable[[int], None]) -> None:
    """Add the days before the first, those that are not there yet.

    Args:
        tell: is told the number of days that are there.
    """
    engine.dispose()
    if engine.dialect.name == "sqlite":
        _be_careless(engine)
    indexes = list(Call.__table__.indexes)  # type: ignore[attr-defined]
    with writing(engine).begin() as connection:
        for index in indexes:
            index.drop(connection, checkfirst=True)
        earliest = connection.execute(text("SELECT min(id) FROM calls WHERE id >= '9'")).scalar_one()
    for day in range(10_000 - int(earliest[:4]) if earliest else 1, days):
        with writing(engine).begin() as connection:
            _copy_day(connection, day)
        tell(day + 1)
    with writing(engine).begin() as connection:
        for index in indexes:
            index.create(connection, checkfirst=True)
        sum_months(connection)
        connection.execute(text("ANALYZE"))
    if engine.dialect.name == "postgresql":
        # What it does by itself when it is idle: an index alone answers only for pages that are known as settled.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))
    with writing(engine).begin() as connection:
        connection.execute(text(f"INSERT INTO {_MARK} VALUES (1)"))
    engine.dispose()


def _be_careless(engine: Engine) -> None:
    """Let the pool's one connection write without waiting for the disk: a killed process breaks nothing by it."""
    connection = engine.raw_connection()
    for setting in ("journal_mode = TRUNCATE", "synchronous = OFF", "cache_size = -400000"):
        connection.cursor().execute(f"PRAGMA {setting}")
    connection.close()


def _save(engine: Engine, records: list[CallRecord]) -> None:
    counts: Counter[Key] = Counter()
    for record in records:
        counts.update(tallied(record, datetime.astimezone))
    with Session(writing(engine)) as session, session.begin():
        save_records(session, {}, {record.call.id: record for record in records})
        add_tallies(session.connection(), counts)


def _leave(engine: Engine, records: list[CallRecord]) -> None:
    """One call of ten leaves something."""
    with writing(engine).begin() as connection:
        for number, record in enumerate(records):
            if number % 10 == 0 and record.steps:
                call = record.call
                kind = "callback" if number % 30 == 0 else "appeal"
                details = {"appeal": "complaint", "township": call.township}
                left = LeftEntry(call.id, 1, kind, f"{number:010d}", call.started_at, details)
                queue_work(connection, {call.id: record}, [replace(record, left=(left,))], datetime.astimezone)


def _copy_day(connection: Connection, day: int) -> None:
    """Copy the first day to one that is so many days earlier, its work done but for one item of 50."""
    for table in (Call, Step, Work):
        columns = [column.name for column in table.__table__.columns if (table, column.name) != (Work, "id")]
        values = [_moved(connection, column, day) if column in _MOMENTS[table] else column for column in columns]
        key = "id" if table is Call else "call_id"
        # Ids of copies: behind those of the first day, which begin with its year, and in one order with their day.
        values[columns.index(key)] = f"'{9999 - day:04d}-' || {key}"
        if table is Work:
            values[columns.index("state")] = "CASE WHEN id % 50 = 0 THEN 'open' ELSE 'closed' END"
            values[columns.index("closed_at")] = _moved(connection, "answer_by", day)
        connection.execute(
            text(
                f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) SELECT {', '.join(values)} "
                f"FROM {table.__tablename__} WHERE {key} < '9' ORDER BY {key}"
            )
        )
    newest = "(SELECT max(day) FROM tallies)"
    moved = (
        f"date(day, '-{day} days')" if connection.dialect.name == "sqlite" else f"(day - interval '{day} days')::date"
    )
    connection.execute(
        text(
            "INSERT INTO tallies (day, name, tree, place, value, amount) "
            f"SELECT {moved}, name, tree, place, value, amount FROM tallies WHERE day = {newest}"
        )
    )


def _moved(connection: Connection, column: str, day: int) -> str:
    if connection.dialect.name == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%f000', {column}, '-{day} days')"
    return f"{column} - interval '{day} days'"
