"""The supervisor, with processes that a test starts and ends by hand."""

from __future__ import annotations

import os
import signal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from ivr.processes.child import EXIT_MISCONFIGURED, FIRST_WAIT_S, Child, ChildSpec
from ivr.processes.supervisor import REST_S, TEMPLATE, Supervisor


class Machine(Clock):
    """A reactor that writes down what it shall spawn.

    Attributes:
        spawned: command lines, oldest first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.spawned: list[list[bytes]] = []

    def spawnProcess(self, child: Child, executable: bytes, arguments: list[bytes], env: Any, **more: Any) -> None:
        self.spawned.append(arguments)
        child.transport = cast(Any, SimpleNamespace(pid=1000 + len(self.spawned)))


class Children:
    """A supervisor of children with these names, and the signals that it sends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self.machine = Machine()
        self.gave_up: list[Child] = []
        self.sent: list[tuple[str, int]] = []
        self.groups: list[int] = []
        monkeypatch.setattr(os, "kill", lambda pid, number: self.sent.append((self._name_of(pid), number)))
        monkeypatch.setattr(os, "killpg", lambda pid, number: self.groups.append(pid))
        specs = [ChildSpec(name, [name]) for name in names]
        self.supervisor = Supervisor(specs, self.machine, self.gave_up.append)
        self.by_name = {child.spec.name: child for child in self.supervisor.children}
        self.ready = self.supervisor.start()

    def _name_of(self, pid: int) -> str:
        return next(child.spec.name for child in self.supervisor.children if child.pid == pid)

    def die(self, name: str, status: int = 1) -> None:
        self.by_name[name].processEnded(Failure(ProcessTerminated(status) if status else ProcessDone(0)))


def test_a_child_dies_with_its_supervisor_but_not_by_the_ctrl_c_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    children = Children(monkeypatch, "line")
    assert children.machine.spawned == [[b"setsid", b"setpriv", b"--pdeathsig", b"KILL", b"line"]]


def test_a_child_that_dies_is_started_again_with_longer_and_longer_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children(monkeypatch, "line")
    for times, wait in enumerate([FIRST_WAIT_S, 2 * FIRST_WAIT_S], start=1):
        children.die("line")
        children.machine.advance(wait * 0.9)
        assert len(children.machine.spawned) == times
        children.machine.advance(wait * 0.2)
        assert len(children.machine.spawned) == times + 1


def test_a_misconfigured_child_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children(monkeypatch, "line")
    child = children.by_name["line"]
    child.childDataReceived(2, "端口被占用 / the port is in use\n".encode())
    children.die("line", EXIT_MISCONFIGURED)
    assert children.gave_up == [child]
    assert list(child.last_lines) == ["端口被占用 / the port is in use"]
    assert children.machine.getDelayedCalls() == []


def test_children_end_one_after_the_other_and_only_the_one_that_is_ending_is_hurried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    children = Children(monkeypatch, "ship", "line")
    stopped = children.supervisor.stop()
    children.supervisor.hurry()
    assert children.sent == [("line", signal.SIGTERM), ("line", signal.SIGTERM)]
    children.die("line", 0)
    assert children.sent[-1] == ("ship", signal.SIGTERM)
    children.die("ship", 0)
    assert stopped.called
    assert children.machine.getDelayedCalls() == []


def test_the_next_child_is_drained_when_the_new_one_has_been_ready_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children(monkeypatch, "line-1", "line-2")
    children.supervisor.renew(children.supervisor.children, rest_s=7.0)
    assert children.sent == [("line-1", signal.SIGTERM)]
    children.die("line-1", 0)
    assert len(children.machine.spawned) == 3, "line-1 is started again"
    children.machine.advance(10.0)
    assert len(children.sent) == 1, "it is not ready"
    children.by_name["line-1"].childDataReceived(1, b"ready sip:127.0.0.1\n")
    children.machine.pump([0.3, 6.0])
    assert len(children.sent) == 1
    children.machine.advance(1.1)
    assert children.sent[1:] == [("line-2", signal.SIGTERM)]


def test_a_child_that_was_dead_already_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twisted forgets the process id when the process is gone, and tells the end when its pipes are empty."""
    children = Children(monkeypatch, "line")
    children.by_name["line"].transport = cast(Any, SimpleNamespace(pid=None))
    stopped = children.supervisor.stop()
    assert stopped.called
    children.die("line")
    assert len(children.machine.spawned) == 1


def test_a_torn_line_does_not_spoil_the_first_word_of_the_next_life(monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children(monkeypatch, "line")
    children.by_name["line"].childDataReceived(2, b"torn")
    children.by_name["line"].childDataReceived(1, b"torn")
    children.die("line")
    children.machine.advance(FIRST_WAIT_S)
    children.by_name["line"].childDataReceived(1, b"ready sip:12345\n")
    said: list[Any] = []
    children.ready.addCallback(said.append)
    assert said == [{"line": "sip:12345"}]


def test_what_the_gateway_can_be_without_does_not_hold_up_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    specs = [ChildSpec("speech", ["speech"], awaited=False), ChildSpec(TEMPLATE, [TEMPLATE], awaited=False)]
    specs += [ChildSpec("ship", ["ship"]), ChildSpec("edge", ["edge"], must_start=True)]

    def started() -> list[str]:
        return [command[-1].decode() for command in machine.spawned]

    supervisor = Supervisor(specs, machine, lambda child: None)
    ready: list[object] = []
    supervisor.start().addCallback(ready.append)
    assert started() == [TEMPLATE, "edge"], "nobody disturbs a template that loads"
    supervisor.named(TEMPLATE)[0].childDataReceived(1, b"ready\n")
    machine.advance(1.0)
    assert started() == [TEMPLATE, "edge", "ship"]
    for name in ("ship", "edge"):
        assert "speech" not in started()
        supervisor.named(name)[0].childDataReceived(1, b"ready here\n")
    assert ready == [{"ship": "here", "edge": "here"}] and started()[-1] == "speech"
    machine.advance(2 * REST_S)
    assert started().count("speech") == 1

    machine = Machine()
    late = Supervisor(specs, machine, lambda child: None)
    late.start()
    machine.advance(REST_S)
    assert started()[-1] == "speech", "also if one of the others never gets ready"

    machine = Machine()
    ended = Supervisor(specs, machine, lambda child: None)
    ended.start()
    monkeypatch.setattr(os, "kill", lambda pid, number: None)
    ended.stop()
    machine.advance(REST_S)
    assert "speech" not in started()
