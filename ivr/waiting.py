"""Who waits for a person: callers of all line workers in the order in which they came, so that each hears how many are
before them.

A menu asks for it like any operation (`wait_for_person`); the gateway answers by itself. A caller who asks no more,
because they got through or hung up, is forgotten after a minute.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from backend_client.errors import RequestError
from backend_client.operations import WAIT_FOR_PERSON
from ivr.call.ports import Backend

log = logging.getLogger(__name__)

#: Who has not asked for so long does not wait any more, in seconds; menus ask again sooner.
_FORGOTTEN_AFTER_S = 60.0
_PATIENCE_S = 0.25
_SCHEMA = """
CREATE TABLE IF NOT EXISTS waiting (
    call TEXT PRIMARY KEY,
    target TEXT NOT NULL,
    since REAL NOT NULL,
    asked_at REAL NOT NULL
) WITHOUT ROWID
"""


class WaitingRoom:
    """The `Backend` port in front of another one.

    Args:
        path: a file that all line workers of this machine share; nothing in it outlives a minute.
        now: seconds since the epoch.
    """

    def __init__(self, backend: Backend, path: Path, now: Callable[[], float]) -> None:
        self._backend = backend
        self._path = path
        self._now = now

    def query(
        self, operation: str, arguments: dict[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Any]:
        """See the port. `wait_for_person` fires with `{"ahead": callers before this one}`."""
        if operation != WAIT_FOR_PERSON.name:
            return self._backend.query(operation, arguments, language=language, budget_ms=budget_ms, call_id=call_id)
        try:
            WAIT_FOR_PERSON.question(arguments)
            return succeed({"ahead": self._ahead(str(arguments["target"]), call_id)})
        except RequestError as error:
            return fail(error)
        except (sqlite3.Error, OSError) as error:
            log.error("nobody knows who waits: %s", error)
            return fail(RequestError("the list of who waits cannot be used"))

    def _ahead(self, target: str, call_id: str) -> int:
        now = self._now()
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=_PATIENCE_S)) as database, database:
            database.execute(_SCHEMA)
            database.execute("DELETE FROM waiting WHERE asked_at <= ?", (now - _FORGOTTEN_AFTER_S,))
            database.execute(
                "INSERT INTO waiting VALUES (:call, :target, :now, :now) "
                "ON CONFLICT (call) DO UPDATE SET target = :target, asked_at = :now",
                {"call": call_id, "target": target, "now": now},
            )
            found = database.execute(
                "SELECT count(*) FROM waiting AS other JOIN waiting AS own ON own.call = ? "
                "WHERE other.target = own.target AND (other.since, other.call) < (own.since, own.call)",
                (call_id,),
            )
            return int(found.fetchone()[0])
