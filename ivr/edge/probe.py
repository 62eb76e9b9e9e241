"""Asks the edge once a second whether it is alive: OPTIONS over UDP (RFC 3261 section 11), on loopback."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import DatagramProtocol

from ivr.edge.addresses import LOOPBACK

ASK_EVERY_S = 1.0


class EdgeProbe(DatagramProtocol):
    """Calls `answered` for every 200.

    Args:
        port: the edge's UDP port on loopback.
    """

    noisy = False

    def __init__(self, reactor: Any, port: int, answered: Callable[[], None]) -> None:
        self._reactor = reactor
        self._port = port
        self._answered = answered
        self._port_of_ours: Any = None
        self._tag = secrets.token_hex(4)
        self._count = 0

    def start(self) -> None:
        """Ask from now on."""
        self._port_of_ours = self._reactor.listenUDP(0, self, interface=LOOPBACK)
        self._ask()

    def datagramReceived(self, datagram: bytes, addr: object) -> None:  # noqa: N802
        if datagram.startswith(b"SIP/2.0 200 "):
            self._answered()

    def _ask(self) -> None:
        self._count += 1
        here = f"{LOOPBACK}:{self._port_of_ours.getHost().port}"
        lines = [
            f"OPTIONS sip:{LOOPBACK}:{self._port} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{self._tag}{self._count};rport",
            "Max-Forwards: 5",
            f"From: <sip:supervisor@{here}>;tag={self._tag}",
            f"To: <sip:{LOOPBACK}:{self._port}>",
            f"Call-ID: {self._tag}-{self._count}",
            f"CSeq: {self._count} OPTIONS",
            "Content-Length: 0",
            "\r\n",
        ]
        self._port_of_ours.write("\r\n".join(lines).encode(), (LOOPBACK, self._port))
        self._reactor.callLater(ASK_EVERY_S, self._ask)
