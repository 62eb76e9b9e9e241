"""Addresses of this machine."""

from __future__ import annotations

import socket

ANY = "0.0.0.0"
LOOPBACK = "127.0.0.1"


def local_address(bind_address: str) -> str:
    """The address at which others reach a socket bound so; no packet is sent to find it."""
    if bind_address != ANY:
        return bind_address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])
