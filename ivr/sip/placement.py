"""Where an endpoint stands: open to callers, or behind an edge that passes calls to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BehindEdge:
    """Behind a SIP proxy that takes the calls, hides us, and passes on what we send.

    Attributes:
        address: where we listen, an address that only the edge reaches.
        port: UDP port there.
        contact: our Contact (RFC 3261 section 8.1.1.8): a name of ours at the edge's own address.
        proxy: the edge as we reach it, `HOST:PORT`; everything outside a dialog goes there.
        registers: whether it is we who keep the trunk registered. One of all workers does.
    """

    address: str
    port: int
    contact: str
    proxy: str
    registers: bool

    @property
    def route(self) -> str:
        """The edge as a Route (RFC 3261 section 20.34)."""
        return f"sip:{self.proxy};lr"
