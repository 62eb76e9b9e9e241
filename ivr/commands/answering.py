"""Runs a process that takes or places calls: start it, say ready, show life, obey signals."""

from __future__ import annotations

import faulthandler
import gc
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ivr.commands.options import misconfigured
from ivr.commands.reactor import installed_reactor

if TYPE_CHECKING:
    from ivr.app import LineWorker


def run_worker(make: Callable[[Any], LineWorker], ready: Callable[[LineWorker], str]) -> None:
    """Run a worker until it is told to end; exits with 78 when it cannot be built or started.

    Args:
        make: builds it on the reactor, which is installed by then.
        ready: what is said after `ready` when it has started.
    """
    faulthandler.enable()  # a worker that hangs is sent SIGABRT, and says where
    running = installed_reactor()

    from ivr.privacy import KeyFileError
    from ivr.processes.pulse import pulse_of_environment
    from ivr.sip.library import SipError
    from menus.problems import MenuProblems

    pulse = pulse_of_environment()
    try:
        worker = make(running)
        worker.start()
    except (MenuProblems, ValueError, KeyFileError, SipError, OSError) as error:
        misconfigured(str(error))
    # Once the reactor runs, its own handlers are in place and can be replaced.
    running.callWhenRunning(_obey_signals, worker, running)
    if pulse is not None:
        running.callWhenRunning(worker.show_life, pulse)
    # What is here stays. To look through it for garbage takes a fifth of a second, in which nothing else is done.
    gc.collect()
    gc.freeze()
    print(f"ready {ready(worker)}", flush=True)
    running.run()


def _obey_signals(worker: LineWorker, reactor: Any) -> None:
    """SIGTERM and SIGINT end a worker; SIGHUP lets it read its menus again."""
    # The first wish lets calls end, the second ends them, further ones change nothing.
    wishes = [worker.drain, worker.stop]

    def end(*_: object) -> None:
        if wishes:
            wishes.pop(0)().addCallback(lambda _: reactor.stop() if reactor.running else None)

    signal.signal(signal.SIGTERM, lambda *_: reactor.callFromThread(end))
    signal.signal(signal.SIGINT, lambda *_: reactor.callFromThread(end))
    signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(worker.reload))
