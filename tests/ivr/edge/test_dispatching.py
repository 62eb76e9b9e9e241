"""What a running edge is told, and that it is told until it has heard."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.task import Clock

from ivr.edge.dispatching import AGAIN_S, Dispatching


class Machine(Clock):
    """A reactor with one datagram socket.

    Attributes:
        sent: what went to Kamailio.
        gone: nobody listens there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.gone = False

    def listenUNIXDatagram(self, path: str, protocol: object, mode: int) -> Any:
        assert mode == 0o600
        return SimpleNamespace(write=self._write)

    def _write(self, datagram: bytes, address: str) -> None:
        if self.gone:
            raise FileNotFoundError(address)
        self.sent.append(json.loads(datagram))

    def taken(self) -> list[tuple[str, str]]:
        """State and worker of what was sent since this was asked last."""
        sent, self.sent = self.sent, []
        return [(each["params"][0], each["params"][2]) for each in sent]


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def dispatching(machine: Machine, tmp_path: Path) -> Dispatching:
    told = Dispatching(machine, tmp_path / "kamailio.sock")
    told.start()
    return told


def answer(machine: Machine, dispatching: Dispatching, **more: object) -> None:
    """The edge answers all that it was asked."""
    for request in machine.sent:
        dispatching.datagramReceived(json.dumps({"id": request["id"], "result": [], **more}).encode(), "")
    machine.sent = []


def test_each_change_is_told_once_it_is_known_no_more(machine: Machine, dispatching: Dispatching) -> None:
    dispatching.tell({"127.0.0.1:1": True, "127.0.0.1:2": False})
    assert [each["method"] for each in machine.sent] == 2 * ["dispatcher.set_state"]
    answer(machine, dispatching)
    dispatching.tell({"127.0.0.1:1": True, "127.0.0.1:2": True})
    assert machine.taken() == [("ap", "sip:127.0.0.1:2")]


def test_it_is_said_again_until_it_is_answered(machine: Machine, dispatching: Dispatching) -> None:
    machine.gone = True
    dispatching.tell({"127.0.0.1:1": True})
    agreed: list[None] = []
    dispatching.agreed().addCallback(agreed.append)
    machine.advance(AGAIN_S)
    machine.gone = False
    machine.advance(AGAIN_S)
    assert not agreed and len(machine.sent) == 1
    answer(machine, dispatching)
    assert len(agreed) == 1
    machine.advance(AGAIN_S)
    assert machine.taken() == [] and machine.getDelayedCalls() == []


def test_a_refusal_is_no_agreement(machine: Machine, dispatching: Dispatching) -> None:
    agreed: list[None] = []
    dispatching.tell({"127.0.0.1:1": True})
    dispatching.agreed().addCallback(agreed.append)
    answer(machine, dispatching, error={"code": 500})
    assert not agreed


def test_another_edge_is_told_all_again(machine: Machine, dispatching: Dispatching) -> None:
    dispatching.tell({"127.0.0.1:1": True})
    answer(machine, dispatching)
    dispatching.forgotten()
    assert machine.taken() == [("ap", "sip:127.0.0.1:1")]


def test_nonsense_and_late_answers_change_nothing(machine: Machine, dispatching: Dispatching) -> None:
    dispatching.tell({"127.0.0.1:1": True})
    for nonsense in (b"", b"[]", b'{"id": 99, "result": []}', b"\xff"):
        dispatching.datagramReceived(nonsense, "")
    machine.advance(AGAIN_S)
    assert machine.taken() == 2 * [("ap", "sip:127.0.0.1:1")]
