"""A child that gives signs of life, and one that stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest
from twisted.internet.task import Clock

from ivr.processes.child import SILENT_FOR_S, Child, ChildSpec, is_stopped
from ivr.processes.pulse import Pulse, pulse_of_environment
from tests.ivr.processes.test_supervisor import Machine


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    signals: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: signals.append(number))
    monkeypatch.setattr(os, "killpg", lambda pid, number: None)
    return signals


def started(machine: Machine, spec: ChildSpec) -> Child:
    child = Child(spec, machine, lambda child: None)
    child.start()
    return child


def pass_seconds(machine: Clock, seconds: int) -> None:
    for _ in range(10 * seconds):
        machine.advance(0.1)


def test_a_child_that_stops_beating_is_noticed_within_five_seconds(sent: list[int]) -> None:
    machine = Machine()
    child = started(machine, ChildSpec("line-1", ["line"], pulse=True))
    for _ in range(30):
        child.childDataReceived(3, b'{"calls": 2}\n')
        machine.advance(1.0)
    assert sent == [] and child.facts == {"calls": 2}
    pass_seconds(machine, 5)
    assert sent == [signal.SIGABRT, signal.SIGKILL], "it first says where it hangs"


def test_one_that_the_kernel_says_is_stopped_is_noticed_sooner(
    sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    monkeypatch.setattr("ivr.processes.child.is_stopped", lambda pid: True)
    child = started(machine, ChildSpec("line-1", ["line"], pulse=True))
    for _ in range(10):
        child.beat({})
        pass_seconds(machine, 1)
    assert sent == [], "it was stopped for a moment, and beats"
    pass_seconds(machine, 2)
    assert sent == [signal.SIGABRT, signal.SIGKILL]


def test_one_that_gives_way_hangs_only_if_it_is_stopped(sent: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    child = started(machine, ChildSpec("speech", ["speech"], pulse=True, niceness=10))
    child.beat({})
    pass_seconds(machine, 60)
    assert sent == [], "it may be loading a model"
    monkeypatch.setattr("ivr.processes.child.is_stopped", lambda pid: True)
    pass_seconds(machine, 2)
    assert sent == [signal.SIGABRT, signal.SIGKILL]


def test_an_edge_whose_children_answer_for_it_is_replaced(sent: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    edge = started(machine, ChildSpec("edge", ["kamailio"], pulse=True, piped=False, ready_by_beat=True))
    edge.beat({})
    monkeypatch.setattr("ivr.processes.child.is_stopped", lambda pid: True)
    for _ in range(20):
        machine.advance(0.1)
        edge.beat({})
    assert sent == [signal.SIGABRT, signal.SIGKILL]


def test_the_kernel_knows_who_is_stopped() -> None:
    assert not is_stopped(os.getpid()) and not is_stopped(None)
    with subprocess.Popen(["sleep", "60"]) as process:
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        assert is_stopped(process.pid)
        process.kill()


def test_a_child_that_has_not_begun_to_beat_may_take_its_time(sent: list[int]) -> None:
    machine = Machine()
    started(machine, ChildSpec("line-1", ["line"], pulse=True))
    pass_seconds(machine, 30)
    assert sent == []


def test_a_supervisor_that_was_stopped_itself_blames_nobody(sent: list[int]) -> None:
    machine = Machine()
    child = started(machine, ChildSpec("line-1", ["line"], pulse=True))
    child.beat({})
    machine.advance(60.0)
    assert sent == []
    pass_seconds(machine, round(SILENT_FOR_S) + 2)
    assert sent


def test_the_first_beat_stands_for_ready_where_nothing_is_said(sent: list[int]) -> None:
    machine = Machine()
    child = started(machine, ChildSpec("edge", ["kamailio"], pulse=True, piped=False, ready_by_beat=True))
    assert child.state == "starting"
    child.beat({})
    assert child.state == "ready" and child.ready.called


def test_beats_and_orders_go_through_pipes() -> None:
    beats_out, beats_in = os.pipe()
    orders_out, orders_in = os.pipe()
    os.environ["XIANGYIN_PULSE"] = f"{beats_in},{orders_out}"
    pulse = pulse_of_environment()
    assert isinstance(pulse, Pulse) and pulse_of_environment() is None, "a grandchild must not beat for its parent"
    pulse.beat({"calls": 1})
    assert json.loads(os.read(beats_out, 1000)) == {"calls": 1}
    os.close(beats_out)
    pulse.beat({"calls": 1})  # a supervisor that is gone is no error
    for descriptor in (beats_in, orders_out, orders_in):
        os.close(descriptor)


def test_a_reactor_that_turns_beats_once_a_second() -> None:
    beats_out, beats_in = os.pipe()
    orders_out, orders_in = os.pipe()
    clock = Clock()
    Pulse(beats_in, orders_out).beat_from(clock)
    clock.pump([1.0, 1.0])
    assert os.read(beats_out, 1000) == b"{}\n" * 3
    for descriptor in (beats_out, beats_in, orders_out, orders_in):
        os.close(descriptor)


def test_a_full_pipe_does_not_stop_the_process() -> None:
    beats_out, beats_in = os.pipe()
    orders_out, orders_in = os.pipe()
    pulse = Pulse(beats_in, orders_out)
    for _ in range(10_000):
        pulse.beat({"calls": 1})
    for descriptor in (beats_out, beats_in, orders_out, orders_in):
        os.close(descriptor)
