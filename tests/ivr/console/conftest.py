"""A console for each test, over a copy of a database that was made once: SQLite, and PostgreSQL in system tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from ivr.console import passwords
from tests.ivr.console.support import HASH, TestConsole


@pytest.fixture(scope="session")
def made_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with tables and people."""
    folder = tmp_path_factory.mktemp("console")
    console = TestConsole(f"sqlite:///{folder / 'calls.sqlite'}", folder)
    console.add_people()
    console.close()
    return folder / "calls.sqlite"


@pytest.fixture(scope="session")
def made_postgresql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database with tables and people."""
    url = request.getfixturevalue("postgresql").new_database()
    console = TestConsole(url, tmp_path_factory.mktemp("console"))
    console.add_people()
    console.close()
    return str(make_url(url).database)


@pytest.fixture(scope="session", autouse=True)
def cheap_nobody() -> Iterator[None]:
    """What the password of a name that nobody has is checked against, as cheap as the people's: tests sign in often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "prepare_nobody", lambda: HASH)
        yield


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def console(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestConsole]:
    if request.param == "postgresql":
        template = request.getfixturevalue("made_postgresql")
        url = request.getfixturevalue("postgresql").new_database(template)
    else:
        shutil.copy(request.getfixturevalue("made_sqlite"), tmp_path / "calls.sqlite")
        url = f"sqlite:///{tmp_path / 'calls.sqlite'}"
    console = TestConsole(url, tmp_path)
    yield console
    console.close()
