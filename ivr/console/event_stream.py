"""Server-sent events (HTML Living Standard, section 9.2): the head, a sign of life, and the end of a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.web.server import Request

#: A sign of life, also the moment at which it is checked that somebody may still watch, in seconds.
_BEAT_S = 15.0
_HEAD = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


class EventStream:
    """One browser or program that watches, as long as it may.

    Args:
        may_watch: asks again whether it may.
    """

    def __init__(self, request: Request, may_watch: Callable[[], Deferred[bool]], reactor: Any) -> None:
        self._request = request
        self._may_watch = may_watch
        self._reactor = reactor
        self._beat: Any = None
        self._done: Deferred[None] = Deferred()

    def begin(self) -> Deferred[None]:
        """Send until the other side has gone or may no longer watch."""
        for name, value in _HEAD.items():
            self._request.setHeader(name, value)
        self._request.notifyFinish().addBoth(self._end)
        self.begun()
        self._beat = self._reactor.callLater(_BEAT_S, self._check)
        return self._done

    def begun(self) -> None:
        """Begin to watch what is told."""
        raise NotImplementedError

    def refused(self) -> None:
        """Whoever watches may no longer; the stream ends by itself."""

    def ended(self) -> None:
        """Stop watching."""
        raise NotImplementedError

    @property
    def is_open(self) -> bool:
        return not self._done.called

    def send(self, text: str, number: int | None = None) -> None:
        """Send an event; its number comes back when a browser connects again."""
        head = "" if number is None else f"id: {number}\n"
        data = "".join(f"data: {line}\n" for line in text.replace("\r", "").rstrip("\n").split("\n"))
        self._request.write(f"{head}{data}\n".encode())

    def _check(self) -> None:
        self._beat = None
        self._may_watch().addCallback(self._checked)

    def _checked(self, may_watch: bool) -> None:
        if not self.is_open:
            return
        if not may_watch:
            self.refused()
            self._request.finish()
            return
        self._request.write(b": still here\n\n")
        self._beat = self._reactor.callLater(_BEAT_S, self._check)

    def _end(self, result: Any) -> None:
        if self._beat is not None and self._beat.active():
            self._beat.cancel()
        self.ended()
        if self.is_open:
            self._done.callback(None)
        if hasattr(result, "trap"):
            result.trap(ConnectionDone, ConnectionLost)
