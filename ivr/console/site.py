"""What listens for the console: requests with limits that hold before and while a body is read."""

from __future__ import annotations

from typing import Any

from twisted.web.server import Request, Site

from ivr.console.incoming import longest_body, too_large
from ivr.console.server import Console
from ivr.console.web import PageError


def site(console: Console, reactor: Any) -> Site:
    """The console as an HTTP server."""
    made = Site(console.resource(), requestFactory=LimitedRequest, timeout=60, reactor=reactor)
    made.displayTracebacks = False
    return made


class LimitedRequest(Request):
    """Refuses a body of the wrong kind or length: by its header where that tells, else as soon as it has come."""

    _refused = False
    _taken = 0

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """The header has come; a length of None is told by no one before the end (chunks)."""
        super().gotLength(0)  # type: ignore[no-untyped-call]
        if length == 0:
            return
        try:
            longest = longest_body(self.getHeader("content-type") or "")
            if length is not None and length > longest:
                raise too_large(longest)
        except PageError as error:
            self._refuse(error)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """A part of the body has come."""
        self._taken += len(data)
        longest = longest_body(self.getHeader("content-type") or "") if not self._refused else 0
        if not self._refused and self._taken > longest:
            self._refuse(too_large(longest))
        if not self._refused:
            super().handleContentChunk(data)  # type: ignore[no-untyped-call]

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """All has come. What was refused has had its answer."""
        if not self._refused:
            super().requestReceived(command, path, version)  # type: ignore[no-untyped-call]

    def _refuse(self, error: PageError) -> None:
        """Answer and hang up: whoever sends too much would go on sending."""
        self._refused = True
        reason = f"{error.chinese} / {error.english}\n".encode()
        head = (
            f"HTTP/1.1 {error.status} Refused\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(reason)}\r\n\r\n"
        )
        connection: Any = self.channel.transport
        connection.write(head.encode() + reason)
        self.channel.loseConnection()
