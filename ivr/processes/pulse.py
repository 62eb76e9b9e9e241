"""How a supervised process shows that it works, and how it gets orders: two pipes from its supervisor.

A beat is one JSON object on a line, once a second, written only while the process does its work. A process that is
stopped, deadlocked or spinning writes none, and its supervisor replaces it. Orders come the other way, one JSON object
on a line.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

#: Names the two file descriptors, `WRITE,READ`, in the environment of a supervised process.
VARIABLE = "XIANGYIN_PULSE"
BEAT_EVERY_S = 1.0


class Pulse:
    """A supervised process's side of the pipes.

    Args:
        beats: file descriptor to write to.
        orders: file descriptor to read from.
    """

    def __init__(self, beats: int, orders: int) -> None:
        self._beats = beats
        self._orders = orders
        os.set_blocking(beats, False)
        os.set_blocking(orders, False)

    def beat(self, facts: Mapping[str, Any]) -> None:
        """Say that all is well, with facts for whoever asks the supervisor."""
        try:
            os.write(self._beats, json.dumps(facts).encode() + b"\n")
        except BlockingIOError:
            pass  # nobody has read for a long time: one beat more would say nothing
        except BrokenPipeError:
            log.warning("the supervisor is gone")

    def beat_always(self) -> None:
        """Beat from a thread of its own, for as long as the interpreter runs: for processes that have no loop."""

        def beats() -> None:
            ended = threading.Event()
            while not ended.wait(BEAT_EVERY_S):
                self.beat({})

        threading.Thread(target=beats, name="pulse", daemon=True).start()

    def beat_from(self, reactor: Any) -> None:
        """Beat from the reactor's thread: for processes whose work is done there."""
        self.beat({})
        reactor.callLater(BEAT_EVERY_S, self.beat_from, reactor)

    def obey(self, reactor: Any, order: Callable[[dict[str, Any]], None]) -> None:
        """Call with every order, on the reactor thread."""
        reactor.addReader(_Orders(self._orders, order))


class _Orders:
    """What Twisted's reactor reads from; see `twisted.internet.interfaces.IReadDescriptor`."""

    def __init__(self, descriptor: int, order: Callable[[dict[str, Any]], None]) -> None:
        self._descriptor = descriptor
        self._order = order
        self._unread = b""

    def fileno(self) -> int:
        return self._descriptor

    def logPrefix(self) -> str:  # noqa: N802
        return "orders"

    def connectionLost(self, reason: object) -> None:  # noqa: N802
        """The supervisor is gone, and the kernel ends this process."""

    def doRead(self) -> BaseException | None:  # noqa: N802
        try:
            data = os.read(self._descriptor, 65536)
        except BlockingIOError:
            return None
        if not data:
            return ConnectionError("the supervisor has closed the pipe")
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._order(json.loads(line))
        return None


def pulse_of_environment() -> Pulse | None:
    """The pipes to the supervisor, once; None when this process was started by somebody else."""
    named = os.environ.pop(VARIABLE, "")
    if not named:
        return None
    beats, orders = map(int, named.split(","))
    for descriptor in (beats, orders):
        os.set_inheritable(descriptor, False)
    return Pulse(beats, orders)


def beat_if_supervised() -> None:
    """Show a supervisor, if there is one, that this process is not stopped."""
    pulse = pulse_of_environment()
    if pulse is not None:
        pulse.beat_always()


def beat_from_reactor(reactor: Any) -> None:
    """Show a supervisor, if there is one, that the reactor of this process turns; from the moment it runs."""
    pulse = pulse_of_environment()
    if pulse is not None:
        reactor.callWhenRunning(pulse.beat_from, reactor)
