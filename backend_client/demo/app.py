"""The routes of the demo backend. Each says what to look up; `_serve` does what all have in common."""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import Request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from backend_client.demo.faults import FaultPlan, delay, parse_faults, spoil
from backend_client.demo.page import page
from backend_client.demo.parameters import Parameters, best_language, check_code, check_number
from backend_client.demo.replies import ProblemError, Reply, json_reply, unless_known
from backend_client.demo.store import Store

#: Version of `openapi.yaml` that is served.
CONTRACT = "1.0.0"

_logger = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_NOBODY_ELSE = frozenset({"127.0.0.1", "::1"})

Finding = Callable[[str], Any]


class DemoBackend:
    """The demo backend as a klein application.

    Args:
        reactor: clock, for delays.
        store: the data.
        now: the moment, with an offset.
        faults: the faults that are switched on at first.
        token: bearer token that every request must carry; empty for none.
    """

    app = Klein()

    def __init__(
        self, reactor: Any, store: Store, now: Callable[[], datetime], *, faults: FaultPlan, token: str = ""
    ) -> None:
        self._reactor = reactor
        self._store = store
        self._now = now
        self._faults = faults
        self._token = token

    def resource(self) -> Resource:
        """Return what a `Site` serves."""
        return _ReadableUrls(self.app.resource())

    @app.route("/", methods=["GET"])
    def show_page(self, request: Request) -> bytes:
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        return page(self._store.cases())

    @app.route("/v1/health", methods=["GET"])
    def get_health(self, request: Request) -> Deferred[bytes]:
        def find(_: str) -> Any:
            self._store.cases()
            return {"status": "ok", "contract": CONTRACT}

        return self._serve(request, "getHealth", find, kept=False)

    @app.route("/v1/cases/<number>", methods=["GET"])
    def get_case(self, request: Request, number: str) -> Deferred[bytes]:
        def find(language: str) -> Any:
            check_number(number)
            return self._store.case(number, language)

        return self._serve(request, "getCase", find)

    @app.route("/v1/service-items", methods=["GET"])
    def list_service_items(self, request: Request) -> Deferred[bytes]:
        def find(language: str) -> Any:
            parameters = Parameters(request.args)
            department, words, which = parameters.text("department"), parameters.text("q"), parameters.page()
            parameters.check()
            return self._store.service_items(department, words, which, language)

        return self._serve(request, "listServiceItems", find)

    @app.route("/v1/service-items/<code>", methods=["GET"])
    def get_service_item(self, request: Request, code: str) -> Deferred[bytes]:
        def find(language: str) -> Any:
            check_code(code)
            return self._store.service_item(code, language)

        return self._serve(request, "getServiceItem", find)

    @app.route("/v1/policies", methods=["GET"])
    def list_policies(self, request: Request) -> Deferred[bytes]:
        def find(language: str) -> Any:
            parameters = Parameters(request.args)
            words, which = parameters.text("q"), parameters.page()
            parameters.check()
            return self._store.policies(words, which, language)

        return self._serve(request, "listPolicies", find)

    @app.route("/v1/policies/<code>", methods=["GET"])
    def get_policy(self, request: Request, code: str) -> Deferred[bytes]:
        def find(language: str) -> Any:
            check_code(code)
            return self._store.policy(code, language)

        return self._serve(request, "getPolicy", find)

    @app.route("/v1/notices", methods=["GET"])
    def list_notices(self, request: Request) -> Deferred[bytes]:
        def find(language: str) -> Any:
            parameters = Parameters(request.args)
            kind, township = parameters.kind("kind"), parameters.code("township")
            at, which = parameters.moment("at", self._now()), parameters.page()
            parameters.check()
            return self._store.notices(kind, township, at, which, language)

        return self._serve(request, "listNotices", find)

    @app.route("/admin/faults", methods=["GET", "PUT", "DELETE"])
    def set_faults(self, request: Request) -> bytes:
        """Show, set or clear the faults. Only from this machine, and no part of the contract."""
        if request.getClientAddress().host not in _NOBODY_ELSE:
            raise ProblemError(404, "no-such-path")
        content: Any = request.content
        if request.method == b"DELETE":
            self._faults.set(())
        if request.method == b"PUT":
            try:
                written = json.loads(content.read(10_000))["faults"]
                self._faults.set(parse_faults(str(written)))
            except (ValueError, KeyError, TypeError) as error:
                raise ProblemError(400, "wrong-parameter", errors=[("faults", str(error))]) from error
        return _send(request, json_reply({"faults": str(self._faults)}))

    @app.handle_errors(ProblemError)
    def tell_problem(self, request: Request, failure: Failure) -> bytes:
        problem: Any = failure.value
        return _send(request, problem.reply())

    @app.handle_errors(HTTPException)
    def tell_wrong_path(self, request: Request, failure: Failure) -> bytes:
        if isinstance(failure.value, MethodNotAllowed):
            request.setHeader("Allow", ", ".join(sorted(failure.value.valid_methods or ())))
            return _send(request, ProblemError(405, "wrong-method").reply())
        return _send(request, ProblemError(404, "no-such-path").reply())

    @app.handle_errors(Exception)
    def tell_mistake(self, request: Request, failure: Failure) -> bytes:
        _logger.error("mistake in the demo backend: %s", failure.getTraceback())
        return _send(request, ProblemError(500, "internal").reply())

    def _serve(self, request: Request, operation: str, find: Finding, *, kept: bool = True) -> Deferred[bytes]:
        return Deferred.fromCoroutine(self._answer(request, operation, find, kept))

    async def _answer(self, request: Request, operation: str, find: Finding, kept: bool) -> bytes:
        faults = self._faults.take(operation)
        if delay(faults):
            await deferLater(self._reactor, delay(faults))
        try:
            self._check_token(request)
            reply = _found(find, best_language(request.getHeader("Accept-Language") or ""), kept)
        except ProblemError as problem:
            reply = problem.reply()
        reply = spoil(unless_known(reply, request.getHeader("If-None-Match") or ""), faults)
        if reply.end == "whole":
            return _send(request, reply)
        return await _send_badly(request, reply)

    def _check_token(self, request: Request) -> None:
        if self._token and not hmac.compare_digest(
            (request.getHeader("Authorization") or "").encode(), f"Bearer {self._token}".encode()
        ):
            raise ProblemError(401, "not-authorised")


