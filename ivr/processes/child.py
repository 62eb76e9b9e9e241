"""One supervised process over all its lives.

A child says `ready …` on a line of its own on standard output when it can do its work. Everything else that it prints
goes to the log under its name. A child with a pulse (`ivr.processes.pulse`) is replaced when it stops beating.
"""

from __future__ import annotations

import json
import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from ivr.processes.forked import ForkedProcess
from ivr.processes.pulse import VARIABLE
from ivr.processes.template import Order

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
#: A child whose last beat is older than this hangs. With a look every second, it is noticed within 4.5 s.
SILENT_FOR_S = 3.5
#: One that gives way to all others may have to wait long for its turn, or load a model without letting its threads run.
SILENT_WHEN_NICE_S = 120.0
#: One that has missed a beat, and that the kernel says is stopped, does not go on by itself. Noticed within 2.5 s.
STOPPED_FOR_S = 1.5
_LOOK_EVERY_S = 1.0
#: How long a hanging child has to write where it hangs (`faulthandler` on SIGABRT), in seconds.
_LAST_WORDS_S = 0.3
#: Descriptors of the pulse in the child.
_BEATS, _ORDERS = 3, 4

State = Literal["starting", "ready", "draining", "stopped", "waiting"]


@dataclass(frozen=True)
class ChildSpec:
    """How to run one child.

    Attributes:
        name: for the log.
        arguments: the whole command line; the first is the executable.
        patience_s: how long it may take to end after SIGTERM before it is killed.
        niceness: added to the process's niceness; heavy work must not disturb the timing of RTP.
        awaited: False for a child without which the gateway can already serve; it is started when the others are ready.
        pulse: it beats, or somebody beats for it (`Child.beat`).
        piped: the beats come through a pipe of its own.
        ready_by_beat: it says no `ready`; its first beat stands for it.
        must_start: if it ends before it was ever ready, the gateway cannot work as configured, whatever its status.
        death_signal: what the kernel sends it when the supervisor dies; TERM if it has children of its own.
        core: the processor core that it is bound to; None for any.
        template: socket of the template that it is forked from (`ivr.processes.template`); None to run its command
            line, which is also done when no template answers.
        forked_as: what the template gets for arguments.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    patience_s: float = 15.0
    niceness: int = 0
    awaited: bool = True
    pulse: bool = False
    piped: bool = True
    ready_by_beat: bool = False
    must_start: bool = False
    death_signal: Literal["KILL", "TERM"] = "KILL"
    core: int | None = None
    template: Path | None = None
    forked_as: Sequence[str] = ()


def is_stopped(pid: int | None) -> bool:
    """Whether the kernel says that a process is stopped (state `T`, proc(5))."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in ("T", "t")
    except (OSError, IndexError):
        return False


