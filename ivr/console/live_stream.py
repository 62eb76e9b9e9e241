"""The live board as server-sent events (HTML Living Standard, section 9.2): anew whenever it has changed. Browsers get
the table, programs the calls as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.web.server import Request

from ivr.console import api
from ivr.console.gate import admit, guard
from ivr.console.incoming import Incoming, read
from ivr.console.pages.live import board
from ivr.console.services import Services
from ivr.console.web import PageError, Visit
from ivr.storage.down import DatabaseDownError

#: A sign of life, also the moment at which it is checked that somebody is still signed in, in seconds.
_BEAT_S = 15.0
#: At most so often a board is sent, in seconds.
_PAUSE_S = 0.5


#: Makes of a visit that was let in what it is shown.
Picture = Callable[[Visit], str]


class LiveStream:
    """Serves the events of the live board."""

    def __init__(self, services: Services, run: Any, reactor: Any) -> None:
        self._services = services
        self._run = run
        self._reactor = reactor

    def serve(self, request: Request) -> Any:
        """The board for somebody who is signed in."""

        def admitted(incoming: Incoming, visit: Visit) -> Visit:
            known = admit(self._services, visit, incoming.token, used=False)
            guard(known, "live")
            return known

        return self._serve(request, admitted, lambda visit: board(visit, self._services))

    def serve_program(self, request: Request) -> Any:
        """The calls for a program, as `GET /api/v1/live` has them."""

        def admitted(incoming: Incoming, visit: Visit) -> Visit:
            api.admitted(self._services, incoming, "live:read")
            return visit

        return self._serve(request, admitted, lambda _: json.dumps(api.going_on(self._services)))

    def _serve(self, request: Request, admitted: Callable[[Incoming, Visit], Visit], picture: Picture) -> Any:
        try:
            incoming = read(request)
        except PageError as error:
            request.setResponseCode(error.status)
            return str(error).encode()
        visit = Visit(path="/live", address=incoming.address, secure=incoming.secure, language=incoming.language)

        def let_in() -> Visit | int:
            """The visit, or the status of the refusal."""
            try:
                return admitted(incoming, visit)
            except PageError as error:
                return error.status
            except DatabaseDownError:
                return 503

        def begin(known: Visit | int) -> Any:
            if isinstance(known, int):
                request.setResponseCode(known)
                return f"{known}\n".encode()
            shown = partial(picture, known)
            return _Watcher(request, shown, self._services, lambda: self._run(let_in), self._reactor).begin()

        return self._run(let_in).addCallback(begin)


class _Watcher:
    """One browser or program that watches.

    Args:
        picture: what it is sent, when that has changed.
        let_in: asks again whether it may watch.
    """

    def __init__(
        self, request: Request, picture: Callable[[], str], services: Services, let_in: Any, reactor: Any
    ) -> None:
        self._request = request
        self._picture = picture
        self._services = services
        self._let_in = let_in
        self._reactor = reactor
        self._shown: object = None
        self._waiting: Any = None
        self._beat: Any = None
        self._unwatch: Any = None
        self._done: Deferred[None] = Deferred()

    def begin(self) -> Deferred[None]:
        self._request.setHeader("Content-Type", "text/event-stream; charset=utf-8")
        self._request.setHeader("Cache-Control", "no-store")
        self._request.setHeader("X-Content-Type-Options", "nosniff")
        self._request.notifyFinish().addBoth(self._end)
        self._unwatch = self._services.live.watch(self._changed)
        self._send_board()
        self._beat = self._reactor.callLater(_BEAT_S, self._check)
        return self._done

    def _changed(self) -> None:
        if self._waiting is None:
            self._waiting = self._reactor.callLater(_PAUSE_S, self._send_board)

    def _send_board(self) -> None:
        self._waiting = None
        calls = self._services.live.calls()
        places = ([call.place for call in calls], self._services.live.workers())
        if places == self._shown:
            return
        self._shown = places
        lines = self._picture().splitlines()
        self._request.write(b"".join(b"data: " + line.encode() + b"\n" for line in lines) + b"\n")

    def _check(self) -> None:
        self._beat = None

        def checked(known: Visit | int) -> None:
            if self._done.called:
                return
            if isinstance(known, int):
                self._request.finish()
                return
            self._request.write(b": still here\n\n")
            self._beat = self._reactor.callLater(_BEAT_S, self._check)

        self._let_in().addCallback(checked)

    def _end(self, result: Any) -> None:
        for call in (self._waiting, self._beat):
            if call is not None and call.active():
                call.cancel()
        if self._unwatch is not None:
            self._unwatch()
        if not self._done.called:
            self._done.callback(None)
        if hasattr(result, "trap"):
            result.trap(ConnectionDone, ConnectionLost)