class _ReadableUrls(Resource):
    """Answers addresses that are not UTF-8 itself, as the contract says; klein would answer them in its own way."""

    isLeaf = True  # noqa: N815

    def __init__(self, inner: Resource) -> None:
        Resource.__init__(self)
        self._inner = inner

    def render(self, request: Request) -> Any:
        try:
            b"/".join([request.getRequestHostname(), *(request.postpath or [])]).decode()
        except UnicodeDecodeError:
            return _send(request, ProblemError(400, "wrong-parameter", "the address is not UTF-8").reply())
        return self._inner.render(request)


def _found(find: Finding, language: str, kept: bool) -> Reply:
    data = find(language)
    if data is None:
        raise ProblemError(404, "not-found")
    return json_reply(data, language if kept else None)


def _head(request: Request, reply: Reply) -> None:
    request.setResponseCode(reply.status)
    request_id = request.getHeader("X-Request-Id") or ""
    if _REQUEST_ID.fullmatch(request_id):
        request.setHeader("X-Request-Id", request_id)
    for name, value in reply.headers.items():
        request.setHeader(name, value)


def _send(request: Request, reply: Reply) -> bytes:
    _head(request, reply)
    if reply.status != 304:
        request.setHeader("Content-Length", str(len(reply.body)))
    return reply.body


def _send_badly(request: Request, reply: Reply) -> Deferred[bytes]:
    """Send what the fault leaves. What never ends is cancelled by klein when the connection closes."""
    if reply.end == "drop":
        request.loseConnection()
        return Deferred()
    _head(request, reply)
    if reply.end == "chunked":
        request.write(reply.body)
        request.finish()
    else:
        request.setHeader("Content-Length", str(len(reply.body)))
        request.write(reply.body[: len(reply.body) // 2])
        if reply.end == "partial":
            request.loseConnection()
    return Deferred()
