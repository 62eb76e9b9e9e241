"""Questions to the demo backend's database, answered as JSON data in the words of the contract."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, create_engine, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend_client.demo.seed import CHINA, demo_rows
from backend_client.demo.tables import CaseRow, NoticeRow, PolicyRow, Row, SeedRow, ServiceItemRow

Json = dict[str, Any]


class Store:
    """The demo county's data in one SQLite file.

    Reads take well under a millisecond, so they are done on the thread of the reactor.

    Args:
        file: the SQLite file, made when absent; None keeps everything in memory.
        today: the day to which the data belongs. On another day than the stored data's, the data is made anew.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the file cannot be used.
    """

    def __init__(self, file: Path | None, today: Callable[[], date]) -> None:
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(
            f"sqlite:///{file or ':memory:'}",
            json_serializer=lambda value: json.dumps(value, ensure_ascii=False),
            json_deserializer=json.loads,
        )
        self._today = today
        self._seeded_on: date | None = None
        self._renew()

    def close(self) -> None:
        self._engine.dispose()

    def case(self, number: str, language: str) -> Json | None:
        with self._session() as session:
            row = session.get(CaseRow, number)
            return _case(row, language) if row else None

    def cases(self) -> list[tuple[str, str, str]]:
        """Return number, and item with status in Chinese and in English, of all cases, for people who try the demo."""
        with self._session() as session:
            rows = session.scalars(select(CaseRow).order_by(CaseRow.number)).all()
            return [(row.number, _in_short(row.texts["zh"], "，"), _in_short(row.texts["en"], " ")) for row in rows]

    def service_item(self, code: str, language: str) -> Json | None:
        with self._session() as session:
            row = session.get(ServiceItemRow, code)
            return _service_item(row, language) if row else None

    def service_items(self, department: str | None, words: str | None, page: tuple[int, int], language: str) -> Json:
        question = select(ServiceItemRow).order_by(ServiceItemRow.position)
        if department:
            question = question.where(_has(ServiceItemRow.texts, language, ("department",), department))
        for word in (words or "").split():
            question = question.where(_has(ServiceItemRow.texts, language, ("name", "summary"), word))
        return self._page(question, page, lambda row: _service_item(row, language))

    def policy(self, code: str, language: str) -> Json | None:
        with self._session() as session:
            row = session.get(PolicyRow, code)
            return _policy(row, language) if row else None

    def policies(self, words: str | None, page: tuple[int, int], language: str) -> Json:
        in_force = or_(PolicyRow.valid_until.is_(None), PolicyRow.valid_until >= self._today())
        question = select(PolicyRow).where(in_force).order_by(PolicyRow.position)
        for word in (words or "").split():
            question = question.where(_has(PolicyRow.texts, language, ("title", "summary", "keywords"), word))
        return self._page(question, page, lambda row: _policy(row, language))

    def notices(
        self, kind: str | None, township: str | None, at: datetime, page: tuple[int, int], language: str
    ) -> Json:
        not_over = or_(NoticeRow.ends_at.is_(None), NoticeRow.ends_at >= at.astimezone(CHINA).isoformat())
        question = select(NoticeRow).where(not_over).order_by(NoticeRow.starts_at, NoticeRow.id)
        if kind:
            question = question.where(NoticeRow.kind == kind)
        if township:
            question = question.where(or_(NoticeRow.township == township, NoticeRow.township.is_(None)))
        return self._page(question, page, lambda row: _notice(row, language))

    def _session(self) -> Session:
        self._renew()
        return Session(self._engine)

    def _renew(self) -> None:
        """Make the data anew when it belongs to another day or to another version of the data files."""
        today = self._today()
        if self._seeded_on == today:
            return
        name = f"{today.isoformat()} {_digest()}"
        with self._engine.begin() as connection, Session(connection) as session:
            Row.metadata.create_all(connection, [Row.metadata.tables[SeedRow.__tablename__]])
            if session.get(SeedRow, name) is None:
                Row.metadata.drop_all(connection)
                Row.metadata.create_all(connection)
                session.add_all([SeedRow(name=name), *demo_rows(today)])
                session.flush()
        self._seeded_on = today

    def _page(self, question: Select[Any], page: tuple[int, int], told: Callable[[Any], Json]) -> Json:
        """Return the page that starts after `page[0]` items and has at most `page[1]`."""
        start, longest = page
        with self._session() as session:
            count = session.scalar(select(func.count()).select_from(question.order_by(None).subquery())) or 0
            rows = session.scalars(question.offset(start).limit(longest)).all()
            following = start + len(rows)
            return {
                "items": [told(row) for row in rows],
                "count": count,
                "next": str(following) if rows and following < count else None,
            }


def _digest() -> str:
    """Return what changes when the data or the tables change."""
    files = resources.files("backend_client.demo")
    digest = hashlib.sha256()
    for file in sorted((files / "data").iterdir(), key=lambda each: each.name):
        digest.update(file.read_bytes())
    for module in ("seed.py", "tables.py"):
        digest.update((files / module).read_bytes())
    return digest.hexdigest()[:12]


def _in_short(texts: Json, joint: str) -> str:
    return f"{texts['item_name']}{joint}{texts['status_text']}"


def _has(texts: InstrumentedAttribute[Any], language: str, names: tuple[str, ...], word: str) -> ColumnElement[bool]:
    """Whether one of the texts contains the word."""
    return or_(*(texts[(language, name)].as_string().icontains(word, autoescape=True) for name in names))


def _case(row: CaseRow, language: str) -> Json:
    texts = row.texts[language]
    return {
        "number": row.number,
        "item_name": texts["item_name"],
        "department": texts["department"],
        "status": row.status,
        "status_text": texts["status_text"],
        "step": texts["step"],
        "accepted_on": row.accepted_on.isoformat(),
        "expected_on": row.expected_on and row.expected_on.isoformat(),
        "missing_documents": texts["missing_documents"],
        "pickup_address": texts["pickup_address"],
    }


def _service_item(row: ServiceItemRow, language: str) -> Json:
    texts = row.texts[language]
    return {
        "code": row.code,
        "name": texts["name"],
        "department": texts["department"],
        "summary": texts["summary"],
        "conditions": texts["conditions"],
        "documents": texts["documents"],
        "steps": texts["steps"],
        "days": row.days,
        "fee": texts["fee"],
        "address": texts["address"],
        "hours": texts["hours"],
        "phone": row.phone,
    }


def _policy(row: PolicyRow, language: str) -> Json:
    texts = row.texts[language]
    return {
        "code": row.code,
        "title": texts["title"],
        "summary": texts["summary"],
        "points": texts["points"],
        "document_number": row.document_number,
        "valid_until": row.valid_until and row.valid_until.isoformat(),
        "keywords": texts["keywords"],
    }


def _notice(row: NoticeRow, language: str) -> Json:
    texts = row.texts[language]
    return {
        "id": row.id,
        "kind": row.kind,
        "title": texts["title"],
        "text": texts["text"],
        "area": texts["area"],
        "township": row.township,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "reason": texts["reason"],
    }
