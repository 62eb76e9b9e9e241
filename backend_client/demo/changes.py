"""What has changed in the public content: noticed when it is made anew, told to whoever synchronises."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend_client.demo import told
from backend_client.demo.left_tables import ChangeRow
from backend_client.demo.replies import ProblemError
from backend_client.demo.tables import DepartmentRow, NoticeRow, PolicyRow, Row, ServiceItemRow, TownshipRow

Json = dict[str, Any]

#: Collection to its table and to what tells a row in a language.
COLLECTIONS: Mapping[str, tuple[type[Row], Callable[[Any, str], Json]]] = {
    "service-items": (ServiceItemRow, told.service_item),
    "policies": (PolicyRow, told.policy),
    "notices": (NoticeRow, told.notice),
    "townships": (TownshipRow, told.township),
    "departments": (DepartmentRow, told.department),
}


def note_changes(session: Session) -> None:
    """Compare the content with what was known of it, and write down what changed, appeared or went."""
    sequence = session.scalar(select(func.max(ChangeRow.sequence))) or 0
    known = {(row.collection, row.key): row for row in session.scalars(select(ChangeRow))}
    seen = set()
    for collection, (table, _) in COLLECTIONS.items():
        for content in session.scalars(select(table)):
            key = str(getattr(content, key_column(table).key))
            seen.add((collection, key))
            digest = _digest(content)
            before = known.get((collection, key))
            if before is None or before.digest != digest:
                sequence += 1
                session.merge(ChangeRow(collection=collection, key=key, sequence=sequence, digest=digest))
    for (collection, key), before in known.items():
        if (collection, key) not in seen and before.digest:
            sequence += 1
            session.merge(ChangeRow(collection=collection, key=key, sequence=sequence, digest=""))


def changes(session: Session, collection: str, since: str | None, limit: int, language: str) -> Json:
    """Return the changes after `since`.

    Raises:
        ProblemError: 410, the token is none of ours.
    """
    table, tell = COLLECTIONS[collection]
    newest = session.scalar(select(func.max(ChangeRow.sequence)).where(ChangeRow.collection == collection)) or 0
    start = _position(since, newest)
    question = (
        select(ChangeRow)
        .where(ChangeRow.collection == collection, ChangeRow.sequence > start)
        .order_by(ChangeRow.sequence)
        .limit(limit + 1)
    )
    # What is gone need not be told to somebody who begins.
    rows = session.scalars(question if start else question.where(ChangeRow.digest != "")).all()
    page, more = rows[:limit], len(rows) > limit
    column = key_column(table)
    found = session.scalars(select(table).where(column.in_([row.key for row in page])))
    contents = {str(getattr(row, column.key)): tell(row, language) for row in found}
    last = page[-1].sequence if more else newest
    return {
        "changes": [{"key": row.key, "content": contents.get(row.key)} for row in page],
        "token": f"v1.{last}",
        "more": more,
    }


def key_column(table: type[Row]) -> Any:
    """Return the attribute that is the table's key."""
    return table.id if table is NoticeRow else table.code  # type: ignore[attr-defined]


def _position(since: str | None, newest: int) -> int:
    if since is None:
        return 0
    version, _, number = since.partition(".")
    if version != "v1" or not number.isascii() or not number.isdigit() or len(number) > 15 or int(number) > newest:
        raise ProblemError(410, "token-expired")
    return int(number)


def _digest(row: Any) -> str:
    values = {column.key: str(getattr(row, column.key)) for column in row.__table__.columns if column.key != "texts"}
    text = json.dumps([values, row.texts], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
