"""The client of the e-government backend, on Twisted. Every question is answered or fails within its budget.

`query` is what a call uses (the `Backend` port of `ivr.call.ports`): operation and arguments by name, JSON data back.
`ask` is the same, typed, for any operation; the methods named like operations are for those that are asked most.

Ways of a question: the circuit breaker lets it through; `Operation.question` checks the arguments; `exchange` does one
request; a broken connection or a 429, 502, 503, 504 is tried again after a pause with jitter, while the budget lasts
(every operation of the contract may be repeated: it changes nothing, or carries an idempotency key); `meaning` tells
answers from errors. The rules for trying again are in `_pause`.
"""

from __future__ import annotations

import itertools
import logging
import os
import random
import re
import secrets
import time
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel
from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers

from backend_client.breaker import CircuitBreaker
from backend_client.errors import AnswerError, BackendError, RequestError, WrongAnswerError
from backend_client.exchange import PACKED_AS, Reply, exchange
from backend_client.meaning import meaning
from backend_client.metrics import ClientMetrics
from backend_client.operations import (
    GET_CASE,
    GET_HEALTH,
    GET_POLICY,
    GET_SERVICE_ITEM,
    LIST_NOTICES,
    LIST_POLICIES,
    LIST_SERVICE_ITEMS,
    OPERATIONS,
    Operation,
    idempotency_key,
)
from backend_client.parameters import Question
from backend_client.results import (
    Case,
    Health,
    NoticeList,
    Policy,
    PolicyList,
    ServiceItem,
    ServiceItemList,
)
from backend_client.settings import BackendSettings
from backend_client.signing import sign
from backend_client.tracing import traceparent
from backend_client.transport import UncompressedAgent, WholeBody, make_agent, make_pool

Result = TypeVar("Result", bound=BaseModel)
Anything = TypeVar("Anything")

_logger = logging.getLogger(__name__)
_DOWN = frozenset({"timeout", "unreachable", "server_error"})
#: The call of what no call asks for.
NO_CALL = "none"
_LOCAL_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Asking:
    """On whose behalf a question is asked.

    Attributes:
        language: language code of the texts, such as `zh` or `en`.
        budget_ms: longest time until the answer or the error, pauses and further tries included.
        call_id: id of the call, the first part of `X-Request-Id`.
        key: idempotency key of something that is left; from the call and what it does if empty.
    """

    language: str = "zh"
    budget_ms: int = 8000
    call_id: str = NO_CALL
    key: str = ""


