"""Tells a running edge which workers take calls: at once, and until it has said that it knows.

Kamailio's own probes find a worker that has gone, but one that comes only with the next probe, five seconds later at
worst. So a worker is given no call and no probe before the supervisor has seen it ready.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol

log = logging.getLogger(__name__)

#: How often it is said again to an edge that has not answered, in seconds.
AGAIN_S = 0.2
#: How often the log says that it has not.
_COMPLAIN_EVERY = 50
#: States of the dispatcher: gets calls and probes, gets neither.
TAKES_CALLS, RESTS = "ap", "dp"


class Dispatching(DatagramProtocol):
    """JSON-RPC over Kamailio's datagram socket (`dispatcher.set_state`).

    Args:
        control: Kamailio's socket. Ours is beside it, because it answers to where the question came from.
    """

    noisy = False

    def __init__(self, reactor: Any, control: Path) -> None:
        self._reactor = reactor
        self._control = control
        self._ours: Any = None
        self._wanted: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._asked: dict[int, tuple[str, str]] = {}
        self._count = 0
        self._tries = 0
        self._again: Any = None
        self._waiting: list[Deferred[None]] = []

    def start(self) -> None:
        """Listen for answers."""
        path = self._control.with_name("supervisor.sock")
        path.unlink(missing_ok=True)
        self._ours = self._reactor.listenUNIXDatagram(str(path), self, mode=0o600)

    def tell(self, takes_calls: Mapping[str, bool]) -> None:
        """Say which of the workers, `HOST:PORT`, take calls."""
        self._wanted = {place: TAKES_CALLS if takes else RESTS for place, takes in takes_calls.items()}
        self._say()

    def forgotten(self) -> None:
        """The edge is another one, and knows only what was in its files."""
        self._known.clear()
        self._say()

    def agreed(self) -> Deferred[None]:
        """Fires when the edge knows all that was told."""
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        self._look()
        return waiting

    def datagramReceived(self, datagram: bytes, addr: object) -> None:  # noqa: N802
        try:
            answer = json.loads(datagram)
            place, state = self._asked.pop(answer["id"])
        except (ValueError, TypeError, LookupError):
            return  # an answer to what was asked before the edge was another one
        if "error" in answer:
            log.error("the edge does not take the state of %s: %s", place, answer["error"])
        else:
            self._known[place] = state
            self._look()

    def _open(self) -> dict[str, str]:
        return {place: state for place, state in self._wanted.items() if self._known.get(place) != state}

    def _look(self) -> None:
        if not self._open():
            self._tries = 0
            waiting, self._waiting = self._waiting, []
            for deferred in waiting:
                deferred.callback(None)

    def _say(self) -> None:
        if self._again is not None and self._again.active():
            self._again.cancel()
        self._asked.clear()
        for place, state in self._open().items():
            self._count += 1
            self._asked[self._count] = place, state
            self._send(self._count, state, place)
        if self._asked:
            self._tries += 1
            if self._tries % _COMPLAIN_EVERY == 0:
                log.warning("the edge does not answer at %s", self._control)
            self._again = self._reactor.callLater(AGAIN_S, self._say)

    def _send(self, number: int, state: str, place: str) -> None:
        request = {
            "jsonrpc": "2.0",
            "id": number,
            "method": "dispatcher.set_state",
            "params": [state, 1, f"sip:{place}"],
        }
        try:
            self._ours.write(json.dumps(request).encode(), str(self._control))
        except OSError as error:
            log.debug("the edge cannot be told: %s", error)  # it is not there yet, or not any more
