"""Published menus in the database: plain data in, plain data out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ivr.storage.database import open_database, upgrade, writing
from ivr.storage.log import DatabaseDownError
from ivr.storage.models import MenuPublication, MenuRevision

Kind = Literal["publish", "rollback"]
_COLUMNS = (
    MenuPublication.number,
    MenuPublication.revision,
    MenuPublication.published_at,
    MenuPublication.kind,
    MenuPublication.who,
    MenuPublication.why,
)


@dataclass(frozen=True)
class Publication:
    """One publication.

    Attributes:
        number: counts from 1; the greatest is what gateways serve.
        revision: what was published; the same content always has the same revision.
        kind: `publish`, or `rollback` for an old revision that was published again.
        who: user name.
        why: in the words of whoever published it.
    """

    number: int
    revision: str
    published_at: datetime
    kind: str
    who: str
    why: str


class ConflictError(Exception):
    """Somebody else has published since the author began.

    Attributes:
        current: what is published now.
        since: what was published since, latest first; empty if that cannot be told.
    """

    def __init__(self, current: Publication | None, since: list[Publication]) -> None:
        super().__init__(current.revision if current else "nothing is published")
        self.current = current
        self.since = since


class NoSuchRevisionError(LookupError):
    """No revision has this id, or several begin like this."""


class Publications:
    """The published menus of a database.

    Every method raises `DatabaseDownError` when the database cannot be read or written.

    Args:
        engine: of `ivr.storage.database.open_database`; its tables are up to date (`open_publications`).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def current(self) -> Publication | None:
        """What gateways serve; None when nothing was ever published."""
        with _or_down(), self._engine.connect() as connection:
            return _current(connection)

    def history(self, limit: int = 20) -> list[Publication]:
        """The latest publications, latest first."""
        query = select(*_COLUMNS).order_by(MenuPublication.number.desc()).limit(limit)
        with _or_down(), self._engine.connect() as connection:
            return [Publication(**row._mapping) for row in connection.execute(query)]

    def has(self, number: int, revision: str) -> bool:
        """Whether this was published."""
        query = select(MenuPublication.number).where(
            MenuPublication.number == number, MenuPublication.revision == revision
        )
        with _or_down(), self._engine.connect() as connection:
            return connection.scalar(query) is not None

    def before(self, revision: str) -> str | None:
        """The last revision that was published and is not this one."""
        query = select(MenuPublication.revision).where(MenuPublication.revision != revision)
        with _or_down(), self._engine.connect() as connection:
            return connection.scalar(query.order_by(MenuPublication.number.desc()).limit(1))

    def find(self, prefix: str) -> str:
        """The revision that begins like this.

        Raises:
            NoSuchRevisionError: there is none, or there are several.
        """
        query = select(MenuRevision.id).where(MenuRevision.id.startswith(prefix, autoescape=True)).limit(3)
        with _or_down(), self._engine.connect() as connection:
            found = list(connection.scalars(query))
        if len(found) != 1:
            raise NoSuchRevisionError(prefix)
        return found[0]

    def files(self, revision: str) -> dict[str, str]:
        """The files of a revision: name to text.

        Raises:
            NoSuchRevisionError: there is none with exactly this id.
        """
        query = select(MenuRevision.files).where(MenuRevision.id == revision)
        with _or_down(), self._engine.connect() as connection:
            found = connection.scalar(query)
        if found is None:
            raise NoSuchRevisionError(revision)
        return dict(found)

    def publish(
        self, revision: str, files: Mapping[str, str], *, base: str, who: str, why: str, at: datetime, kind: Kind
    ) -> Publication:
        """Publish a revision: from now on gateways serve it.

        Args:
            base: the revision that the author began with; empty if nothing was published then.

        Raises:
            ConflictError: something else is published than `base`.
        """
        with _or_down():
            try:
                with writing(self._engine).begin() as connection:
                    current = _current(connection)
                    if (current.revision if current else "") != base:
                        raise ConflictError(current, _since(connection, base))
                    number = current.number + 1 if current else 1
                    publication = Publication(number, revision, at, kind, who, why)
                    if connection.scalar(select(MenuRevision.id).where(MenuRevision.id == revision)) is None:
                        connection.execute(insert(MenuRevision).values(id=revision, files=dict(files)))
                    connection.execute(insert(MenuPublication).values(**publication.__dict__))
                    return publication
            except IntegrityError:
                # Somebody took the number, or the revision, between our look and our writing.
                with self._engine.connect() as connection:
                    raise ConflictError(_current(connection), _since(connection, base)) from None

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def open_publications(url: str) -> Publications:
    """The publications of a database, whose tables are made or brought up to date.

    Raises:
        DatabaseDownError: the database is down or locked.
        WrongDatabaseError: the URL is none, or the database belongs to a newer program.
        OSError: a new database file cannot be made.
    """
    engine = open_database(url)
    with _or_down():
        upgrade(engine)
    return Publications(engine)


def _current(connection: Connection) -> Publication | None:
    row = connection.execute(select(*_COLUMNS).order_by(MenuPublication.number.desc()).limit(1)).first()
    return Publication(**row._mapping) if row else None


def _since(connection: Connection, base: str) -> list[Publication]:
    """What was published after the last publication of `base`; nothing if it never was."""
    last = select(MenuPublication.number).where(MenuPublication.revision == base)
    number = connection.scalar(last.order_by(MenuPublication.number.desc()).limit(1))
    if number is None:
        return []
    query = select(*_COLUMNS).where(MenuPublication.number > number).order_by(MenuPublication.number.desc())
    return [Publication(**row._mapping) for row in connection.execute(query)]


@contextmanager
def _or_down() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise DatabaseDownError(str(error).partition("\n")[0]) from error
