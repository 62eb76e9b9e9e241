"""Drafts of menus: each author has at most one of each document, and nobody else writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ivr.storage.database import writing
from ivr.storage.down import or_down
from ivr.storage.draft_models import MenuDraft


@dataclass(frozen=True)
class Draft:
    """What an author makes of a document.

    Attributes:
        account: whose it is.
        document: name of a tree, or of a fragment such as `common.part`.
        version: counts from 1, one more each time it is saved.
        files: name to text, as the author has them.
        began_with: the same files as they were when the author began; one that is not there is new.
    """

    account: str
    document: str
    version: int
    files: Mapping[str, str]
    began_with: Mapping[str, str]
    began_at: datetime
    saved_at: datetime


class StaleDraftError(Exception):
    """The draft was saved elsewhere meanwhile, such as in another window.

    Attributes:
        present: as it is kept; None if it is not there any more.
    """

    def __init__(self, present: Draft | None) -> None:
        super().__init__("the draft was saved elsewhere meanwhile")
        self.present = present


class Drafts:
    """All drafts. Every method raises `DatabaseDownError` when the database cannot be used."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def of(self, account: str, document: str) -> Draft | None:
        """The draft that an author has of a document."""
        with or_down(), self._engine.connect() as connection:
            return _one(connection, account, document)

    def all(self) -> list[Draft]:
        """Everybody's drafts, the latest first."""
        query = select(*_COLUMNS).order_by(MenuDraft.saved_at.desc(), MenuDraft.account, MenuDraft.document)
        with or_down(), self._engine.connect() as connection:
            return [Draft(**row._mapping) for row in connection.execute(query)]

    def save(
        self, account: str, document: str, files: Mapping[str, str], began_with: Mapping[str, str], version: int
    ) -> Draft:
        """Keep a draft.

        Args:
            began_with: what the author began with, or has seen and taken into account by now.
            version: of the draft that the author has changed; 0 to begin one.

        Raises:
            StaleDraftError: what is kept is of another version; it stays as it is.
        """
        now = self._now()
        values = {"files": dict(files), "began_with": dict(began_with), "saved_at": now, "version": version + 1}
        with or_down():
            try:
                with writing(self._engine).begin() as connection:
                    if version:
                        mine = _mine(account, document)
                        changed = connection.execute(
                            update(MenuDraft).where(*mine, MenuDraft.version == version).values(**values)
                        ).rowcount
                        if not changed:
                            raise StaleDraftError(_one(connection, account, document))
                    else:
                        new = {"account": account, "document": document, "began_at": now, **values}
                        connection.execute(insert(MenuDraft).values(**new))
                    saved = _one(connection, account, document)
            except IntegrityError:
                raise StaleDraftError(self.of(account, document)) from None
        assert saved is not None
        return saved

    def discard(self, account: str, document: str, version: int | None = None) -> bool:
        """Forget a draft.

        Args:
            version: only if it is of this version; None for any.

        Returns:
            Whether there was such a draft.
        """
        wanted = _mine(account, document)
        if version is not None:
            wanted = (*wanted, MenuDraft.version == version)
        with or_down(), writing(self._engine).begin() as connection:
            return bool(connection.execute(delete(MenuDraft).where(*wanted)).rowcount)


_COLUMNS = (
    MenuDraft.account,
    MenuDraft.document,
    MenuDraft.version,
    MenuDraft.files,
    MenuDraft.began_with,
    MenuDraft.began_at,
    MenuDraft.saved_at,
)


def _mine(account: str, document: str) -> tuple[Any, ...]:
    return MenuDraft.account == account, MenuDraft.document == document


def _one(connection: Connection, account: str, document: str) -> Draft | None:
    row = connection.execute(select(*_COLUMNS).where(*_mine(account, document))).one_or_none()
    return Draft(**row._mapping) if row else None
