"""Calls are written in few statements, however their rows differ."""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from ivr.storage.models import Base
from ivr.storage.projector import fold
from ivr.storage.records import load_records, save_records
from tests.ivr.storage.made import RUN, lines_of


def test_new_calls_and_steps_are_a_statement_each_also_where_different_columns_are_empty() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    records: dict[str, Any] = {}
    for number in range(20):
        call = f"c{number}"
        for line in lines_of(call)[: None if number % 2 else -2]:
            records[call] = fold(records.get(call), line, RUN)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_more: statements.append(statement))
    with Session(engine) as session, session.begin():
        save_records(session, {}, records)
    assert [statement.split()[:3] for statement in statements] == [
        ["INSERT", "INTO", "calls"],
        ["INSERT", "INTO", "steps"],
    ]
    with Session(engine) as session:
        assert load_records(session, records) == records
