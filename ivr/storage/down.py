"""One exception for every way in which a database is not there, so that rooms above need not know sqlalchemy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError


class DatabaseDownError(Exception):
    """The database cannot be read or written just now; the message says why."""


@contextmanager
def or_down() -> Iterator[None]:
    """Turn what sqlalchemy raises into `DatabaseDownError`; a broken rule of the tables (`IntegrityError`) stays."""
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise DatabaseDownError(str(cause).strip().partition("\n")[0]) from error
