"""Says BYE to callers of a process that has died, until they answer (RFC 3261 section 17.1.2)."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol
from twisted.python.failure import Failure

from ivr.farewell.dialog import Dialog, bye, next_hop

log = logging.getLogger(__name__)

#: Timers E and F: the first repetition, the longest pause, the end, in seconds.
T1_S, T2_S, GIVEN_UP_S = 0.5, 4.0, 32.0
_ANSWER = re.compile(rb"SIP/2\.0 ([2-6]\d\d) .*?^(?:Via|v)[ \t]*:[^\r\n]*;branch=z9hG4bK(\w+)", re.S | re.M | re.I)


@dataclass
class _Said:
    request: bytes
    hop: tuple[str, int]
    whose: str
    begun: float
    wait_s: float = T1_S


class Farewell(DatagramProtocol):
    """One UDP socket of the supervisor.

    Args:
        address: where it listens, host and port; port 0 for any.
        edge: host and port by which every BYE leaves; None where callers reach line workers themselves.
    """

    noisy = False

    def __init__(self, reactor: Any, address: tuple[str, int], edge: tuple[str, int] | None) -> None:
        self._reactor = reactor
        self._address = address
        self._edge = edge
        self._here = ""
        self._socket: Any = None
        self._open: dict[str, _Said] = {}

    def start(self) -> None:
        """Listen for answers. Without the port callers cannot be told, and everything else works."""
        host, port = self._address
        try:
            self._socket = self._reactor.listenUDP(port, self, interface=host)
        except CannotListenError as error:
            log.error("callers of a process that dies cannot be told: %s", error)
            return
        self._here = f"{host}:{self._socket.getHost().port}"

    def say(self, dialogs: Sequence[Dialog], whose: str) -> None:
        """End these calls.

        Args:
            whose: the process that has died, for the log.
        """
        if dialogs:
            log.warning("%s has died with %d calls; their telephones are told", whose, len(dialogs))
        for dialog in dialogs if self._socket is not None else ():
            hop = self._edge or next_hop(dialog)
            if hop is None:
                log.warning("%s: a caller cannot be told: their side is not reached by UDP", whose)
                continue
            branch = secrets.token_hex(8)
            request = bye(dialog, self._here, branch).encode("utf-8", "replace")
            self._open[branch] = _Said(request, hop, whose, self._reactor.seconds())
            self._send(branch)

    def _send(self, branch: str) -> None:
        said = self._open.get(branch)
        if said is None:
            return
        if self._reactor.seconds() - said.begun >= GIVEN_UP_S:
            del self._open[branch]
            log.warning("%s: a telephone did not answer that its call has ended", said.whose)
            return
        self._reactor.resolve(said.hop[0]).addCallbacks(
            lambda host: self._write(said.request, (host, said.hop[1])),
            lambda failure: self._not_found(branch, failure),
        )
        self._reactor.callLater(said.wait_s, self._send, branch)
        said.wait_s = min(2 * said.wait_s, T2_S)

    def _not_found(self, branch: str, failure: Failure) -> None:
        said = self._open.pop(branch, None)
        if said is not None:
            log.warning("%s: %s is not found: %s", said.whose, said.hop[0], failure.getErrorMessage())

    def _write(self, request: bytes, hop: tuple[str, int]) -> None:
        try:
            self._socket.write(request, hop)
        except OSError as error:
            log.debug("a BYE did not leave: %s", error)  # it is said again

    def datagramReceived(self, datagram: bytes, addr: object) -> None:  # noqa: N802
        found = _ANSWER.match(datagram)
        said = self._open.pop(found[2].decode(), None) if found else None
        # 481: they have hung up already.
        if found and said is not None and found[1] not in (b"200", b"481"):
            status = found[1].decode()
            log.warning("%s: a telephone answered %s when it was told that its call has ended", said.whose, status)
