"""What calls send text messages with."""

from __future__ import annotations

import logging
import secrets
import sqlite3
from typing import Any, Literal

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.threads import deferToThreadPool

from backend_client.errors import AnswerError, RequestError
from backend_client.messages.provider import Message, SmsProvider
from backend_client.messages.waiting import MessageQueue

_logger = logging.getLogger(__name__)

Outcome = Literal["sent", "queued", "failed"]


class TextMessenger:
    """Implements the port `Messenger`: sends at once if it can, queues if it cannot, and says which.

    Only `sms` is sent. The lines have no messages of SIP (RFC 3428).

    Args:
        reactor: has the threads on which the queue is written.
    """

    def __init__(self, provider: SmsProvider, queue: MessageQueue, reactor: Any) -> None:
        self._provider = provider
        self._queue = queue
        self._reactor = reactor

    def send(self, channel: str, to: str, text: str, *, call_id: str) -> Deferred[Outcome]:
        """Fire with what became of a message. Never fails; whoever cancels it has it queued."""
        return Deferred.fromCoroutine(self._send(channel, Message(secrets.token_hex(16), to, text, call_id)))

    async def _send(self, channel: str, message: Message) -> Outcome:
        if channel != "sms":
            _logger.error("call %s: no message can be sent by %s", message.call_id, channel)
            return "failed"
        try:
            await self._provider.send(message)
        except RequestError as error:
            _logger.error("call %s: its message is refused by the provider: %s", message.call_id, error)
            return "failed"
        except (AnswerError, DeferredTimeout, CancelledError) as error:
            _logger.warning("call %s: its message waits: %s", message.call_id, error or "no answer in time")
            return await self._wait(message)
        return "sent"

    async def _wait(self, message: Message) -> Outcome:
        try:
            await deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self._queue.put, message)
        except (sqlite3.Error, OSError) as error:
            _logger.error("call %s: its message could not be queued: %s", message.call_id, error)
            return "failed"
        return "queued"

    def close(self) -> Deferred[Any]:
        return self._provider.close()
