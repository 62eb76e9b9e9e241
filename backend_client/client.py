"""The client of the e-government backend, on Twisted. Every question is answered or fails within its budget.

`query` is what a call uses (the `Backend` port of `ivr.call.ports`): operation and arguments by name, JSON data back.
The methods named like operations are the same, typed.

Ways of a question: `Operation.question` checks the arguments; `exchange` does one request; a broken connection or a
429, 502, 503, 504 is tried again after a pause with jitter, while the budget lasts; `Operation.read` checks the answer.
The rules for what is an error are in `_result`, those for trying again in `_pause`.
"""

from __future__ import annotations

import itertools
import logging
import os
import random
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers

from backend_client.errors import AnswerError, BackendError, RequestError
from backend_client.exchange import Reply, exchange
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
    Question,
)
from backend_client.results import (
    NOT_FOUND,
    Case,
    Health,
    NoticeList,
    Policy,
    PolicyList,
    Problem,
    ServiceItem,
    ServiceItemList,
)
from backend_client.settings import BackendSettings
from backend_client.transport import UncompressedAgent, make_agent, make_pool

Result = TypeVar("Result", bound=BaseModel)
Anything = TypeVar("Anything")

_logger = logging.getLogger(__name__)
_TRY_AGAIN = frozenset({429, 502, 503, 504})
_LOCAL_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Asking:
    """On whose behalf a question is asked.

    Attributes:
        language: language code of the texts, such as `zh` or `en`.
        budget_ms: longest time until the answer or the error, pauses and further tries included.
        call_id: id of the call, the first part of `X-Request-Id`.
    """

    language: str = "zh"
    budget_ms: int = 8000
    call_id: str = "none"


class BackendClient:
    """Asks one backend. All methods are to be called on the reactor thread, and return at once.

    Args:
        settings: where the backend is.
        reactor: Twisted's reactor, or a clock when there is an `agent`.
        environment: where the token may be.
        agent: sends requests in place of the network, in tests.
        jitter: returns numbers from 0 up to 1, for the pauses between tries.

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
    ) -> None:
        self._settings = settings
        self._clock = reactor
        self._jitter = jitter
        self._pool = make_pool(settings, reactor)
        plain_agent: Any = UncompressedAgent(agent or make_agent(settings, reactor, self._pool))
        self._http = HTTPClient(plain_agent)
        self._token = settings.read_token(environment)
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
        asking = Asking(language, budget_ms, call_id)

        async def asked() -> dict[str, Any] | None:
            if operation not in OPERATIONS:
                raise RequestError(f"there is no operation {operation}")
            result = await self._answer(OPERATIONS[operation], arguments, asking)
            return None if result is None else result.model_dump(mode="json")

        return self._within_budget(Deferred.fromCoroutine(asked()), operation, asking)

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
        work = Deferred.fromCoroutine(self._answer(operation, arguments, asking))
        return self._within_budget(work, operation.name, asking)

    def _fetch(self, operation: Operation[Result], asking: Asking, **arguments: Any) -> Deferred[Result]:
        """Like `_find`, for what is never absent."""

        async def fetched() -> Result:
            result = await self._answer(operation, arguments, asking)
            if result is None:
                raise TypeError(f"{operation.name} may be absent")
            return result

        return self._within_budget(Deferred.fromCoroutine(fetched()), operation.name, asking)

    def _within_budget(self, work: Deferred[Anything], operation: str, asking: Asking) -> Deferred[Anything]:
        """Cut `work` off when the budget is used up, log how it failed, and let nothing but `BackendError` out."""
        started = self._clock.seconds()

        def expired(_: object, __: float) -> Anything:
            raise AnswerError("timeout", f"no answer within {asking.budget_ms} ms")

        def failed(failure: Failure) -> Failure:
            if failure.check(CancelledError):
                return failure
            error = failure.value if isinstance(failure.value, BackendError) else _mistake(failure)
            _logger.warning(
                "backend operation=%s call=%s failed after %d ms, status=%s: %s",
                _plain(operation),
                _plain(asking.call_id),
                (self._clock.seconds() - started) * 1000,
                error.status,
                error,
            )
            return Failure(error)

        return work.addTimeout(max(0, asking.budget_ms) / 1000, self._clock, expired).addErrback(failed)

    async def _answer(
        self, operation: Operation[Result], arguments: Mapping[str, Any], asking: Asking
    ) -> Result | None:
        """Ask until there is an answer, or no sense in asking again."""
        deadline = self._clock.seconds() + asking.budget_ms / 1000
        question = operation.question(arguments)
        tries = 0
        while True:
            tries += 1
            request_id = f"{_plain(asking.call_id)}-{next(self._request_numbers)}"
            try:
                return _result(operation, question, await self._exchange(question, asking, request_id))
            except AnswerError as error:
                pause = self._pause(tries, error, deadline)
                if pause is None:
                    raise
                _logger.info("backend operation=%s request=%s: %s; once more", operation.name, request_id, error)
            await deferLater(self._clock, pause)

    async def _exchange(self, question: Question, asking: Asking, request_id: str) -> Reply:
        headers = Headers()
        headers.addRawHeader("Accept", "application/json, application/problem+json")
        headers.addRawHeader("Accept-Language", _plain(asking.language))
        headers.addRawHeader("User-Agent", "xiangyin")
        headers.addRawHeader("X-Request-Id", request_id)
        if self._token:
            headers.addRawHeader("Authorization", f"Bearer {self._token}")
        return await exchange(
            self._http,
            self._settings.base_url.rstrip("/") + question.path,
            query=question.query,
            headers=headers,
            size_limit=self._settings.size_limit,
        )

    def _pause(self, tries: int, error: AnswerError, deadline: float) -> float | None:
        """Return how many seconds to wait before the next try, None if there is to be none."""
        settings = self._settings
        if not error.may_retry or tries >= settings.tries:
            return None
        longest = min(settings.first_pause_ms * 2 ** (tries - 1), settings.longest_pause_ms) / 1000
        pause = max(longest * (1 - self._jitter() / 2), error.wait)
        return pause if self._clock.seconds() + pause < deadline else None


def _result(operation: Operation[Result], question: Question, reply: Reply) -> Result | None:
    """Return what a reply means.

    Raises:
        BackendError: nothing usable.
    """
    status = reply.status
    if status == 200:
        if reply.content_type != "application/json":
            raise AnswerError("bad_answer", f"content type {reply.content_type or 'unknown'}", status)
        return operation.read(reply.body, question)
    if status == 404:
        if operation.may_be_absent and _says_not_found(reply):
            return None
        raise AnswerError("bad_answer", "404 that does not speak of the thing asked for: is base_url right?", status)
    if status in _TRY_AGAIN:
        raise AnswerError("server_error", f"HTTP {status}", status, may_retry=True, wait=reply.retry_after)
    if status >= 500:
        raise AnswerError("server_error", f"HTTP {status}", status)
    if status >= 400:
        raise RequestError(f"HTTP {status}", status)
    raise AnswerError("bad_answer", f"HTTP {status}", status)


def _says_not_found(reply: Reply) -> bool:
    if reply.content_type != "application/problem+json":
        return False
    try:
        return Problem.model_validate_json(reply.body).type == NOT_FOUND
    except ValidationError:
        return False


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
