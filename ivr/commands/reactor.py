"""The reactor of a process of ours, with a clock that no change of the wall clock moves."""

from __future__ import annotations

import time
from typing import Any


def installed_reactor() -> Any:
    """asyncio's reactor, installed; to be called once, before anything of Twisted takes another one."""
    from twisted.internet import asyncioreactor

    asyncioreactor.install()
    from twisted.internet import reactor

    return by_monotonic_time(reactor)


def by_monotonic_time(reactor: Any) -> Any:
    """The same reactor, whose timers keep their time.

    Twisted counts by the wall clock. Set forward by an hour, it would let every timer go off at once, and each call in
    progress would be over as too long; set back, nothing would go off for an hour.
    """
    reactor.seconds = time.monotonic
    return reactor
