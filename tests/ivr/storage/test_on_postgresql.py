"""PostgreSQL holds what SQLite holds: the same tables, and the same rows from the same journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from ivr.storage.database import current_revision, downgrade, newest_revision, open_database, upgrade
from ivr.storage.log import CallLog
from ivr.storage.models import Base
from ivr.storage.shipper import Shipper
from ivr.storage.tallies import Tallies
from tests.ivr.storage.made import START, interleaved, lines_of, write_journal
from tests.postgresql import Server

pytestmark = pytest.mark.system


@pytest.fixture
def engine(postgresql: Server) -> Iterator[Engine]:
    engine = open_database(postgresql.new_database())
    yield engine
    engine.dispose()


def test_migrations_make_what_the_models_say_up_and_down_and_up(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert current_revision(engine) == newest_revision()


def test_the_same_journal_gives_the_same_log(engine: Engine, tmp_path: Path) -> None:
    calls = [lines_of(f"c{number}", start=START + timedelta(seconds=number)) for number in range(6)]
    write_journal(tmp_path / "journal", interleaved(*calls))
    lite = open_database(f"sqlite:///{tmp_path / 'calls.sqlite'}")

    def utc(at: datetime) -> datetime:
        return at.astimezone(timezone.utc)

    for database in (engine, lite):
        shipper = Shipper(tmp_path / "journal", database, lambda: START, batch_bytes=3000, local=utc)
        assert shipper.ship() == sum(map(len, calls))
        assert shipper.ship() == 0
    here, there = CallLog(engine), CallLog(lite)
    assert here.recent() == there.recent()
    assert len(here.recent()) == 6
    assert [here.steps(f"c{number}") for number in range(6)] == [there.steps(f"c{number}") for number in range(6)]
    assert here.find("c3") == there.find("c3")
    day = START.date()
    for name in ("outcome", "edge", "backend_ms", "not_understood"):
        counted = Tallies(engine).between(name, day, day)
        assert counted == Tallies(lite).between(name, day, day)
        assert counted
    lite.dispose()
