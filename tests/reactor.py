"""The Twisted reactor in tests: the asyncio reactor, as in production, running only while a test waits for something.

    def test_something(in_reactor):
        async def scenario():
            assert await client.get_case("20260001", asking) is not None

        in_reactor(scenario)

A test fails when it leaves delayed calls or sockets behind. `tests/conftest.py` has the fixture for all rooms, and
installs the reactor before anything of Twisted takes another one.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from twisted.internet import asyncioreactor
from twisted.internet.defer import Deferred

Scenario = Callable[[], Awaitable[None]]


def install() -> None:
    """Install the asyncio reactor with an event loop of its own."""
    if "twisted.internet.reactor" not in sys.modules:
        asyncioreactor.install(asyncio.new_event_loop())
    elif not isinstance(installed(), asyncioreactor.AsyncioSelectorReactor):
        raise RuntimeError("something imported twisted.internet.reactor before tests/conftest.py")


def installed() -> Any:
    """Return the reactor."""
    from twisted.internet import reactor

    return reactor


def close() -> None:
    """Close the event loop, also if no test has ever waited."""
    installed()._asyncioEventloop.close()


@pytest.fixture(scope="session")
def running_reactor() -> Iterator[Any]:
    """The reactor, started without `run`: its event loop runs when a test waits, and only then."""
    reactor = installed()
    reactor.startRunning(installSignalHandlers=False)
    yield reactor
    loop = reactor._asyncioEventloop
    # Joins Twisted's threads, which would otherwise keep Python from ending, and stops the loop when it next runs.
    reactor.fireSystemEvent("shutdown")
    loop.run_forever()


@pytest.fixture
def in_reactor(running_reactor: Any) -> Iterator[Callable[..., None]]:
    """Run a coroutine function in the reactor, at most `within` seconds long."""
    loop = running_reactor._asyncioEventloop
    before = set(running_reactor.getReaders())

    def run(scenario: Scenario, within: float = 30.0) -> None:
        # Begun inside the loop, so that scenarios can use asyncio, too.
        async def begin() -> None:
            work: Deferred[None] = Deferred.fromCoroutine(scenario())  # type: ignore[arg-type]
            await work.addTimeout(within, running_reactor).asFuture(loop)

        loop.run_until_complete(begin())

    yield run
    # Closed connections are taken off in the next turns of the loop.
    for _ in range(5):
        loop.run_until_complete(asyncio.sleep(0))
    left: list[Any] = [call for call in running_reactor.getDelayedCalls() if call.active()]
    left += [reader for reader in running_reactor.getReaders() if reader not in before]
    for call in running_reactor.getDelayedCalls():
        call.cancel()
    assert not left, f"left behind: {left}"
