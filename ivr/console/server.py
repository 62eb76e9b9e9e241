"""The console as a klein application: routes, who is signed in, forged forms, errors in words, headers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, BinaryIO
from urllib.parse import quote

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.web.resource import Resource
from twisted.web.server import Request
from werkzeug.exceptions import HTTPException

from ivr.console import api, live_stream, statics
from ivr.console.authoring.phone_routes import PhoneRoutes
from ivr.console.gate import admit, guard
from ivr.console.incoming import Incoming, fields_of, read, session_cookie
from ivr.console.program import Operation
from ivr.console.ranges import part_of
from ivr.console.render import page
from ivr.console.routes import ROUTES, Route, arguments_of
from ivr.console.services import Services
from ivr.console.web import Answer, Cookie, NotFoundError, NotSignedInError, PageError, Visit, see
from ivr.storage.database import WrongDatabaseError
from ivr.storage.down import DatabaseDownError

log = logging.getLogger(__name__)

#: Nothing is loaded from anywhere else, nothing runs that is not a file of ours, nobody may frame us.
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "Server": "Xiangyin",
}

#: Runs a blocking function and fires with what it returns: in a thread, or at once in tests.
Runner = Callable[..., Deferred[Any]]


class Console:
    """The console.

    Args:
        run: runs a page, which may wait for the database.
        reactor: clock of the live stream.
    """

    def __init__(self, services: Services, run: Runner, reactor: Any) -> None:
        self._services = services
        self._run = run
        self._klein = Klein()
        for route in ROUTES:
            self._add(route)
        for operation in api.OPERATIONS:
            self._add_operation(operation)
        stream = live_stream.LiveStream(services, run, reactor)
        PhoneRoutes(services, run, send, reactor).add_to(self._klein)
        self._klein.route("/live/events", methods=["GET"], endpoint="live_events")(stream.serve)
        self._klein.route("/api/v1/live/events", methods=["GET"], endpoint="api_live_events")(stream.serve_program)
        self._klein.route("/static/<name>", methods=["GET"], endpoint="static")(statics.serve)
        self._klein.handle_errors(HTTPException)(self._http_error)

    def resource(self) -> Resource:
        """What a `Site` serves."""
        resource: Resource = self._klein.resource()
        return resource

    def _add(self, route: Route) -> None:
        def handler(request: Request, **arguments: Any) -> Any:
            return self._serve(request, route, arguments_of(arguments))

        name = f"{route.method} {route.path}"
        self._klein.route(route.path, methods=[route.method], endpoint=name)(handler)

    def _add_operation(self, operation: Operation) -> None:
        def handler(request: Request, **arguments: Any) -> Any:
            try:
                incoming = read(request)
            except PageError as error:
                return send(request, api.problem(error.status, str(error)))
            done = self._run(self.answer_program, incoming, operation, arguments_of(arguments))
            return done.addCallback(lambda answer: send(request, answer))

        name = f"{operation.method} {operation.path}"
        self._klein.route(operation.path, methods=[operation.method], endpoint=name)(handler)

    def answer_program(self, incoming: Incoming, operation: Operation, arguments: dict[str, str]) -> Answer:
        """What a program gets. It never raises: what goes wrong is a problem document."""
        try:
            return api.answer(self._services, incoming, operation, arguments)
        except DatabaseDownError as error:
            return api.problem(503, f"the database cannot be reached: {error}")
        except Exception:
            log.exception("%s", incoming.path)
            return api.problem(500, "this failed; the log says why")

    def _serve(self, request: Request, route: Route, arguments: dict[str, str]) -> Any:
        request.notifyFinish().addErrback(lambda failure: failure.trap(ConnectionDone, ConnectionLost))
        try:
            incoming = read(request)
        except PageError as error:
            return send(request, _refused(Visit(), error))
        done = self._run(self.answer, incoming, route, arguments)
        return done.addCallback(lambda answer: send(request, answer))

    def answer(self, incoming: Incoming, route: Route, arguments: dict[str, str]) -> Answer:
        """The answer to a request. It never raises: what goes wrong is a page that says so."""
        visit = Visit(
            incoming.method,
            incoming.path,
            incoming.query,
            incoming.form,
            incoming.address,
            incoming.secure,
            incoming.language,
            incoming.theme,
            notice=incoming.notice,
        )
        try:
            visit = replace(visit, form=fields_of(incoming))
            if not route.without_database:
                self._services.office.prepare()
                visit = admit(self._services, visit, incoming.token)
            guard(visit, route.needs)
            return route.page(self._services, visit, **arguments)
        except NotSignedInError:
            return _to_sign_in(visit)
        except PageError as error:
            return _refused(visit, error)
        except DatabaseDownError as error:
            return _database_down(visit, str(error))
        except WrongDatabaseError as error:
            return page(visit, "error.html", status=500, chinese=str(error), english="")
        except Exception:
            log.exception("%s %s", incoming.method, incoming.path)
            return page(
                visit,
                "error.html",
                status=500,
                chinese="这一页出了错，已记入日志",
                english="this page failed; the log says why",
            )

    def _http_error(self, request: Request, failure: Any) -> Any:
        """What klein's router refuses: a path that does not exist, a method that it does not take."""
        if failure.value.code == 405:
            request.setResponseCode(405)
            return send(request, Answer(b"405\n", 405, "text/plain"))
        try:
            incoming = read(request)
        except PageError as error:
            return send(request, _refused(Visit(), error))
        visit = Visit(language=incoming.language, theme=incoming.theme, path=incoming.path)
        return send(request, _refused(visit, NotFoundError("没有这一页", "there is no such page")))


