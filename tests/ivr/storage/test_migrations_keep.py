"""Migrations down and up with rows in every table: what both revisions can hold is the same afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Engine, Float, Integer, LargeBinary, MetaData, insert
from sqlalchemy import select as select_rows
from sqlalchemy.types import TypeDecorator, TypeEngine

from ivr.storage.database import current_revision, downgrade, newest_revision, open_database, upgrade, writing
from ivr.storage.models import Base
from tests.postgresql import Server

ROWS = 7
START = datetime(2026, 11, 22, 2, tzinfo=timezone.utc)
#: Table, to rows by their primary key, to columns.
Content = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


def value(column: Column[Any], row: int) -> Any:
    """Something of this column's type that no other row has; a foreign key gets what the other table has there."""
    for key in column.foreign_keys:
        return value(key.column, row)
    kinds: dict[type[TypeEngine[Any]], Any] = {
        Boolean: row % 2 == 0,
        Integer: row + 1,
        Float: row / 8,
        DateTime: START + timedelta(minutes=row),
        Date: date(2026, 11, 1 + row),
        JSON: {"row": row, "话": "办件"},
        LargeBinary: bytes([0, row, 255]),
    }
    stored = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    for kind, made in kinds.items():
        if isinstance(stored, kind):
            return made
    return f"{column.name}{row}"[-(getattr(column.type, "length", None) or 100) :]


def fill(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        for table in Base.metadata.sorted_tables:
            rows = [{column.name: value(column, row) for column in table.columns} for row in range(ROWS)]
            connection.execute(insert(table), rows)


def content(engine: Engine) -> Content:
    tables = MetaData()
    tables.reflect(engine)
    tables.remove(tables.tables["alembic_version"])
    with engine.connect() as connection:
        return {
            name: {
                tuple(row[column.name] for column in table.primary_key): dict(row)
                for row in connection.execute(select_rows(table)).mappings()
            }
            for name, table in tables.tables.items()
        }


def shared(before: Content, after: Content) -> tuple[Content, Content]:
    """Both, without the tables and columns that only one of them has."""

    def cut(one: Content, other: Content) -> Content:
        kept: Content = {}
        for name in one.keys() & other.keys():
            known = next(iter(other[name].values()), {}).keys()
            kept[name] = {
                key: {column: stored for column, stored in row.items() if column in known}
                for key, row in one[name].items()
            }
        return kept

    return cut(before, after), cut(after, before)


def down_and_up(engine: Engine) -> None:
    """From the newest revision one by one to the oldest, and back."""
    upgrade(engine)
    fill(engine)
    now = content(engine)
    assert set(now) == set(Base.metadata.tables) and all(len(rows) == ROWS for rows in now.values())
    newest = int(newest_revision() or 0)
    assert newest >= 6
    for number in [*range(newest - 1, 0, -1), *range(2, newest + 1)]:
        revision = f"{number:04}"
        step = downgrade if revision < here(engine) else upgrade
        step(engine, revision)
        then = content(engine)
        expected, found = shared(now, then)
        assert found == expected, f"to {revision}"
        assert "calls" in found and len(found["calls"]) == ROWS
        now = then
    assert {name for name, rows in now.items() if rows} >= {"calls", "steps", "shipped"}


def here(engine: Engine) -> str:
    return current_revision(engine) or ""


@contextmanager
def closing_engine(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    try:
        yield engine
    finally:
        engine.dispose()


def test_rows_outlive_migrations_in_sqlite(tmp_path: Path) -> None:
    with closing_engine(f"sqlite:///{tmp_path / 'calls.sqlite'}") as engine:
        down_and_up(engine)


@pytest.mark.system
def test_rows_outlive_migrations_in_postgresql(postgresql: Server) -> None:
    with closing_engine(postgresql.new_database()) as engine:
        down_and_up(engine)


def test_a_migration_that_loses_a_row_is_noticed() -> None:
    """The comparison itself."""
    full: Content = {"calls": {(1,): {"id": 1, "old": "a"}, (2,): {"id": 2, "old": "b"}}, "gone": {(1,): {"id": 1}}}
    less: Content = {"calls": {(1,): {"id": 1, "old": "a", "new": 0}}}
    changed: Content = {"calls": {(1,): {"id": 1, "old": "a"}, (2,): {"id": 2, "old": "B"}}}
    for after in (less, changed):
        expected, found = shared(full, after)
        assert found != expected
    expected, found = shared(full, {"calls": {key: {**row, "new": 0} for key, row in full["calls"].items()}})
    assert found == expected
