"""Questions to the demo backend's database, answered as JSON data in the words of the contract."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, create_engine, func, inspect, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend_client.demo import told
from backend_client.demo.appeals import seed_appeals
from backend_client.demo.changes import note_changes
from backend_client.demo.left_tables import LeftRow
from backend_client.demo.seed import CHINA, demo_rows
from backend_client.demo.tables import (
    CaseRow,
    DepartmentRow,
    NoticeRow,
    PolicyRow,
    Row,
    SeedRow,
    ServiceItemRow,
    TownshipRow,
)

Json = dict[str, Any]
Page = tuple[int, int]


class Store:
    """The demo county's data in one database.

    Questions take a millisecond or two, so they are answered on the thread of the reactor.

    Args:
        database: the SQLite file, made when absent, or an SQLAlchemy URL; None keeps everything in memory.
        today: the day to which the content belongs. On another day than the stored one's, it is made anew.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be used.
    """

    def __init__(self, database: Path | str | None, today: Callable[[], date]) -> None:
        if isinstance(database, Path):
            database.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(
            database if isinstance(database, str) else f"sqlite:///{database or ':memory:'}",
            json_serializer=lambda value: json.dumps(value, ensure_ascii=False),
            json_deserializer=json.loads,
        )
        self._today = today
        self._seeded_on: date | None = None
        self._renew()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: kept when the block ends, forgotten when it raises."""
        self._renew()
        with Session(self._engine) as session, session.begin():
            yield session

    def case(self, number: str, language: str) -> Json | None:
        with self.session() as session:
            row = session.get(CaseRow, number)
            return told.case(row, language) if row else None

    def cases(self) -> list[tuple[str, str, str]]:
        """Return number, and item with status in Chinese and in English, of all cases, for people who try the demo."""
        with self.session() as session:
            rows = session.scalars(select(CaseRow).order_by(CaseRow.number)).all()
            return [(row.number, _in_short(row.texts["zh"], "，"), _in_short(row.texts["en"], " ")) for row in rows]

    def service_item(self, code: str, language: str) -> Json | None:
        with self.session() as session:
            row = session.get(ServiceItemRow, code)
            return told.service_item(row, language) if row else None

    def service_items(self, department: str | None, words: str | None, page: Page, language: str) -> Json:
        question = select(ServiceItemRow).order_by(ServiceItemRow.position)
        if department:
            question = question.where(_has(ServiceItemRow.texts, language, ("department",), department))
        for word in (words or "").split():
            question = question.where(_has(ServiceItemRow.texts, language, ("name", "summary", "keywords"), word))
        return self._page(question, page, lambda row: told.service_item(row, language))

    def policy(self, code: str, language: str) -> Json | None:
        with self.session() as session:
            row = session.get(PolicyRow, code)
            return told.policy(row, language) if row else None

    def policies(self, words: str | None, page: Page, language: str) -> Json:
        in_force = or_(PolicyRow.valid_until.is_(None), PolicyRow.valid_until >= self._today())
        question = select(PolicyRow).where(in_force).order_by(PolicyRow.position)
        for word in (words or "").split():
            question = question.where(_has(PolicyRow.texts, language, ("title", "summary", "keywords"), word))
        return self._page(question, page, lambda row: told.policy(row, language))

    def notices(self, kind: str | None, township: str | None, at: datetime, page: Page, language: str) -> Json:
        not_over = or_(NoticeRow.ends_at.is_(None), NoticeRow.ends_at >= at.astimezone(CHINA).isoformat())
        question = select(NoticeRow).where(not_over).order_by(NoticeRow.starts_at, NoticeRow.id)
        if kind:
            question = question.where(NoticeRow.kind == kind)
        if township:
            question = question.where(or_(NoticeRow.township == township, NoticeRow.township.is_(None)))
        return self._page(question, page, lambda row: told.notice(row, language))

    def departments(self, page: Page, language: str) -> Json:
        question = select(DepartmentRow).order_by(DepartmentRow.position)
        return self._page(question, page, lambda row: told.department(row, language))

    def townships(self, page: Page, language: str) -> Json:
        question = select(TownshipRow).order_by(TownshipRow.position)
        return self._page(question, page, lambda row: told.township(row, language))

    def _renew(self) -> None:
        """Make the content anew when it belongs to another day or to another version of the data files.

        What callers left stays. A database of another version of the tables is emptied: it is a demonstration.
        """
        today = self._today()
        if self._seeded_on == today:
            return
        name = f"{today.isoformat()} {_digest()}"
        with self._engine.begin() as connection, Session(connection) as session:
            if _has_other_columns(connection):
                LeftRow.metadata.drop_all(connection)
            LeftRow.metadata.create_all(connection)
            Row.metadata.create_all(connection, [Row.metadata.tables[SeedRow.__tablename__]])
            if session.get(SeedRow, name) is None:
                Row.metadata.drop_all(connection)
                Row.metadata.create_all(connection)
                session.add_all([SeedRow(name=name), *demo_rows(today)])
                session.flush()
                note_changes(session)
                seed_appeals(session, today)
                session.flush()
        self._seeded_on = today

    def _page(self, question: Select[Any], page: Page, tell: Callable[[Any], Json]) -> Json:
        """Return the page that starts after `page[0]` items and has at most `page[1]`."""
        start, longest = page
        with self.session() as session:
            count = session.scalar(select(func.count()).select_from(question.order_by(None).subquery())) or 0
            rows = session.scalars(question.offset(start).limit(longest)).all()
            return paged([tell(row) for row in rows], start, count)


def paged(items: list[Json], start: int, count: int) -> Json:
    """Return a page as the contract has it: these items, which come after `start` others, of `count` in all."""
    following = start + len(items)
    return {"items": items, "count": count, "next": str(following) if items and following < count else None}


def _has_other_columns(connection: Any) -> bool:
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    return any(
        {column["name"] for column in inspector.get_columns(name)} != {column.name for column in table.columns}
        for name, table in LeftRow.metadata.tables.items()
        if name in present
    )


def _digest() -> str:
    """Return what changes when the data or the tables change."""
    files = resources.files("backend_client.demo")
    folders = [files / "data", files / "data" / "items"]
    digest = hashlib.sha256()
    for file in sorted((each for folder in folders for each in folder.iterdir()), key=lambda each: each.name):
        if file.is_file():
            digest.update(file.read_bytes())
    for module in ("seed.py", "items.py", "tables.py"):
        digest.update((files / module).read_bytes())
    return digest.hexdigest()[:12]


def _in_short(texts: Json, joint: str) -> str:
    return f"{texts['item_name']}{joint}{texts['status_text']}"


def _has(texts: InstrumentedAttribute[Any], language: str, names: tuple[str, ...], word: str) -> ColumnElement[bool]:
    """Whether one of the texts contains the word."""
    return or_(*(texts[(language, name)].as_string().icontains(word, autoescape=True) for name in names))
