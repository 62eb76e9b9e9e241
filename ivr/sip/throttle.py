"""Keeping PJSIP within its 64 sockets.

This build polls at most 64 sockets (`PJ_IOQUEUE_MAX_HANDLES`), sets the entry of a closed one aside for half a second
(`PJ_IOQUEUE_KEY_FREE_DELAY`), and ends the process when it needs an entry and all that are not in use are set aside.
Thirty calls that come and go within half a second would do that, and so would as many TCP connections. Therefore PJSIP
is not polled for a moment when sockets are used up too fast: what arrives meanwhile waits in the kernel.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Any

import pjsua2 as pj

from ivr.sip.callbacks import callback
from ivr.sip.native import Native

log = logging.getLogger(__name__)

#: For how long a closed socket counts, in seconds; a little more than PJSIP's half.
SET_ASIDE_S = 0.6
#: TCP connections at once. With both listeners and four calls, each with RTP and RTCP, that leaves 42 entries.
MOST_CONNECTIONS = 12
#: New sockets in that time: the 42, less the 20 that one round of polling may use (ten packets, two sockets for each).
MOST_SOCKETS = 22
#: RTP and RTCP.
SOCKETS_OF_A_CALL = 2


class Throttle:
    """Counts new sockets. Times are seconds of one clock."""

    def __init__(self) -> None:
        self._used: deque[float] = deque()

    def used(self, sockets: int, now: float) -> None:
        """So many sockets were made."""
        self._used.extend([now] * sockets)

    def wait(self, now: float) -> float:
        """How long to leave PJSIP alone from now on, in seconds; 0 for not at all."""
        while self._used and self._used[0] <= now - SET_ASIDE_S:
            self._used.popleft()
        if len(self._used) < MOST_SOCKETS:
            return 0.0
        return self._used[len(self._used) - MOST_SOCKETS] + SET_ASIDE_S - now


class Endpoint(pj.Endpoint):  # type: ignore[misc]
    """pjsua2's endpoint with an eye on its sockets.

    Attributes:
        throttle: told of every socket that PJSIP makes for a caller.
    """

    def __init__(self, native: Native) -> None:
        super().__init__()
        self.throttle = Throttle()
        self._native = native
        self._connections: set[int] = set()

    def call_came(self) -> None:
        """An INVITE got its RTP sockets."""
        self.throttle.used(SOCKETS_OF_A_CALL, time.monotonic())

    @callback
    def onRejectedIncomingCall(self, prm: Any) -> None:  # noqa: N802
        log.info("PJSIP refused a call with %d %s", prm.statusCode, prm.reason)
        if prm.callId != pj.PJSUA_INVALID_ID:
            self.call_came()

    @callback
    def onTransportState(self, prm: Any) -> None:  # noqa: N802
        if not prm.type.startswith("TCP"):
            return
        connection = int(prm.hnd)
        if prm.state == pj.PJSIP_TP_STATE_CONNECTED:
            self._connections.add(connection)
            self.throttle.used(1, time.monotonic())
            if len(self._connections) > MOST_CONNECTIONS:
                log.warning("more than %d TCP connections: closing the newest", MOST_CONNECTIONS)
                self._native.close_transport(prm.hnd)
        else:
            self._connections.discard(connection)
