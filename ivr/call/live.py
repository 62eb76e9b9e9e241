"""What a line worker publishes of its calls in progress, on a unix socket of its own that only its user can open.

Once a second, and when somebody connects, a line of JSON: `{"calls": [{"call_id": …, "node": …}, …]}` with the fields
of `Session.snapshot`. A line `{"hang_up": "CALL_ID"}` asks to end a call. Nobody connected, nothing done.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall
from twisted.protocols.basic import LineOnlyReceiver

log = logging.getLogger(__name__)

_EVERY_S = 1.0


class LiveFeed(Factory):
    """Publishes the calls of one worker.

    Args:
        snapshot: the calls as plain data.
        hang_up: ends a call; returns whether there was one.
        clock: the reactor, or a clock of tests.
    """

    noisy = False

    def __init__(
        self, snapshot: Callable[[], list[dict[str, Any]]], hang_up: Callable[[str], bool], clock: Any
    ) -> None:
        self._snapshot = snapshot
        self._hang_up = hang_up
        self._watchers: set[_Watcher] = set()
        self._loop = LoopingCall(self._publish)
        self._loop.clock = clock

    def buildProtocol(self, addr: Any) -> _Watcher:  # noqa: N802
        return _Watcher(self)

    def joined(self, watcher: _Watcher) -> None:
        self._watchers.add(watcher)
        watcher.send(self._line())
        if not self._loop.running:
            self._loop.start(_EVERY_S, now=False)

    def left(self, watcher: _Watcher) -> None:
        self._watchers.discard(watcher)
        if not self._watchers and self._loop.running:
            self._loop.stop()

    def asked(self, line: bytes) -> None:
        """Do what a watcher asks. What cannot be understood is said in the log, and nothing else happens."""
        try:
            call_id = json.loads(line)["hang_up"]
        except (ValueError, TypeError, LookupError):
            log.warning("a wish on the live socket cannot be understood: %r", line[:100])
            return
        if isinstance(call_id, str) and self._hang_up(call_id):
            log.info("call %s is ended by an operator", call_id)

    def _publish(self) -> None:
        line = self._line()
        for watcher in list(self._watchers):
            watcher.send(line)

    def _line(self) -> bytes:
        return json.dumps({"calls": self._snapshot()}, ensure_ascii=False).encode(errors="replace")


class _Watcher(LineOnlyReceiver):
    delimiter = b"\n"

    def __init__(self, feed: LiveFeed) -> None:
        self._feed = feed

    def connectionMade(self) -> None:  # noqa: N802
        self._feed.joined(self)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        self._feed.left(self)

    def send(self, line: bytes) -> None:
        self.sendLine(line)  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self._feed.asked(line)


def listen_live(reactor: Any, folder: Path, worker: str, feed: LiveFeed) -> Any:
    """Listen on `<folder>/<worker>.sock`; returns the port.

    None if that cannot be: calls matter more than a board.
    """
    path = folder / f"{worker}.sock"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        return reactor.listenUNIX(str(path), feed, mode=0o600)
    except OSError as error:
        log.warning("the live board cannot see this worker: %s: %s", path, error)
        return None
