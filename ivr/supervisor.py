"""Keeps the processes of a gateway running: starts them, restarts what died with back-off, ends them in order.

A child says `ready …` on a line of its own on standard output when it can do its work. Everything else that it prints
goes to the log under its name.
"""

from __future__ import annotations

import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

log = logging.getLogger(__name__)

#: Waits before restarts of a child that keeps dying, in seconds.
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
#: A child that ran this long is well: the next wait is the first again.
WELL_AFTER_S = 60.0
#: Lines of a child that are kept, to say why it gave up.
LINES_KEPT = 30
#: Exit status of a child that cannot work as it is configured: a restart would not help.
EXIT_MISCONFIGURED = 78


@dataclass(frozen=True)
class ChildSpec:
    """How to run one child.

    Attributes:
        name: for the log.
        arguments: the whole command line; the first is the executable.
        patience_s: how long it may take to end after SIGTERM before it is killed.
        niceness: added to the process's niceness; heavy work must not disturb the timing of RTP.
        awaited: False for a child without which the gateway can already serve.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    patience_s: float = 15.0
    niceness: int = 0
    awaited: bool = True


class Child(ProcessProtocol):
    """One child over all its lives.

    Args:
        gave_up: called with the child when it says that it is misconfigured before it was ever ready. Later it is
            started again like any other: what was wrong may be mended while the rest of the gateway works.

    Attributes:
        ready: fires with the rest of the child's first `ready` line.
        restarts: how often it was started again.
        last_lines: what it printed last.
    """

    def __init__(self, spec: ChildSpec, reactor: Any, gave_up: Callable[[Child], None]) -> None:
        self.spec = spec
        self.ready: Deferred[str] = Deferred()
        self.restarts = 0
        self.last_lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._reactor = reactor
        self._gave_up = gave_up
        self._wait_s = FIRST_WAIT_S
        self._started_at = 0.0
        self._buffers = {1: b"", 2: b""}
        self._stopped: Deferred[None] | None = None
        self._killer: Any = None
        self._restart: Any = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self.transport.pid if self.transport is not None else None

    def start(self) -> None:
        self._restart = None
        self._started_at = self._reactor.seconds()
        # Without its supervisor a child cannot be reloaded, drained or found: it dies with it, and leaves its port.
        arguments = [b"setpriv", b"--pdeathsig", b"KILL", *(part.encode() for part in self.spec.arguments)]
        if self.spec.niceness:
            arguments = [b"nice", b"-n", str(self.spec.niceness).encode(), *arguments]
        # Ctrl-C reaches every process of the terminal's group; to a line worker it would be a second wish to end.
        arguments = [b"setsid", *arguments]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **self.spec.environment}
        self._reactor.spawnProcess(self, arguments[0], arguments, env=environment)
        log.info("%s started, process %s", self.spec.name, self.pid)

    def stop(self) -> Deferred[None]:
        """End the child: SIGTERM, and SIGKILL when its patience is over."""
        if self._stopped is None:
            self._stopped = Deferred()
            if self._restart is not None:
                self._restart.cancel()
            if self.pid is None:
                self._stopped.callback(None)
            else:
                self.signal(signal.SIGTERM)
                self._killer = self._reactor.callLater(self.spec.patience_s, self.signal, signal.SIGKILL)
        return self._stopped

    def hurry(self) -> None:
        """Ask once more, if the child was told to end and has not ended."""
        if self._stopped is not None:
            self.signal(signal.SIGTERM)

    def signal(self, number: int) -> None:
        """Send a signal, if the child runs."""
        if self.pid is not None:
            os.kill(self.pid, number)

    # What Twisted tells

    def childDataReceived(self, childFD: int, data: bytes) -> None:  # noqa: N802, N803
        *lines, self._buffers[childFD] = (self._buffers[childFD] + data).split(b"\n")
        for line in lines:
            self._line(line.decode(errors="replace").rstrip())

    def processEnded(self, reason: Failure) -> None:  # noqa: N802
        self.transport = None
        for descriptor, rest in self._buffers.items():
            self._buffers[descriptor] = b""
            self._line(rest.decode(errors="replace").rstrip())
        if self._stopped is not None:
            if self._killer is not None and self._killer.active():
                self._killer.cancel()
            log.info("%s ended", self.spec.name)
            # A child that had died already when it was told to end has not been waited for.
            if not self._stopped.called:
                self._stopped.callback(None)
            return
        value: Any = reason.value
        log.error("%s ended by itself: status %s, signal %s", self.spec.name, value.exitCode, value.signal)
        if value.exitCode == EXIT_MISCONFIGURED and not self.ready.called:
            self._gave_up(self)
            return
        if self._reactor.seconds() - self._started_at > WELL_AFTER_S:
            self._wait_s = FIRST_WAIT_S
        self.restarts += 1
        self._restart = self._reactor.callLater(self._wait_s, self.start)
        self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)

    def _line(self, line: str) -> None:
        if line.startswith("ready") and not self.ready.called:
            self.ready.callback(line.removeprefix("ready").strip())
        elif line:
            self.last_lines.append(line)
            log.info("%s: %s", self.spec.name, line)


class Supervisor:
    """All children of one gateway, in the order in which they are started; they end in the reverse order."""

    def __init__(self, specs: Sequence[ChildSpec], reactor: Any, gave_up: Callable[[Child], None]) -> None:
        self.children = [Child(spec, reactor, gave_up) for spec in specs]

    def start(self) -> Deferred[Any]:
        """Start every child. Fires when all awaited ones have said that they are ready, with what each said."""
        for child in self.children:
            child.start()
        awaited = [child for child in self.children if child.spec.awaited]
        return DeferredList([child.ready for child in awaited]).addCallback(
            lambda results: {child.spec.name: said for child, (_, said) in zip(awaited, results, strict=True)}
        )

    def stop(self) -> Deferred[None]:
        """End the children one after the other, the last started first."""
        remaining = list(self.children)

        def next_one(_: object = None) -> Deferred[None] | None:
            return remaining.pop().stop().addCallback(next_one) if remaining else None

        done: Deferred[None] = Deferred()
        done.addCallback(next_one)
        done.callback(None)
        return done

    def hurry(self) -> None:
        """Ask the child that is ending to end at once. The others have their turn, and would only be started again."""
        for child in self.children:
            child.hurry()

    def signal(self, prefix: str, number: int) -> None:
        """Send a signal to every child whose name begins so."""
        for child in self.children:
            if child.spec.name.startswith(prefix):
                child.signal(number)
