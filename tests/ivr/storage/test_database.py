"""Tables and migrations: what the models say is what a database has, up and down."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import setuptools
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Engine, Integer, MetaData, insert, inspect, select, text
from sqlalchemy.exc import OperationalError

from ivr.storage import migrations
from ivr.storage.database import (
    WrongDatabaseError,
    current_revision,
    downgrade,
    newest_revision,
    open_database,
    upgrade,
    writing,
)
from ivr.storage.entries import CallEntry, StepEntry
from ivr.storage.models import Base, Call, Shipped, Step

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'log' / 'calls.sqlite'}", busy_ms=50)
    yield engine
    engine.dispose()


def differences(engine: Engine, metadata: MetaData) -> list[object]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_migrations_make_what_the_models_say(engine: Engine) -> None:
    upgrade(engine)
    assert differences(engine, Base.metadata) == []


def test_that_comparison_notices_a_difference(engine: Engine) -> None:
    upgrade(engine)
    changed = MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(changed)
    changed.tables["calls"].append_column(Column("forgotten", Integer))
    assert len(differences(engine, changed)) == 1


def test_up_and_down_and_up(engine: Engine) -> None:
    upgrade(engine)
    assert current_revision(engine) == newest_revision()
    downgrade(engine, "base")
    assert current_revision(engine) is None
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert differences(engine, Base.metadata) == []


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    with writing(engine).begin() as connection:
        connection.execute(
            insert(Shipped).values(file="f", offset=1, last_seq=1, garbage=0, missing=0, shipped_at=datetime.now())
        )
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(select(Shipped.offset)).scalar_one() == 1


def test_processes_that_upgrade_at_once_do_it_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'calls.sqlite'}"
    together = threading.Barrier(3)
    errors: list[BaseException] = []

    def one() -> None:
        engine = open_database(url, busy_ms=10_000)
        together.wait(10)
        try:
            upgrade(engine)
        except OperationalError as error:
            errors.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_database_of_a_newer_program_is_refused(engine: Engine) -> None:
    upgrade(engine)
    with writing(engine).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WrongDatabaseError, match="9999"):
        upgrade(engine)


@pytest.mark.parametrize("url", ["", "calls.sqlite", "sqlite:x", "nosuch://x/y", "oracle://x/y"])
def test_a_url_that_cannot_be_used(url: str) -> None:
    with pytest.raises(WrongDatabaseError, match="URL"):
        open_database(url)


def test_a_migration_that_fails_leaves_nothing_half_done(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        connection.execute(text("CREATE TABLE steps (x INTEGER)"))
    with pytest.raises(OperationalError, match="steps"):
        upgrade(engine)
    assert set(inspect(engine).get_table_names()) == {"steps"}


def test_every_migration_is_part_of_the_installed_package() -> None:
    folder = Path(migrations.__file__).parent
    found = setuptools.find_packages(str(ROOT), include=["ivr*"])
    packages = {file.parent for file in folder.rglob("*.py")}
    assert {".".join(package.relative_to(ROOT).parts) for package in packages} <= set(found)
    assert {file.suffix for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts} == {".py"}


def test_entries_have_the_columns_of_the_tables() -> None:
    assert [field.name for field in fields(CallEntry)] != []
    assert {field.name for field in fields(CallEntry)} == set(Call.__table__.columns.keys())
    assert {field.name for field in fields(StepEntry)} == set(Step.__table__.columns.keys())


def test_sqlite_is_private_durable_and_has_foreign_keys(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 1
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == 50
    assert stat.S_IMODE((tmp_path / "log" / "calls.sqlite").stat().st_mode) == 0o600


def test_an_existing_database_keeps_its_content_and_mode(tmp_path: Path) -> None:
    url, path = f"sqlite:///{tmp_path / 'calls.sqlite'}", tmp_path / "calls.sqlite"
    engine = open_database(url)
    upgrade(engine)
    engine.dispose()
    path.chmod(0o640)
    engine = open_database(url)
    assert current_revision(engine) == newest_revision()
    engine.dispose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_readers_see_the_last_state_while_another_writes(engine: Engine) -> None:
    upgrade(engine)
    row = {"offset": 1, "last_seq": 1, "garbage": 0, "missing": 0, "shipped_at": datetime.now(timezone.utc)}
    with writing(engine).begin() as writer, engine.connect() as reader:
        writer.execute(insert(Shipped).values(file="f", **row))
        assert reader.execute(select(Shipped.file)).all() == []
    with engine.connect() as reader:
        assert reader.execute(select(Shipped.file)).scalar_one() == "f"


def test_two_writers_wait_and_then_say_so(engine: Engine) -> None:
    upgrade(engine)
    with writing(engine).begin(), pytest.raises(OperationalError, match="locked"), writing(engine).begin():
        raise AssertionError("two writers at once")


def test_times_come_back_in_utc(engine: Engine) -> None:
    upgrade(engine)
    beijing = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    row = {"file": "f", "offset": 1, "last_seq": 1, "garbage": 0, "missing": 0, "shipped_at": beijing}
    with writing(engine).begin() as connection:
        connection.execute(insert(Shipped).values(**row))
    with engine.connect() as connection:
        back = connection.execute(select(Shipped.shipped_at)).scalar_one()
        assert connection.execute(text("SELECT shipped_at FROM shipped")).scalar_one() == "2026-11-22 02:00:00.123456"
    assert back == beijing
    assert back.tzinfo is timezone.utc


def test_a_database_that_is_opened_twice_keeps_its_locks(tmp_path: Path) -> None:
    """Else another process takes itself for the last one and deletes the log (WAL) that is used here."""
    url = f"sqlite:///{tmp_path / 'calls.sqlite'}"
    engine = open_database(url)
    with writing(engine).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE things (name TEXT)")
    open_database(url).dispose()
    for name in ("one", "two"):
        written = f"import sqlite3; c = sqlite3.connect({str(tmp_path / 'calls.sqlite')!r}); "
        written += f"c.execute('INSERT INTO things VALUES (?)', ({name!r},)); c.commit(); c.close()"
        subprocess.run([sys.executable, "-c", written], check=True)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM things").scalar() == 2
    engine.dispose()
