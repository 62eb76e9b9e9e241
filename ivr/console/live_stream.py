"""The live board as server-sent events (HTML Living Standard, section 9.2): anew whenever it has changed. Browsers get
the table, programs the calls as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.web.server import Request

from ivr.console import api
from ivr.console.event_stream import EventStream
from ivr.console.gate import admit, guard
from ivr.console.incoming import Incoming, read
from ivr.console.pages.live import board
from ivr.console.services import Services
from ivr.console.web import PageError, Visit
from ivr.storage.down import DatabaseDownError

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

        def still_let_in() -> Deferred[bool]:
            asked: Deferred[bool] = self._run(let_in).addCallback(lambda known: not isinstance(known, int))
            return asked

        def begin(known: Visit | int) -> Any:
            if isinstance(known, int):
                request.setResponseCode(known)
                return f"{known}\n".encode()
            shown = partial(picture, known)
            return _Board(request, shown, self._services, still_let_in, self._reactor).begin()

        return self._run(let_in).addCallback(begin)


class _Board(EventStream):
    """The board for one browser or program.

    Args:
        picture: what it is sent, when that has changed.
    """

    def __init__(
        self,
        request: Request,
        picture: Callable[[], str],
        services: Services,
        may_watch: Callable[[], Deferred[bool]],
        reactor: Any,
    ) -> None:
        super().__init__(request, may_watch, reactor)
        self._picture = picture
        self._live = services.live
        self._shown: object = None
        self._waiting: Any = None
        self._unwatch: Any = None

    def begun(self) -> None:
        self._unwatch = self._live.watch(self._changed)
        self._send_board()

    def ended(self) -> None:
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        self._unwatch()

    def _changed(self) -> None:
        if self._waiting is None:
            self._waiting = self._reactor.callLater(_PAUSE_S, self._send_board)

    def _send_board(self) -> None:
        self._waiting = None
        places = ([call.place for call in self._live.calls()], self._live.workers())
        if places != self._shown:
            self._shown = places
            self.send(self._picture())
