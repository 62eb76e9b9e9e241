"""A PostgreSQL server for tests: Debian's own, started in a temporary folder by an unprivileged user, without network.

    def test_something(postgresql):
        engine = open_database(postgresql.new_database())

Tests that use it are `system` tests. Where PostgreSQL is not installed they are skipped with a clear word.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

#: Faster, and nothing of worth is lost when the machine stops.
_CAREFREE = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class Server:
    """A running server.

    Args:
        folder: where its socket is.
        control: the command line of `pg_ctl` for it.
    """

    def __init__(self, folder: Path, control: Sequence[str]) -> None:
        self._folder = folder
        self._control = control
        self._numbers = itertools.count(1)

    def new_database(self, template: str = "template1") -> str:
        """SQLAlchemy URL of a new database, a copy of the template."""
        name = f"test_{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def empty_database(self, name: str) -> str:
        """SQLAlchemy URL of a database of that name; one that is there is deleted before."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def has(self, name: str) -> bool:
        """Whether there is a database of that name."""
        with self._connection() as connection:
            return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None

    def url(self, name: str) -> str:
        """SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def _execute(self, statement: str) -> None:
        with self._connection() as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def _connection(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self._folder), user="postgres", dbname="postgres", autocommit=True)

    def start(self) -> None:
        listen = ("-c", "listen_addresses=", "-c", f"unix_socket_directories={self._folder}")
        options = " ".join((*listen, *_CAREFREE))
        self._run("-o", options, "-l", str(self._folder / "log"), "start")

    def stop(self, how: str = "immediate") -> None:
        """`immediate` is as when the power fails: what clients have open is cut. `fast` writes everything down."""
        self._run("-m", how, "stop")

    @property
    def runs(self) -> bool:
        return subprocess.run([*self._control, "status"], stdout=subprocess.DEVNULL, cwd="/").returncode == 0

    def _run(self, *arguments: str) -> None:
        subprocess.run([*self._control, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, of the newest version; None if it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with server() as running:
        yield running


@contextmanager
def server(kept: Path | None = None) -> Iterator[Server]:
    """A server that runs as long as the context.

    Args:
        kept: where its databases stay, to be used again; a short path, because a socket is in it, that the user
            `postgres` can reach. Without it they are deleted in the end.
    """
    folder = programs()
    assert folder is not None, "PostgreSQL is not installed: apt-get install postgresql"
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
    home = kept.resolve() if kept else Path(tempfile.mkdtemp(prefix="xypg"))
    # PostgreSQL refuses to run as root; its Debian package has a user for it.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(home, pwd.getpwnam("postgres").pw_name)
    data = home / "data"
    if not (data / "PG_VERSION").exists():
        how = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        subprocess.run(
            [*as_user, str(folder / "initdb"), "-D", str(data), *how], check=True, capture_output=True, cwd="/"
        )
    running = Server(home, [*as_user, str(folder / "pg_ctl"), "-D", str(data), "-w"])
    # One that was killed with its program still runs, and has the same options.
    if not running.runs:
        running.start()
    try:
        yield running
    finally:
        running.stop("fast" if kept else "immediate")
        if not kept:
            shutil.rmtree(home)