def send(request: Request, answer: Answer) -> Any:
    """Send an answer."""
    secure = bool(request.isSecure())
    request.setResponseCode(answer.status)
    for name, value in {**_HEADERS, "Content-Type": answer.content_type, **answer.headers}.items():
        request.setHeader(name, value)
    if secure:
        request.setHeader("Strict-Transport-Security", "max-age=31536000")
    for cookie in answer.cookies:
        _set_cookie(request, cookie, secure)
    if answer.file is not None:
        return _send_file(request, answer.file)
    return answer.body


def _send_file(request: Request, file: BinaryIO) -> bytes:
    try:
        part = part_of(file, request.getHeader("range") or "")
    except (OSError, ValueError):
        log.exception("a file cannot be sent")
        request.setResponseCode(500)
        return b""
    request.setResponseCode(part.status)
    request.setHeader("Accept-Ranges", "bytes")
    if part.content_range:
        request.setHeader("Content-Range", part.content_range)
    return part.body


def _set_cookie(request: Request, cookie: Cookie, secure: bool) -> None:
    request.addCookie(
        cookie.name.encode(),
        quote(cookie.value, safe="").encode(),
        path=b"/",
        max_age=b"0" if not cookie.value else None if cookie.lasts_s is None else str(cookie.lasts_s).encode(),
        secure=secure,
        httpOnly=True,
        sameSite=b"lax",
    )


def _to_sign_in(visit: Visit) -> Answer:
    """To the page where one signs in, and from there back to what was wanted."""
    wanted = visit.here() if visit.method == "GET" and visit.path != "/" else ""
    gone = (Cookie(session_cookie(visit.secure), ""),)
    return see(f"/sign-in?then={quote(wanted, safe='')}" if wanted else "/sign-in", cookies=gone)


def _refused(visit: Visit, error: PageError) -> Answer:
    return page(visit, "error.html", status=error.status, chinese=error.chinese, english=error.english)


def _database_down(visit: Visit, reason: str) -> Answer:
    log.error("database down: %s", reason)
    answer = page(visit, "down.html", status=503, reason=reason)
    return Answer(answer.body, 503, headers={"Retry-After": "5"})
