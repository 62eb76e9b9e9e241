"""What line workers read from the answer store. A question takes a few milliseconds at most."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend_client.errors import RequestError
from backend_client.operations import DEFAULT_LIMIT, FIND_ANSWERS, LOCAL_OPERATIONS, OPERATIONS
from backend_client.store.columns import IN_ORDER, Columns
from backend_client.store.database import open_for_reading
from backend_client.store.search import search

_logger = logging.getLogger(__name__)

Json = dict[str, Any]

#: A question longer than this is cut: a recogniser that runs wild must not hold up a line.
LONGEST_QUESTION = 80
#: How many answers are offered unless something else is asked for.
OFFERS = 3

_GETTERS = {"get_service_item": "service-items", "get_policy": "policies"}
_LISTS = {
    "list_service_items": "service-items",
    "list_policies": "policies",
    "list_notices": "notices",
    "list_townships": "townships",
    "list_departments": "departments",
}


@dataclass(frozen=True)
class Stored:
    """An answer from the store.

    Attributes:
        data: as the contract has it; None where the store has no such thing.
        as_of: when the collection was last brought up to date, with an offset.
    """

    data: Json | None
    as_of: datetime


class AnswerStore:
    """The store, read only.

    Args:
        file: the SQLite file. While there is none, nothing is answered.
        now: the moment, with an offset.
    """

    def __init__(self, file: Path, now: Callable[[], datetime]) -> None:
        self._file = file
        self._now = now
        self._opened: sqlite3.Connection | None = None

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def knows(self, operation: str) -> bool:
        """Whether an operation is one that the store answers."""
        return operation in _GETTERS or operation in _LISTS or operation == FIND_ANSWERS.name

    def answer(self, operation: str, arguments: Mapping[str, Any], language: str) -> Stored | None:
        """Return the answer, None while the store cannot answer: nothing was synchronised in this language yet.

        Raises:
            RequestError: an argument is missing, wrong or unknown.
        """
        (OPERATIONS.get(operation) or LOCAL_OPERATIONS[operation]).question(arguments)
        try:
            connection = self._connection()
            if connection is None:
                return None
            # All that is read for one answer is of one moment, whatever a synchronisation puts in place meanwhile.
            with connection:
                connection.execute("BEGIN")
                collection = _GETTERS.get(operation) or _LISTS.get(operation) or "service-items"
                as_of = _synced_at(connection, collection, language)
                if as_of is None:
                    return None
                return Stored(self._look(connection, operation, collection, arguments, language), as_of)
        except sqlite3.Error as error:
            _logger.error("the answer store cannot be read: %s", error)
            self.close()
            return None

    def _look(
        self,
        connection: sqlite3.Connection,
        operation: str,
        collection: str,
        arguments: Mapping[str, Any],
        language: str,
    ) -> Json | None:
        if operation in _GETTERS:
            return _get(connection, collection, language, str(arguments["code"]))
        if operation == FIND_ANSWERS.name:
            return _find(connection, arguments, language)
        return self._list(connection, collection, arguments, language)

    def _list(
        self, connection: sqlite3.Connection, collection: str, arguments: Mapping[str, Any], language: str
    ) -> Json:
        start, most = _start(arguments.get("cursor")), int(arguments.get("limit") or DEFAULT_LIMIT)
        moment = arguments.get("at")
        at = datetime.fromisoformat(str(moment).replace("Z", "+00:00")) if moment else self._now()
        utc = at.astimezone(timezone.utc).isoformat()
        find = _find_in_order if collection in IN_ORDER else _find_notices
        count, bodies = find(connection, (collection, language), arguments, utc, slice(start, start + most))
        following = start + len(bodies)
        return {
            "items": bodies,
            "count": count,
            "next": str(following) if bodies and following < count else None,
        }

    def _connection(self) -> sqlite3.Connection | None:
        if self._opened is None:
            self._opened = open_for_reading(self._file)
        return self._opened


def _find_in_order(
    connection: sqlite3.Connection, which: tuple[str, str], arguments: Mapping[str, Any], at: str, page: slice
) -> tuple[int, list[Json]]:
    """Return how many pieces of content fit, and those of a page."""
    columns = Columns(connection, *which)
    fitting = columns.not_over(at)
    if arguments.get("department"):
        fitting &= columns.having("department", str(arguments["department"]))
    for word in str(arguments.get("q") or "").lower().split():
        fitting &= columns.having("words", word)
    positions = columns.positions(fitting)
    bodies = [
        connection.execute(
            "SELECT body FROM content INDEXED BY content_in_order "
            "WHERE collection = ? AND language = ? AND position = ?",
            (*which, position),
        ).fetchone()[0]
        for position in positions[page]
    ]
    return len(positions), [json.loads(body) for body in bodies]


def _find_notices(
    connection: sqlite3.Connection, which: tuple[str, str], arguments: Mapping[str, Any], at: str, page: slice
) -> tuple[int, list[Json]]:
    """The same for notices."""
    conditions, values = ["collection = ?", "language = ?", "ends_at >= ?"], [*which, at]
    if arguments.get("kind"):
        conditions.append("kind = ?")
        values.append(str(arguments["kind"]))
    if arguments.get("township"):
        conditions.append("township IN (?, '')")
        values.append(str(arguments["township"]))
    # Keys come from an index alone, in one pass for the page and the count.
    keys = connection.execute(
        f"SELECT key FROM content WHERE {' AND '.join(conditions)} ORDER BY starts_at, key", values
    ).fetchall()
    bodies = [_get(connection, *which, key) for (key,) in keys[page]]
    return len(keys), [body for body in bodies if body is not None]


def _find(connection: sqlite3.Connection, arguments: Mapping[str, Any], language: str) -> Json:
    question, limit = str(arguments["q"]), int(arguments.get("limit") or OFFERS)
    items = []
    for found in search(connection, question[:LONGEST_QUESTION], language, limit):
        body = _get(connection, found.collection, language, found.key)
        if body is not None:
            items.append(_offer(found.collection, body))
    return {"items": items, "count": len(items), "next": None}


def _get(connection: sqlite3.Connection, collection: str, language: str, key: str) -> Json | None:
    row = connection.execute(
        "SELECT body FROM content WHERE collection = ? AND language = ? AND key = ?", (collection, language, key)
    ).fetchone()
    found: Json | None = json.loads(row[0]) if row else None
    return found


def _offer(collection: str, body: Json) -> Json:
    """What a caller chooses from: enough to be named, and to be asked for."""
    title = body.get("name") or body["title"]
    kind = "service_item" if collection == "service-items" else "policy"
    return {"kind": kind, "code": body["code"], "title": title, "summary": body["summary"]}


def _synced_at(connection: sqlite3.Connection, collection: str, language: str) -> datetime | None:
    row = connection.execute(
        "SELECT synced_at FROM state WHERE collection = ? AND language = ?", (collection, language)
    ).fetchone()
    return datetime.fromisoformat(row[0]) if row and row[0] else None


def _start(cursor: Any) -> int:
    if not cursor:
        return 0
    if not str(cursor).isdigit():
        raise RequestError("argument cursor is not from the page before")
    return int(cursor)
