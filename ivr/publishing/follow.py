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
            current = self._publications.current()
            served = self._local.served()
            if current is not None and (served is None or served.number != current.number):
                self._local.take(served_of(current), self._publications.files(current.revision))
                _log.info("menus %s published by %s: %s", current.revision, current.who, current.why)
            self._said = ""
        except (DatabaseDownError, WrongDatabaseError, OSError) as error:
            if str(error) != self._said:
                self._said = str(error)
                _log.warning("cannot look for published menus, the old ones are served: %s", error)


def served_of(publication: Publication) -> Served:
    """What the copy on this machine says of a publication."""
    return Served(
        publication.number,
        publication.revision,
        publication.published_at.isoformat(timespec="seconds"),
        publication.who,
        publication.why,
    )
