"""Fills a call log with a million calls: one day is made up call by call, the other days are copies of it in SQL."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine, text
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


def seed(engine: Engine, made: MadeCalls, calls_a_day: int, days: int) -> list[CallRecord]:
    """Fill an empty call log and return the calls of its latest day."""
    first = list(made.many(calls_a_day))
    engine.dispose()
    if engine.dialect.name == "sqlite":
        _be_careless(engine)
    _save(engine, first)
    _leave(engine, first)
    indexes = list(Call.__table__.indexes)  # type: ignore[attr-defined]
    with writing(engine).begin() as connection:
        for index in indexes:
            index.drop(connection)
    for day in range(1, days):
        with writing(engine).begin() as connection:
            _copy_day(connection, day)
    with writing(engine).begin() as connection:
        for index in indexes:
            index.create(connection)
        sum_months(connection)
        connection.execute(text("ANALYZE"))
    engine.dispose()
    return first


def _be_careless(engine: Engine) -> None:
    """Let the pool's one connection write without a journal: what breaks is made anew."""
    connection = engine.raw_connection()
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
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
        # Ids of copies: unlike any other, and in one order with their day, so that they are appended.
        values[columns.index(key)] = f"'{9999 - day:04d}-' || {key}"
        if table is Work:
            values[columns.index("state")] = "CASE WHEN id % 50 = 0 THEN 'open' ELSE 'closed' END"
            values[columns.index("closed_at")] = _moved(connection, "answer_by", day)
        connection.execute(
            text(
                f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) SELECT {', '.join(values)} "
                f"FROM {table.__tablename__} WHERE {key} NOT LIKE '____-%' ORDER BY {key}"
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
