"""The audit log: nobody changes it unseen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ivr.storage.audit import AuditLog
from ivr.storage.database import open_database, upgrade, writing

NOW = datetime(2026, 11, 22, 2, tzinfo=timezone.utc)
KEY = b"k" * 32


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AuditLog]:
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").new_database()
    else:
        url = f"sqlite:///{tmp_path / 'calls.sqlite'}"
    engine = open_database(url)
    upgrade(engine)
    log = AuditLog(engine, lambda: NOW, KEY)
    for number in range(5):
        log.write("chen", "revealed", f"call-{number}", "回电", "192.0.2.1")
    yield log
    engine.dispose()


def tamper(log: AuditLog, statement: str) -> None:
    """What somebody with all rights on the database could do: take the triggers away first."""
    with writing(log._engine).begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
        else:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_change ON audit"))
        connection.execute(text(statement))


def test_holds_when_nobody_touched_it(log: AuditLog) -> None:
    verdict = log.verify()
    assert (verdict.entries, verdict.broken_at) == (5, None)
    assert verdict.head == log.entries(limit=1)[0].seal


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'li'", "DELETE FROM audit WHERE number = 2"])
def test_the_database_refuses_changes(log: AuditLog, statement: str) -> None:
    with pytest.raises(DBAPIError, match="never changed"), writing(log._engine).begin() as connection:
        connection.execute(text(statement))
    assert log.verify().entries == 5


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit SET detail = 'x' WHERE number = 3", 3),
        ("UPDATE audit SET at = '2026-01-01 00:00:00' WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 1", 1),
    ],
)
def test_a_change_is_found(log: AuditLog, statement: str, broken_at: int) -> None:
    tamper(log, statement)
    assert log.verify().broken_at == broken_at


def test_an_end_that_was_cut_off_is_found_by_the_head_noted_before(log: AuditLog) -> None:
    head = log.verify().head
    assert log.has_seal(head)
    tamper(log, "DELETE FROM audit WHERE number = 5")
    assert log.verify().broken_at is None
    assert not log.has_seal(head)


def test_another_key_seals_another_chain(log: AuditLog) -> None:
    assert AuditLog(log._engine, lambda: NOW, b"x" * 32).verify().broken_at == 1


def test_is_read_by_who_and_what_and_page(log: AuditLog) -> None:
    log.write("li", "exported", "calls")
    assert [entry.who for entry in log.entries(who="li")] == ["li"]
    assert [entry.number for entry in log.entries(before=4, limit=2)] == [3, 2]
    assert log.actions() == ["exported", "revealed"]
