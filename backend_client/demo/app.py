"""The demo backend as a web application. `routes.py` says what each operation does; here is what all have in common."""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import Request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from backend_client.demo import messages
from backend_client.demo.appeals import set_status
from backend_client.demo.asked import Asked, Route
from backend_client.demo.faults import FaultPlan, delay, parse_faults, spoil
from backend_client.demo.left_tables import NonceRow
from backend_client.demo.page import page
from backend_client.demo.parameters import Parameters, best_language
from backend_client.demo.paths import MESSAGES
from backend_client.demo.replies import ProblemError, Reply, gzipped, json_reply, unless_known
from backend_client.demo.routes import REPLAYED, ROUTES
from backend_client.demo.store import Store
from backend_client.signing import TOLERANCE_S, is_right, read_signature

_logger = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_NOBODY_ELSE = frozenset({"127.0.0.1", "::1"})
#: Largest body of a request, in bytes; the contract has pieces of a megabyte.
LARGEST_BODY = 1_100_000


class DemoBackend:
    """The demo backend as a klein application.

    Args:
        reactor: clock, for delays.
        store: the data.
        now: the moment, with an offset.
        faults: the faults that are switched on at first.
        token: bearer token that every request must carry; empty for none.
        signing_key: secret with which requests may be signed in place of a token; empty for none.
    """

    def __init__(
        self,
        reactor: Any,
        store: Store,
        now: Callable[[], datetime],
        *,
        faults: FaultPlan,
        token: str = "",
        signing_key: bytes = b"",
    ) -> None:
        self._reactor = reactor
        self._store = store
        self._now = now
        self._faults = faults
        self._token = token
        self._signing_key = signing_key
        self._app = Klein()
        for route in ROUTES:
            self._app.route(route.rule, methods=[route.method], endpoint=route.operation)(self._serving(route))
        self._app.route("/", methods=["GET"])(self._show_page)
        self._app.route(MESSAGES, methods=["POST"])(self._take_message)
        self._app.route("/admin/faults", methods=["GET", "PUT", "DELETE"])(self._set_faults)
        self._app.route("/admin/appeals/<ticket>", methods=["PUT"])(self._set_appeal)
        self._app.handle_errors(ProblemError)(self._tell_problem)
        self._app.handle_errors(HTTPException)(self._tell_wrong_path)
        self._app.handle_errors(Exception)(self._tell_mistake)

    def resource(self) -> Resource:
        """Return what a `Site` serves."""
        return _ReadableUrls(self._app.resource())

    # Not part of the contract

    def _show_page(self, request: Request) -> bytes:
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        shown: list[tuple[str, str, str]] = []
        if request.getClientAddress().host in _NOBODY_ELSE:
            with self._store.session() as session:
                shown = messages.latest(session)
        return page(self._store.cases(), shown)

    def _take_message(self, request: Request) -> bytes:
        content: Any = request.content
        body = content.read(10_000)
        self._check_authority(request, body)
        with self._store.session() as session:
            taken = messages.take(session, body, _header(request, "Idempotency-Key"), self._now())
        return _send(request, json_reply(taken))

    def _set_faults(self, request: Request) -> bytes:
        """Show, set or clear the faults. Only from this machine."""
        _from_this_machine(request)
        if request.method == b"DELETE":
            self._faults.set(())
        if request.method == b"PUT":
            try:
                self._faults.set(parse_faults(str(_written(request)["faults"])))
            except (ValueError, KeyError, TypeError) as error:
                raise ProblemError(400, "wrong-parameter", errors=[("faults", str(error))]) from error
        return _send(request, json_reply({"faults": str(self._faults)}))

    def _set_appeal(self, request: Request, ticket: str) -> bytes:
        """Set the status of an appeal by hand, for rehearsals. Only from this machine."""
        _from_this_machine(request)
        try:
            status = str(_written(request)["status"])
        except (ValueError, KeyError, TypeError) as error:
            raise ProblemError(400, "wrong-parameter", errors=[("status", str(error))]) from error
        with self._store.session() as session:
            if not set_status(session, ticket, status):
                raise ProblemError(404, "not-found")
        return _send(request, json_reply({"ticket": ticket, "status": status}))

    # The contract

    def _serving(self, route: Route) -> Callable[..., Deferred[bytes]]:
        def serve(request: Request, **path: str) -> Deferred[bytes]:
            return Deferred.fromCoroutine(self._answer(request, route, path))

        return serve

    async def _answer(self, request: Request, route: Route, path: dict[str, str]) -> bytes:
        faults = self._faults.take(route.operation)
        if delay(faults):
            await deferLater(self._reactor, delay(faults))
        try:
            reply = self._reply(request, route, path)
        except ProblemError as problem:
            reply = problem.reply()
        reply = spoil(unless_known(reply, _header(request, "If-None-Match")), faults)
        if reply.end == "whole":
            if route.packed:
                reply = gzipped(reply, _header(request, "Accept-Encoding"))
            return _send(request, reply)
        return await _send_badly(request, reply)

    def _reply(self, request: Request, route: Route, path: dict[str, str]) -> Reply:
        content: Any = request.content
        body = content.read(LARGEST_BODY + 1)
        self._check_authority(request, body)
        if len(body) > LARGEST_BODY:
            raise ProblemError(413, "too-large")
        if route.body and (_header(request, "Content-Type")).partition(";")[0].strip().lower() != route.body:
            raise ProblemError(415, "wrong-media-type")
        key = _header(request, "Idempotency-Key")
        if route.keyed and not _KEY.fullmatch(key):
            raise ProblemError(400, "wrong-parameter", errors=[("Idempotency-Key", f"must match {_KEY.pattern}")])
        language = best_language(_header(request, "Accept-Language"))
        parameters = Parameters(request.args)
        asked = Asked(route.operation, self._store, path, parameters, language, body, key, self._now())
        data = route.handle(asked)
        if data is None:
            raise ProblemError(404, "not-found")
        replayed = data.pop(REPLAYED, False)
        reply = json_reply(data, language, status=201 if route.keyed else 200, kept=route.kept)
        return replace(reply, headers={**reply.headers, "Idempotency-Replayed": "true"}) if replayed else reply

    def _check_authority(self, request: Request, body: bytes) -> None:
        if not self._token and not self._signing_key:
            return
        authorization = _header(request, "Authorization")
        if self._token and hmac.compare_digest(authorization.encode(), f"Bearer {self._token}".encode()):
            return
        if not self._signing_key or not self._is_signed(request, authorization, body):
            raise ProblemError(401, "not-authorised")

    def _is_signed(self, request: Request, authorization: str, body: bytes) -> bool:
        signature = read_signature(authorization)
        now = self._now().timestamp()
        method, target = request.method.decode(), request.uri.decode("latin-1")
        if signature is None or not is_right(self._signing_key, signature, method, target, body, now):
            return False
        with self._store.session() as session:
            if session.get(NonceRow, signature.nonce):
                return False
            session.query(NonceRow).filter(NonceRow.seen_at < now - 2 * TOLERANCE_S).delete()
            session.add(NonceRow(nonce=signature.nonce, seen_at=int(now)))
        return True

    # Errors

    def _tell_problem(self, request: Request, failure: Failure) -> bytes:
        problem: Any = failure.value
        return _send(request, problem.reply())

    def _tell_wrong_path(self, request: Request, failure: Failure) -> bytes:
        if isinstance(failure.value, MethodNotAllowed):
            request.setHeader("Allow", ", ".join(sorted(failure.value.valid_methods or ())))
            return _send(request, ProblemError(405, "wrong-method").reply())
        return _send(request, ProblemError(404, "no-such-path").reply())

    def _tell_mistake(self, request: Request, failure: Failure) -> bytes:
        _logger.error("mistake in the demo backend: %s", failure.getTraceback())
        return _send(request, ProblemError(500, "internal").reply())


def _header(request: Request, name: str) -> str:
    """Return a header, empty if it is absent. Whatever bytes it holds, it can be read."""
    values: Any = request.requestHeaders.getRawHeaders(name.encode("ascii"), [b""])
    return str(values[-1].decode("latin-1"))


def _from_this_machine(request: Request) -> None:
    if request.getClientAddress().host not in _NOBODY_ELSE:
        raise ProblemError(404, "no-such-path")


def _written(request: Request) -> Any:
    content: Any = request.content
    return json.loads(content.read(10_000))


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


def _head(request: Request, reply: Reply) -> None:
    request.setResponseCode(reply.status)
    request_id = _header(request, "X-Request-Id")
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
