"""The calls in progress, as the line workers of this machine publish them on their sockets (`ivr.call.live`)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from twisted.internet.protocol import ClientFactory
from twisted.protocols.basic import LineOnlyReceiver

_log = logging.getLogger(__name__)

#: How often the folder is looked at for workers that have been started, in seconds.
_LOOK_EVERY_S = 2.0


@dataclass(frozen=True)
class LiveCall:
    """A call in progress.

    Attributes:
        lasts_ms: since it was offered.
        node_ms: since its present node began.
        loss: share of packets lost, 0 to 1.
    """

    call_id: str
    worker: str
    caller_masked: str = ""
    dialled: str = ""
    tree: str = ""
    node: str = ""
    language: str = ""
    lasts_ms: int = 0
    node_ms: int = 0
    codec: str = ""
    loss: float = 0.0
    jitter_ms: float = 0.0
    round_trip_ms: float = 0.0

    @property
    def tone(self) -> str:
        """How the line is: `good`, `warn` or `bad`; people notice 3 % of loss, and 10 % makes words unclear."""
        if self.loss > 0.1 or self.jitter_ms > 80:
            return "bad"
        return "warn" if self.loss > 0.03 or self.jitter_ms > 40 else "good"

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What a watcher of the board would notice when it changes."""
        return self.call_id, self.tree, self.node, self.tone


class LiveCalls:
    """Listens to all line workers of this machine. To be used on the reactor's thread, except where said.

    Args:
        folder: where workers have their sockets, `<worker>.sock`.
    """

    def __init__(self, folder: Path, reactor: Any) -> None:
        self._folder = folder
        self._reactor = reactor
        self._workers: dict[str, _Worker] = {}
        self._calls: dict[str, list[LiveCall]] = {}
        self._watchers: set[Callable[[], None]] = set()
        self._next_look: Any = None

    def start(self) -> None:
        """Look for workers, again and again."""
        self._next_look = None
        try:
            sockets = sorted(self._folder.glob("*.sock"))
        except OSError as error:
            _log.warning("%s cannot be read: %s", self._folder, error)
            sockets = []
        for socket in sockets:
            if socket.stem not in self._workers:
                self._workers[socket.stem] = _Worker(socket.stem, self)
                self._reactor.connectUNIX(str(socket), self._workers[socket.stem], timeout=5)
        self._next_look = self._reactor.callLater(_LOOK_EVERY_S, self.start)

    def stop(self) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None
        for worker in list(self._workers.values()):
            worker.disconnect()

    def calls(self) -> list[LiveCall]:
        """All calls in progress, longest first. From any thread."""
        everything = [call for some in list(self._calls.values()) for call in some]
        return sorted(everything, key=lambda call: -call.lasts_ms)

    def workers(self) -> list[str]:
        """The workers that are there. From any thread."""
        return sorted(self._calls)

    def hang_up(self, call_id: str) -> bool:
        """Ask its worker to end a call; False if no worker has it. From any thread."""
        for name, calls in list(self._calls.items()):
            if any(call.call_id == call_id for call in calls):
                self._reactor.callFromThread(self._workers[name].ask, {"hang_up": call_id})
                return True
        return False

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have a function called when the calls have changed; returns how to end that."""
        self._watchers.add(watcher)
        return lambda: self._watchers.discard(watcher)

    # What workers tell

    def told(self, worker: str, calls: list[LiveCall]) -> None:
        self._calls[worker] = calls
        for watcher in list(self._watchers):
            watcher()

    def lost(self, worker: str) -> None:
        self._workers.pop(worker, None)
        if self._calls.pop(worker, None) is not None:
            for watcher in list(self._watchers):
                watcher()


class _Worker(ClientFactory):
    """The connection to one worker."""

    noisy = False

    def __init__(self, name: str, live: LiveCalls) -> None:
        self._name = name
        self._live = live
        self._connection: _Connection | None = None

    def buildProtocol(self, addr: Any) -> _Connection:  # noqa: N802
        self._connection = _Connection(self._line)
        return self._connection

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:  # noqa: N802
        self._live.lost(self._name)

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:  # noqa: N802
        self._connection = None
        self._live.lost(self._name)

    def ask(self, wish: Mapping[str, str]) -> None:
        if self._connection is not None:
            self._connection.send(json.dumps(wish).encode())

    def disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _line(self, line: bytes) -> None:
        try:
            calls = [_live_call(self._name, data) for data in json.loads(line)["calls"]]
        except (ValueError, TypeError, LookupError) as error:
            _log.warning("%s publishes what cannot be read: %s", self._name, error)
            return
        self._live.told(self._name, calls)


class _Connection(LineOnlyReceiver):
    delimiter = b"\n"
    MAX_LENGTH = 1 << 20

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard

    def send(self, line: bytes) -> None:
        self.sendLine(line)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        connection: Any = self.transport
        connection.loseConnection()

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self._heard(line)


def _live_call(worker: str, data: Mapping[str, Any]) -> LiveCall:
    known = {field.name for field in fields(LiveCall)}
    return LiveCall(**{**{key: value for key, value in data.items() if key in known}, "worker": worker})