class Child(ProcessProtocol):
    """One child over all its lives.

    Args:
        gave_up: called with the child when it says that it is misconfigured before it was ever ready. Later it is
            started again like any other: what was wrong may be mended while the rest of the gateway works.
        changed: called with the child whenever its state is another one.

    Attributes:
        ready: fires with the rest of the child's first `ready` line.
        restarts: how often it was started again by itself.
        last_lines: what it printed last.
        facts: what its last beat said.
    """

    def __init__(
        self,
        spec: ChildSpec,
        reactor: Any,
        gave_up: Callable[[Child], None],
        changed: Callable[[Child], None] = lambda child: None,
    ) -> None:
        self.spec = spec
        self.ready: Deferred[str] = Deferred()
        self.restarts = 0
        self.last_lines: deque[str] = deque(maxlen=LINES_KEPT)
        self.facts: dict[str, Any] = {}
        self._reactor = reactor
        self._gave_up = gave_up
        self._changed = changed
        self._wait_s = FIRST_WAIT_S
        self._started_at = 0.0
        self._is_ready = False
        self._beat_at: float | None = None
        self._looked_at = 0.0
        self._buffers = {1: b"", 2: b"", _BEATS: b""}
        self._stopped: Deferred[None] | None = None
        self._pid: int | None = None
        self._killer: Any = None
        self._restart: Any = None
        self._look: Any = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self.transport.pid if self.transport is not None else None

    @property
    def state(self) -> State:
        """`waiting` is dead and to be started again in a moment, or not started yet."""
        if self._stopped is not None:
            return "stopped" if self._stopped.called else "draining"
        if self.pid is None:
            return "waiting"
        return "ready" if self._is_ready else "starting"

    @property
    def uptime_s(self) -> float:
        """Seconds since it was last started; 0 when it does not run."""
        return self._reactor.seconds() - self._started_at if self.pid is not None else 0.0

    def start(self) -> None:
        """Start it, or start it again after `stop`."""
        self._restart = None
        self._stopped = None
        self._is_ready = False
        self._beat_at = None
        self.facts = {}
        self._started_at = self._reactor.seconds()
        self._spawn()
        self._pid = self.pid
        if self.spec.pulse:
            self._looked_at = self._started_at
            self._look = self._reactor.callLater(_LOOK_EVERY_S, self._look_for_beats)
        log.info("%s started, process %s", self.spec.name, self.pid)

    def _spawn(self) -> None:
        spec, environment = self.spec, self._environment()
        executable, arguments = self._command()
        if spec.template is None:
            self._reactor.spawnProcess(self, executable, arguments, env=environment, childFDs=self._pipes())
            return
        added = {name: value for name, value in environment.items() if os.environ.get(name) != value}
        order = Order(spec.name, list(spec.forked_as), added, (), spec.core, os.getpid())
        ForkedProcess(
            spec.template, order, self._reactor, executable, arguments, environment, None, self, childFDs=self._pipes()
        )

    def _command(self) -> tuple[bytes, list[bytes]]:
        # Without its supervisor a child cannot be reloaded, drained or found: it dies with it, and leaves its port.
        arguments = ["setpriv", "--pdeathsig", self.spec.death_signal, *self.spec.arguments]
        if self.spec.core is not None:
            arguments = ["taskset", "--cpu-list", str(self.spec.core), *arguments]
        if self.spec.niceness:
            arguments = ["nice", "-n", str(self.spec.niceness), *arguments]
        # Ctrl-C reaches every process of the terminal's group; to a line worker it would be a second wish to end.
        arguments = ["setsid", *arguments]
        return arguments[0].encode(), [part.encode() for part in arguments]

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **self.spec.environment}
        if self.spec.pulse and self.spec.piped:
            environment[VARIABLE] = f"{_BEATS},{_ORDERS}"
        return environment

    def _pipes(self) -> dict[int, str]:
        """The child's descriptors: `r` for those that we read."""
        pulse = {_BEATS: "r", _ORDERS: "w"} if self.spec.pulse and self.spec.piped else {}
        return {0: "w", 1: "r", 2: "r", **pulse}

    def stop(self) -> Deferred[None]:
        """End the child: SIGTERM, and SIGKILL when its patience is over. It stays down until `start`."""
        if self._stopped is None:
            self._stopped = Deferred()
            if self._restart is not None:
                self._restart.cancel()
                self._restart = None
            if self.pid is None:
                self._stopped.callback(None)
            else:
                self._changed(self)
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

    def order(self, order: Mapping[str, Any]) -> bool:
        """Send an order through the pulse's pipe; False if there is nobody to read it."""
        process: Any = self.transport
        if process is None or self.pid is None or not (self.spec.pulse and self.spec.piped):
            return False
        process.writeToChild(_ORDERS, json.dumps(order).encode() + b"\n")
        return True

    def beat(self, facts: Mapping[str, Any]) -> None:
        """The child works."""
        self._beat_at = self._reactor.seconds()
        self.facts = dict(facts)
        if self.spec.ready_by_beat and not self._is_ready:
            self._said_ready("")

    # What Twisted tells

    def childDataReceived(self, childFD: int, data: bytes) -> None:  # noqa: N802, N803
        *lines, self._buffers[childFD] = (self._buffers[childFD] + data).split(b"\n")
        for line in lines:
            if childFD == _BEATS:
                self.beat(json.loads(line))
            else:
                self._line(line.decode(errors="replace").rstrip())

    def processExited(self, reason: Failure) -> None:  # noqa: N802
        # Twisted tells the end when nobody holds the pipes any more, and what the child has left behind would.
        self._end_group()

    def processEnded(self, reason: Failure) -> None:  # noqa: N802
        self.transport = None
        self._changed(self)
        if self._look is not None and self._look.active():
            self._look.cancel()
        for descriptor, rest in self._buffers.items():
            self._buffers[descriptor] = b""
            if descriptor != _BEATS:
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
        if not self.ready.called and (value.exitCode == EXIT_MISCONFIGURED or self.spec.must_start):
            self._gave_up(self)
            return
        if self._reactor.seconds() - self._started_at > WELL_AFTER_S:
            self._wait_s = FIRST_WAIT_S
        self.restarts += 1
        self._restart = self._reactor.callLater(self._wait_s, self.start)
        self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)

    def _end_group(self) -> None:
        """End what the child has left behind: a process that it started would keep its port."""
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._pid, signal.SIGKILL)
        self._pid = None

    def _line(self, line: str) -> None:
        # What a program of others writes may come from strangers on the wire: no state follows from it.
        foreign = self.spec.ready_by_beat
        if line.startswith("ready") and not self._is_ready and not foreign:
            self._said_ready(line.removeprefix("ready").strip())
        elif line:
            self.last_lines.append(line)
            log.info("%s: %s", self.spec.name, line, extra={"foreign": foreign})

    def _said_ready(self, said: str) -> None:
        self._is_ready = True
        self._changed(self)
        if self.ready.called:
            log.info("%s is ready again", self.spec.name)
        else:
            self.ready.callback(said)

    def _hangs(self, silent_s: float) -> bool:
        # The children of one that has no pipe may still answer for it.
        if (silent_s > STOPPED_FOR_S or not self.spec.piped) and is_stopped(self._pid):
            return True
        return silent_s > (SILENT_WHEN_NICE_S if self.spec.niceness else SILENT_FOR_S)

    def _look_for_beats(self) -> None:
        now = self._reactor.seconds()
        if now - self._looked_at > 2 * _LOOK_EVERY_S and self._beat_at is not None:
            # We were stopped ourselves. What was beaten meanwhile has not been read yet.
            self._beat_at = now
        self._looked_at = now
        if self._beat_at is not None and self._hangs(now - self._beat_at):
            log.error("%s hangs: no sign of life for %.1f s; it is replaced", self.spec.name, now - self._beat_at)
            self.signal(signal.SIGABRT)
            self._look = self._reactor.callLater(_LAST_WORDS_S, self.signal, signal.SIGKILL)
            return
        self._look = self._reactor.callLater(_LOOK_EVERY_S, self._look_for_beats)
