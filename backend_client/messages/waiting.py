"""Messages that wait on the disk, and what sends them later."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from twisted.internet.defer import TimeoutError as DeferredTimeout

from backend_client.errors import AnswerError, RequestError
from backend_client.messages.provider import Message, SmsProvider
from backend_client.sealing import UNSEALED, Sealing

_logger = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
#: A pause that seems longer than any was begun before the clock was set back.
_LONGEST_WAIT = timedelta(seconds=LONGEST_PAUSE_S)
#: So many messages are sent in one round, so that what callers left does not wait behind them.
_AT_ONCE = 20

_TABLE = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE, receiver TEXT NOT NULL, text TEXT NOT NULL, call_id TEXT NOT NULL, at TEXT NOT NULL
)
"""


class MessageQueue:
    """The file. It is opened for each use: any thread and any process may. Sent messages are not kept.

    Args:
        now: the moment, with an offset.
        sealing: keeps numbers and texts from whoever reads the disk.
    """

    def __init__(self, file: Path, now: Callable[[], datetime], sealing: Sealing = UNSEALED) -> None:
        self._file = file
        self._now = now
        self._sealing = sealing

    def put(self, message: Message) -> None:
        """Keep it. It is on the disk for good when this returns.

        Raises:
            sqlite3.Error, OSError: it could not be written.
        """
        with self._opened() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO messages (key, receiver, text, call_id, at) VALUES (?, ?, ?, ?, ?)",
                (
                    message.key,
                    self._sealing.close_text(message.to),
                    self._sealing.close_text(message.text),
                    message.call_id,
                    self._now().isoformat(),
                ),
            )

    def first(self, most: int) -> list[tuple[Message, datetime]]:
        """The oldest messages, each with the moment when it was written. What no key of ours opens is dropped."""
        if not self._file.exists():
            return []
        with self._opened() as connection:
            rows = connection.execute(
                "SELECT key, receiver, text, call_id, at FROM messages ORDER BY number LIMIT ?", (most,)
            ).fetchall()
        return [(message, datetime.fromisoformat(row[4])) for row in rows if (message := self._message(*row[:4]))]

    def _message(self, key: str, receiver: str, text: str, call_id: str) -> Message | None:
        try:
            return Message(key, self._sealing.open_text(receiver), self._sealing.open_text(text), call_id)
        except ValueError:
            _logger.error("call %s: no key of ours opens its message, which is dropped", call_id)
            self._delete(key)
            return None

    def remove(self, message: Message) -> None:
        self._delete(message.key)

    def _delete(self, key: str) -> None:
        with self._opened() as connection:
            connection.execute("DELETE FROM messages WHERE key = ?", (key,))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(self._file, timeout=10)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            # What is deleted is overwritten: numbers and texts do not linger in the file.
            connection.execute("PRAGMA secure_delete = ON")
            with connection:
                connection.execute(_TABLE)
                yield connection
        finally:
            connection.close()


class WaitingMessages:
    """Sends what waits, in order, with pauses that grow while the provider cannot be reached.

    Args:
        keep: older messages are dropped.
        now: the moment, with an offset.
    """

    def __init__(
        self, queue: MessageQueue, provider: SmsProvider, keep: timedelta, now: Callable[[], datetime]
    ) -> None:
        self._queue = queue
        self._provider = provider
        self._keep = keep
        self._now = now
        self._pause_s = FIRST_PAUSE_S
        self._again_at: datetime | None = None

    async def run(self) -> None:
        """One round; returns at once in a pause.

        Raises:
            sqlite3.Error, OSError: the queue cannot be used.
        """
        if self._again_at is not None and self._now() < self._again_at <= self._now() + _LONGEST_WAIT:
            return
        for message, at in self._queue.first(_AT_ONCE):
            if self._now() - at > self._keep:
                _logger.error("call %s: its message could not be sent in time and is dropped", message.call_id)
            else:
                try:
                    await self._provider.send(message)
                except RequestError as error:
                    _logger.error("call %s: its message is refused by the provider: %s", message.call_id, error)
                except (AnswerError, DeferredTimeout) as error:
                    self._wait(error)
                    return
                else:
                    _logger.info("call %s: its message is sent", message.call_id)
            self._queue.remove(message)
            self._pause_s, self._again_at = FIRST_PAUSE_S, None

    def _wait(self, error: Exception) -> None:
        _logger.info("messages wait: %s; again in %.0f s", error or "no answer in time", self._pause_s)
        self._again_at = self._now() + timedelta(seconds=self._pause_s)
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
