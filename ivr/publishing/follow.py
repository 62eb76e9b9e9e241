"""Keeps the copy on this machine like what is published in the database."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ivr.publishing.local import LocalCopy, Served
from ivr.storage.database import WrongDatabaseError
from ivr.storage.log import DatabaseDownError
from ivr.storage.publications import Publication, Publications

_log = logging.getLogger(__name__)


class Follower:
    """Looks whether something else is published, and takes it over.

    Args:
        publications: opens the database; called again after it was down.
    """

    def __init__(self, publications: Callable[[], Publications], local: LocalCopy) -> None:
        self._open = publications
        self._local = local
        self._publications: Publications | None = None
        self._said: str = ""

    def follow(self) -> None:
        """Look once. Never raises: a database that is down, or a full disk, leaves what is served as it is."""
        try:
            if self._publications is None:
                self._publications = self._open()
            taken = bring(self._publications, self._local)
            if taken is not None:
                _log.info("menus %s published by %s: %s", taken.revision, taken.who, taken.why)
            self._said = ""
        except (DatabaseDownError, WrongDatabaseError, OSError) as error:
            if str(error) != self._said:
                self._said = str(error)
                _log.warning("cannot look for published menus, the old ones are served: %s", error)


def bring(publications: Publications, local: LocalCopy) -> Publication | None:
    """Have this machine serve what is published; that, if it was something else before.

    What is published is asked for while nobody else writes here: of several who bring at once, none brings the older.
    What is served is replaced by something older only when the database does not know it, such as one that was restored
    from a backup.

    Raises:
        DatabaseDownError, OSError: it cannot be read or written; what was served before still is.
    """
    with local.held():
        current, served = publications.current(), local.served()
        if current is None or (served is not None and served.number == current.number):
            return None
        if served is not None and served.number > current.number and publications.has(served.number, served.revision):
            return None
        local.take(served_of(current), publications.files(current.revision))
        return current


def served_of(publication: Publication) -> Served:
    """What the copy on this machine says of a publication."""
    return Served(
        publication.number,
        publication.revision,
        publication.published_at.isoformat(timespec="seconds"),
        publication.who,
        publication.why,
    )