class BackendClient:
    """Asks one backend. All methods are to be called on the reactor thread, and return at once.

    Args:
        settings: where the backend is.
        reactor: Twisted's reactor, or a clock when there is an `agent`.
        environment: where the token may be.
        agent: sends requests in place of the network, in tests.
        jitter: returns numbers from 0 up to 1, for the pauses between tries.
        unix_time: Unix time in seconds, for signed requests.

    Attributes:
        metrics: what was counted so far.
        breaker: the circuit breaker.

    Raises:
        ValueError: the token or the CA file cannot be used.
    """

    def __init__(
        self,
        settings: BackendSettings,
        reactor: Any,
        environment: Mapping[str, str] = os.environ,
        *,
        agent: Any = None,
        jitter: Callable[[], float] = random.random,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self.metrics = ClientMetrics()
        self.breaker = CircuitBreaker(reactor.seconds)
        self._settings = settings
        self._unix_time = unix_time
        self._clock = reactor
        self._jitter = jitter
        self._pool = make_pool(settings, reactor)
        plain_agent: Any = UncompressedAgent(agent or make_agent(settings, reactor, self._pool))
        producer: Any = WholeBody
        self._http = HTTPClient(plain_agent, data_to_body_producer=producer)
        self._signing_key = settings.read_signing_key()
        self._token = None if self._signing_key else settings.read_token(environment)
        self._request_numbers = itertools.count(1)
        address = urlsplit(settings.base_url)
        if self._token and address.scheme == "http" and address.hostname not in _LOCAL_HOSTS:
            _logger.warning("the backend token travels unencrypted: base_url is not https")

    def query(
        self, operation: str, arguments: Mapping[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[dict[str, Any] | None]:
        """Ask the operation of this name.

        Fires with the answer as JSON data, every field of the contract in it, or with None when the backend has no such
        thing. Cancelling gives the question up.

        Fails with `BackendError`, within `budget_ms`.
        """
        known = OPERATIONS.get(operation)
        if known is None:
            return _failed(RequestError(f"there is no operation {operation}"))
        found = self.ask(known, arguments, Asking(language, budget_ms, call_id))
        return found.addCallback(lambda result: None if result is None else result.model_dump(mode="json"))

    def ask(
        self, operation: Operation[Result], arguments: Mapping[str, Any], asking: Asking, data: bytes | None = None
    ) -> Deferred[Result | None]:
        """Ask. Fires with the answer, or with None when the backend has no such thing.

        Args:
            data: body of an operation whose body is not JSON.

        Fails with `BackendError`, within the budget.
        """
        own_budget = self._settings.budgets_ms.get(operation.name, asking.budget_ms)
        asking = replace(asking, budget_ms=max(0, min(asking.budget_ms, own_budget)))
        return self._within_budget(operation, asking, lambda: self._answer(operation, arguments, asking, data))

    def get_case(self, number: str, asking: Asking) -> Deferred[Case | None]:
        return self._find(GET_CASE, asking, number=number)

    def get_service_item(self, code: str, asking: Asking) -> Deferred[ServiceItem | None]:
        return self._find(GET_SERVICE_ITEM, asking, code=code)

    def get_policy(self, code: str, asking: Asking) -> Deferred[Policy | None]:
        return self._find(GET_POLICY, asking, code=code)

    def list_service_items(
        self,
        asking: Asking,
        *,
        department: str | None = None,
        q: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Deferred[ServiceItemList]:
        return self._fetch(LIST_SERVICE_ITEMS, asking, department=department, q=q, limit=limit, cursor=cursor)

    def list_policies(
        self, asking: Asking, *, q: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Deferred[PolicyList]:
        return self._fetch(LIST_POLICIES, asking, q=q, limit=limit, cursor=cursor)

    def list_notices(
        self,
        asking: Asking,
        *,
        kind: str | None = None,
        township: str | None = None,
        at: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Deferred[NoticeList]:
        return self._fetch(LIST_NOTICES, asking, kind=kind, township=township, at=at, limit=limit, cursor=cursor)

    def health(self, asking: Asking) -> Deferred[Health]:
        return self._fetch(GET_HEALTH, asking)

    def close(self) -> Deferred[Any]:
        """Close idle connections. Questions under way go on."""
        closed: Deferred[Any] = self._pool.closeCachedConnections()
        return closed

    def _find(self, operation: Operation[Result], asking: Asking, **arguments: Any) -> Deferred[Result | None]:
        return self.ask(operation, arguments, asking)

    def _fetch(self, operation: Operation[Result], asking: Asking, **arguments: Any) -> Deferred[Result]:
        """Like `_find`, for what is never absent."""

        def present(result: Result | None) -> Result:
            if result is None:
                raise TypeError(f"{operation.name} may be absent")
            return result

        return self.ask(operation, arguments, asking).addCallback(present)

    def _within_budget(
        self,
        operation: Operation[Any],
        asking: Asking,
        work: Callable[[], Coroutine[Deferred[Any], Any, Anything]],
    ) -> Deferred[Anything]:
        """Do `work` unless the circuit is open, cut it off when the budget is used up, count and log how it ended, and
        let nothing but `BackendError` out.
        """
        started = self._clock.seconds()

        def expired(_: object, __: float) -> Anything:
            raise AnswerError("timeout", f"no answer within {asking.budget_ms} ms")

        def succeeded(result: Anything) -> Anything:
            self.breaker.succeeded()
            outcome = "absent" if result is None else "ok"
            took = self._clock.seconds() - started
            self.metrics.answered(operation.name, outcome, took)
            if asking.call_id != NO_CALL:
                _logger.info(
                    "backend operation=%s call=%s: %s after %d ms",
                    operation.name,
                    _plain(asking.call_id),
                    outcome,
                    took * 1000,
                )
            return result

        def failed(failure: Failure) -> Failure:
            took = self._clock.seconds() - started
            if failure.check(CancelledError):
                self.breaker.gave_up()
                self.metrics.answered(operation.name, "given_up", took)
                return failure
            error = failure.value if isinstance(failure.value, BackendError) else _mistake(failure)
            (self.breaker.failed if error.reason in _DOWN else self.breaker.succeeded)()
            self.metrics.answered(operation.name, error.reason, took)
            self._log_failure(operation.name, asking, error, took)
            return Failure(error)

        if not self.breaker.begin():
            self.metrics.refused_while_open += 1
            error = AnswerError("unreachable", "not asked: the backend did not answer a moment ago")
            self._log_failure(operation.name, asking, error, 0.0)
            return _failed(error)
        asked = Deferred.fromCoroutine(work()).addTimeout(asking.budget_ms / 1000, self._clock, expired)
        return asked.addCallbacks(succeeded, failed)

    def _log_failure(self, operation: str, asking: Asking, error: BackendError, took: float) -> None:
        level = logging.WARNING
        if isinstance(error, WrongAnswerError):
            # Somebody would have heard what is none of their business: the backend must be looked at.
            self.metrics.wrong_answers[operation] += 1
            level = logging.ERROR
        _logger.log(
            level,
            "backend operation=%s call=%s failed after %d ms, status=%s: %s",
            _plain(operation),
            _plain(asking.call_id),
            took * 1000,
            error.status,
            error,
        )

    async def _answer(
        self, operation: Operation[Result], arguments: Mapping[str, Any], asking: Asking, data: bytes | None
    ) -> Result | None:
        """Ask until there is an answer, or no sense in asking again."""
        deadline = self._clock.seconds() + asking.budget_ms / 1000
        question = operation.question(arguments, data)
        key = (asking.key or idempotency_key(asking.call_id, operation.name, arguments)) if operation.keyed else ""
        tries = 0
        while True:
            tries += 1
            self.metrics.tries[operation.name] += 1
            request_id = f"{_plain(asking.call_id)}-{next(self._request_numbers)}"
            try:
                reply = await self._exchange(operation, question, asking, request_id, key)
                return meaning(operation, question, reply)
            except AnswerError as error:
                pause = self._pause(tries, error, deadline)
                if pause is None:
                    raise
                _logger.info("backend operation=%s request=%s: %s; once more", operation.name, request_id, error)
            await deferLater(self._clock, pause)

    async def _exchange(
        self, operation: Operation[Any], question: Question, asking: Asking, request_id: str, key: str
    ) -> Reply:
        headers = Headers()
        headers.addRawHeader("Accept", "application/json, application/problem+json")
        headers.addRawHeader("Accept-Language", _plain(asking.language))
        headers.addRawHeader("User-Agent", "xiangyin")
        headers.addRawHeader("X-Request-Id", request_id)
        headers.addRawHeader("traceparent", traceparent(asking.call_id, request_id))
        if question.body is not None:
            media_type = "application/octet-stream" if operation.binary else "application/json"
            headers.addRawHeader("Content-Type", media_type)
        if key:
            headers.addRawHeader("Idempotency-Key", key)
        if operation.packed:
            headers.addRawHeader(PACKED_AS, "gzip")
        url = self._settings.base_url.rstrip("/") + question.target
        authority = self._authority(operation.method, url, question.body or b"")
        if authority:
            headers.addRawHeader("Authorization", authority)
        return await exchange(
            self._http,
            operation.method,
            url,
            headers=headers,
            body=question.body,
            size_limit=self._settings.size_limit,
        )

    def _authority(self, method: str, url: str, body: bytes) -> str:
        """Return the value of the `Authorization` header, empty for none."""
        if not self._signing_key:
            return f"Bearer {self._token}" if self._token else ""
        parts = urlsplit(url)
        return sign(
            self._signing_key,
            method,
            parts.path + (f"?{parts.query}" if parts.query else ""),
            body,
            key=self._settings.signing_key_id,
            time=int(self._unix_time()),
            nonce=secrets.token_urlsafe(18),
        ).header()

    def _pause(self, tries: int, error: AnswerError, deadline: float) -> float | None:
        """Return how many seconds to wait before the next try, None if there is to be none."""
        settings = self._settings
        if not error.may_retry or tries >= settings.tries:
            return None
        longest = min(settings.first_pause_ms * 2 ** (tries - 1), settings.longest_pause_ms) / 1000
        pause = max(longest * (1 - self._jitter() / 2), error.wait)
        return pause if self._clock.seconds() + pause < deadline else None


def _failed(error: BackendError) -> Deferred[Any]:
    """A Deferred that has failed."""
    failed: Deferred[Any] = Deferred()
    failed.errback(error)
    return failed


def _plain(text: str) -> str:
    """Return text that is safe in a header and in a line of a log."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)[:80]


def _mistake(failure: Failure) -> RequestError:
    """Return an error for a mistake in our own code, after logging where it is: its message might be personal."""
    name = type(failure.value).__name__
    _logger.error(
        "mistake in the backend client: %s\n%s", name, "".join(traceback.format_tb(failure.getTracebackObject()))
    )
    return RequestError(f"mistake in the client: {name}")
