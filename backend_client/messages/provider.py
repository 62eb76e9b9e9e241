"""An SMS provider that is asked over HTTP, as the settings describe it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.web.http_headers import Headers

from backend_client.errors import AnswerError, RequestError
from backend_client.exchange import Reply, exchange
from backend_client.messages.settings import URL_VARIABLE, MessageSettings
from backend_client.settings import BackendSettings
from backend_client.transport import UncompressedAgent, WholeBody, make_agent, make_pool

#: Largest answer that is read, in bytes.
_SIZE_LIMIT = 100_000
#: What may be shown of an answer: a code, never something that could be a number or a text.
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,8}")


@dataclass(frozen=True)
class Message:
    """A text message.

    Attributes:
        key: the same whenever this message is sent again, so that a provider can tell that it has it.
        to: a telephone number.
    """

    key: str
    to: str
    text: str
    call_id: str


class SmsProvider:
    """Sends one message with one request. To be closed.

    Args:
        settings: `url` may be empty where the environment has it.

    Raises:
        ValueError: the address, a secret or a certificate cannot be used.
    """

    def __init__(self, settings: MessageSettings, environment: Mapping[str, str], reactor: Any) -> None:
        self._settings = settings
        self._url = settings.url or environment.get(URL_VARIABLE, "")
        self._token = settings.read_token(environment)
        link = BackendSettings(self._url, ca_file=settings.ca_file)
        self._clock = reactor
        self._pool = make_pool(link, reactor)
        agent: Any = UncompressedAgent(make_agent(link, reactor, self._pool))
        producer: Any = WholeBody
        self._http = HTTPClient(agent, data_to_body_producer=producer)

    def send(self, message: Message) -> Deferred[None]:
        """Fire when the provider has taken it.

        Fails with `RequestError` when it refuses, so that trying again is of no use; with `AnswerError` or Twisted's
        `TimeoutError` when it may take it later. It may have it already then: an answer can be lost.
        """
        return Deferred.fromCoroutine(self._send(message)).addTimeout(self._settings.wait_ms / 1000, self._clock)

    def close(self) -> Deferred[Any]:
        closed: Deferred[Any] = self._pool.closeCachedConnections()
        return closed

    async def _send(self, message: Message) -> None:
        settings = self._settings
        headers = Headers({"User-Agent": ["xiangyin"], "Idempotency-Key": [message.key]})
        if self._token:
            headers.setRawHeaders("Authorization", [f"Bearer {self._token}"])
        filled = _filled(settings.body, {"to": message.to, "text": message.text, "id": message.key})
        url, body = self._url, None
        if settings.method == "GET":
            url += f"?{urlencode(filled)}"
        elif settings.body_as == "form":
            headers.setRawHeaders("Content-Type", ["application/x-www-form-urlencoded"])
            body = urlencode(filled).encode()
        else:
            headers.setRawHeaders("Content-Type", ["application/json"])
            body = json.dumps(filled, ensure_ascii=False).encode()
        self._judge(
            await exchange(self._http, settings.method, url, headers=headers, body=body, size_limit=_SIZE_LIMIT)
        )

    def _judge(self, reply: Reply) -> None:
        if reply.status == 429 or reply.status >= 500:
            raise AnswerError("server_error", f"HTTP {reply.status}", reply.status)
        if not 200 <= reply.status < 300:
            raise RequestError(f"HTTP {reply.status}", reply.status)
        if not self._settings.accepted_path:
            return
        try:
            value: Any = json.loads(reply.body)
        except ValueError as error:
            raise AnswerError("bad_answer", "not JSON", reply.status) from error
        for name in self._settings.accepted_path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        found = value if isinstance(value, str) else json.dumps(value)
        if found != self._settings.accepted_value:
            shown = found if _CODE.fullmatch(found) else "something else"
            raise RequestError(f"{self._settings.accepted_path} is {shown}", reply.status)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """The template with the values in place; what a value contains is not filled in again."""
    if isinstance(template, str):
        return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], template)
    if isinstance(template, Mapping):
        return {name: _filled(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    return template
