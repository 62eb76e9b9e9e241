"""One department's system, asked live: HTTP with JSON or XML, or files in a folder, here or on an SFTP server."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping as ReadOnly
from typing import Any
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers

from backend_client.breaker import CircuitBreaker
from backend_client.connectors.answering import read_answer
from backend_client.connectors.mapping import (
    Authentication,
    CsvRequest,
    CsvSource,
    Mapping,
    RestRequest,
    SftpSource,
    SoapRequest,
)
from backend_client.errors import AnswerError, BackendError, RequestError
from backend_client.exchange import Reply, exchange
from backend_client.operations import OPERATIONS
from backend_client.settings import BackendSettings
from backend_client.tracing import traceparent
from backend_client.transport import UncompressedAgent, WholeBody, make_agent, make_pool

_logger = logging.getLogger(__name__)

Json = dict[str, Any]
_DOWN = frozenset({"timeout", "unreachable", "server_error"})


class DepartmentSystem:
    """Asks one department. Its circuit breaker is its own: one that is down holds up no other.

    Args:
        agent: sends requests in place of the network, in tests.

    Raises:
        ValueError: a secret or certificate cannot be used.
    """

    def __init__(self, mapping: Mapping, reactor: Any, *, agent: Any = None) -> None:
        self.mapping = mapping
        self.breaker = CircuitBreaker(reactor.seconds)
        self._clock = reactor
        self._http: HTTPClient | None = None
        self._pool: Any = None
        self._sftp: Any = None
        if isinstance(mapping.source, SftpSource):
            # Not at the top: it takes most of a second, and few departments have one.
            from backend_client.connectors.sftp import SftpFolder

            self._sftp = SftpFolder(mapping.source, mapping.department, os.environ)
        elif not isinstance(mapping.source, CsvSource):
            settings = BackendSettings(mapping.source.base_url, ca_file=mapping.source.ca_file)
            self._pool = make_pool(settings, reactor)
            plain: Any = UncompressedAgent(agent or make_agent(settings, reactor, self._pool))
            producer: Any = WholeBody
            self._http = HTTPClient(plain, data_to_body_producer=producer)
            self._authority = _authority(mapping.source.authentication)

    def ask(
        self, operation: str, arguments: ReadOnly[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Json | None]:
        """Fire with the fields that this department gives, unchecked; None if it has no such thing.

        Fails with `BackendError`, within the budget.
        """

        def expired(_: object, __: float) -> Json | None:
            raise AnswerError("timeout", f"{self.mapping.department}: no answer within {budget_ms} ms")

        def ended(result: Any) -> Any:
            if not isinstance(result, Failure):
                self.breaker.succeeded()
            elif result.check(CancelledError):
                self.breaker.gave_up()
            elif isinstance(result.value, BackendError) and result.value.reason not in _DOWN:
                self.breaker.succeeded()
            else:
                self.breaker.failed()
                _logger.warning("department %s operation=%s: %s", self.mapping.department, operation, result.value)
            return result

        if not self.breaker.begin():
            failed: Deferred[Json | None] = Deferred()
            failed.errback(
                AnswerError("unreachable", f"{self.mapping.department}: not asked, it did not answer before")
            )
            return failed
        work = Deferred.fromCoroutine(self._ask(operation, arguments, language, call_id))
        return work.addTimeout(budget_ms / 1000, self._clock, expired).addBoth(ended)

    def close(self) -> Deferred[Any]:
        if self._sftp is not None:
            self._sftp.close()
        return succeed(None) if self._pool is None else self._pool.closeCachedConnections()

    async def _ask(self, operation: str, arguments: ReadOnly[str, Any], language: str, call_id: str) -> Json | None:
        OPERATIONS[operation].question(arguments)
        given = {name: str(value) for name, value in arguments.items() if value not in (None, "")}
        request = self.mapping.operations[operation].request
        if isinstance(request, CsvRequest):
            content = self._newest_file() if self._sftp is None else await self._sftp.newest()
            return read_answer(self.mapping, operation, content, given)
        reply = await self._exchange(request, given, language, call_id)
        if reply.status == 404:
            return None
        if reply.status >= 500:
            # A SOAP fault comes with 500 (SOAP 1.1, section 6.2), and is no answer either.
            raise AnswerError("server_error", f"{self.mapping.department}: HTTP {reply.status}", reply.status)
        if reply.status >= 400:
            raise RequestError(f"{self.mapping.department}: HTTP {reply.status}", reply.status)
        if reply.status != 200:
            raise AnswerError("bad_answer", f"{self.mapping.department}: HTTP {reply.status}", reply.status)
        return read_answer(self.mapping, operation, reply.body, given)

    async def _exchange(
        self, request: RestRequest | SoapRequest, given: dict[str, str], language: str, call_id: str
    ) -> Reply:
        source: Any = self.mapping.source
        headers = Headers({"User-Agent": ["xiangyin"], "Accept-Language": [language], "X-Request-Id": [call_id]})
        headers.addRawHeader("traceparent", traceparent(call_id, f"{self.mapping.department} {request.path}"))
        for name, value in self._authority.items():
            headers.setRawHeaders(name, [value])
        target, body, method = _filled(request.path, given, _in_path), None, "POST"
        if isinstance(request, SoapRequest):
            headers.setRawHeaders("Content-Type", ["text/xml; charset=utf-8"])
            headers.setRawHeaders("SOAPAction", [f'"{request.action}"'])
            body = _filled(request.body, given, escape).encode()
        else:
            method = request.method
            data = {"arguments": given}
            values = {name: each.value(data, self.mapping.codes) for name, each in request.query.items()}
            query = urlencode({name: value for name, value in values.items() if value is not None})
            target += f"?{query}" if query else ""
            if method == "POST":
                headers.setRawHeaders("Content-Type", ["application/json"])
                told = {name: each.value(data, self.mapping.codes) for name, each in request.body.items()}
                body = json.dumps(told, ensure_ascii=False).encode()
        assert self._http is not None
        url = source.base_url.rstrip("/") + target
        return await exchange(self._http, method, url, headers=headers, body=body, size_limit=source.size_limit)

    def _newest_file(self) -> bytes:
        """Raises:
        AnswerError: `unreachable`: there is no file, or it cannot be read.
        """
        source: Any = self.mapping.source
        try:
            newest = max(source.folder.glob(source.pattern), key=lambda file: (file.stat().st_mtime, file.name))
            content: bytes = newest.read_bytes()
        except (OSError, ValueError) as error:
            raise AnswerError("unreachable", f"{self.mapping.department}: no file {source.pattern}") from error
        return content


def _filled(template: str, given: dict[str, str], safe: Any) -> str:
    """Put arguments in place of `{name}`."""

    def value(match: re.Match[str]) -> str:
        return str(safe(given.get(match[1], "")))

    return re.sub(r"\{([a-z0-9_]+)\}", value, template)


def _in_path(text: str) -> str:
    return quote(text, safe="")


def _authority(authentication: Authentication) -> dict[str, str]:
    """Return the headers that tell who asks.

    Raises:
        ValueError: the secret cannot be read.
    """
    if authentication.secret_file is None:
        return {}
    settings = BackendSettings(token_file=authentication.secret_file)
    secret = settings.read_token({}) or ""
    if authentication.kind == "bearer":
        return {"Authorization": f"Bearer {secret}"}
    if authentication.kind == "basic":
        from base64 import b64encode

        return {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"}
    return {authentication.header: secret}
