"""What waits on this machine for the backend, as the console shows it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from backend_client.outbox.entries import Entries, Entry
from backend_client.outbox.writer import outbox_file
from ivr.config import DataFolder
from ivr.console.services import Undelivered
from ivr.leaving import Sealing
from ivr.texting import make_message_queue

_MOST = 300


class MachineOutbox:
    """The outbox of this machine; opened for each look, because pages are made on many threads."""

    def __init__(self, data: DataFolder, sealing: Sealing, now: Callable[[], datetime]) -> None:
        self._data = data
        self._sealing = sealing
        self._now = now

    def undelivered(self) -> list[Undelivered]:
        if not outbox_file(self._data.outbox).exists():
            return []
        with self._opened() as entries:
            return [_undelivered(one) for one in (*entries.latest(_MOST, "refused"), *entries.waiting()[:_MOST])]

    def text_messages(self) -> int:
        with _told():
            return len(make_message_queue(self._data, self._sealing).first(_MOST))

    def retry(self, ticket: str) -> bool:
        if not outbox_file(self._data.outbox).exists():
            return False
        with self._opened() as entries:
            return entries.retry(ticket, self._now())

    @contextmanager
    def _opened(self) -> Iterator[Entries]:
        with _told():
            entries = Entries(outbox_file(self._data.outbox), self._sealing)
            try:
                yield entries
            finally:
                entries.close()


@contextmanager
def _told() -> Iterator[None]:
    """Say what goes wrong in the way of the console, which knows no database of others."""
    try:
        yield
    except (sqlite3.Error, ValueError) as error:
        raise OSError(str(error)) from error


def _undelivered(entry: Entry) -> Undelivered:
    return Undelivered(
        entry.reference,
        entry.kind,
        entry.call_id,
        entry.left_at,
        entry.state == "refused",
        entry.tries,
        entry.next_try_at,
        entry.problem,
    )
