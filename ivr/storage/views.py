"""Saved views: filters of the list of calls that somebody has given a name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Delete, Engine, delete, insert, select

from ivr.storage.database import writing
from ivr.storage.down import or_down
from ivr.storage.office_models import SavedView


@dataclass(frozen=True)
class View:
    """One saved view.

    Attributes:
        query: the filter as the query of a URL.
    """

    name: str
    query: str


class SavedViews:
    """Everybody's own views. Every method raises `DatabaseDownError` when the database cannot be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, account: str) -> list[View]:
        query = select(SavedView.name, SavedView.query).where(SavedView.account == account).order_by(SavedView.name)
        with or_down(), self._engine.connect() as connection:
            return [View(row.name, row.query) for row in connection.execute(query)]

    def save(self, account: str, view: View) -> None:
        """Keep a view; it replaces the one of the same name."""
        with or_down(), writing(self._engine).begin() as connection:
            connection.execute(_named(account, view.name))
            connection.execute(insert(SavedView).values(account=account, name=view.name, query=view.query))

    def forget(self, account: str, name: str) -> None:
        with or_down(), writing(self._engine).begin() as connection:
            connection.execute(_named(account, name))


def _named(account: str, name: str) -> Delete:
    return delete(SavedView).where(SavedView.account == account, SavedView.name == name)
