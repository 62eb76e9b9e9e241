"""Saying BYE until it is answered."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError
from twisted.internet.task import Clock

from ivr.farewell.byes import GIVEN_UP_S, Farewell
from ivr.farewell.dialog import Dialog

CALL = Dialog("id-1", "<sip:us>;tag=1", "<sip:them>;tag=2", "sip:1@192.0.2.9:5062")
BY_TCP = Dialog("id-2", "<sip:us>;tag=1", "<sip:them>;tag=2", "sip:1@192.0.2.9;transport=tcp")


class Machine(Clock):
    """A reactor with one UDP socket that keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, tuple[str, int]]] = []

    def listenUDP(self, port: int, protocol: object, interface: str) -> Any:
        return SimpleNamespace(getHost=lambda: SimpleNamespace(port=port or 40000), write=self._write)

    def resolve(self, name: str) -> Deferred[str]:
        return fail(DNSLookupError(name)) if name == "nowhere.example" else succeed(name)

    def _write(self, request: bytes, hop: tuple[str, int]) -> None:
        self.sent.append((request.decode(), hop))


@pytest.fixture
def machine() -> Machine:
    return Machine()


def farewell(machine: Machine, edge: tuple[str, int] | None = None) -> Farewell:
    made = Farewell(machine, ("127.0.0.1", 15070), edge)
    made.start()
    return made


def answer(machine: Machine, status: int) -> bytes:
    request, _ = machine.sent[-1]
    return request.replace(request.split("\r\n")[0], f"SIP/2.0 {status} Whatever", 1).encode()


def test_it_goes_to_where_the_call_came_from(machine: Machine) -> None:
    farewell(machine).say([CALL], "line-1")
    assert [hop for _, hop in machine.sent] == [("192.0.2.9", 5062)]
    assert machine.sent[0][0].startswith("BYE sip:1@192.0.2.9:5062 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:15070;")


def test_behind_an_edge_it_goes_there_whatever_the_transport(machine: Machine) -> None:
    farewell(machine, ("127.0.0.1", 5060)).say([CALL, BY_TCP], "line-1")
    assert [hop for _, hop in machine.sent] == 2 * [("127.0.0.1", 5060)]


def test_a_short_header_is_an_answer_too(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    told = farewell(machine)
    told.say([CALL], "line-1")
    told.datagramReceived(answer(machine, 200).replace(b"Via:", b"v :"), None)
    machine.advance(60)
    assert len(machine.sent) == 1


@pytest.mark.parametrize("status", [200, 481])
def test_it_is_repeated_until_it_is_answered(machine: Machine, status: int, caplog: pytest.LogCaptureFixture) -> None:
    told = farewell(machine)
    told.say([CALL], "line-1")
    told.datagramReceived(answer(machine, 100), None)
    told.datagramReceived(b"nonsense", None)
    told.datagramReceived(answer(machine, 200).replace(b"z9hG4bK", b"z9hG4bK0"), None)
    machine.advance(0.5)
    assert len(machine.sent) == 2 and machine.sent[0] == machine.sent[1]
    caplog.clear()
    told.datagramReceived(answer(machine, status), None)
    machine.advance(60)
    assert len(machine.sent) == 2 and machine.getDelayedCalls() == [] and not caplog.records


def test_nobody_answers(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    farewell(machine).say([CALL], "line-1")
    for _ in range(int(GIVEN_UP_S / 0.5) + 10):
        machine.advance(0.5)
    # Timer E: 0.5, 1, 2, 4, 4, … s (RFC 3261 section 17.1.2.2).
    assert len(machine.sent) == 11 and machine.getDelayedCalls() == []
    assert "did not answer" in caplog.text


def test_a_refusal_is_said(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    told = farewell(machine)
    told.say([CALL], "line-1")
    told.datagramReceived(answer(machine, 407), None)
    assert "answered 407" in caplog.text


def test_whom_it_cannot_reach(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    nowhere = Dialog("id-3", "a", "b", "sip:1@nowhere.example")
    with caplog.at_level(logging.WARNING):
        farewell(machine).say([BY_TCP, nowhere], "line-1")
        machine.advance(60)
    assert machine.sent == []
    assert "not reached by UDP" in caplog.text and "nowhere.example is not found" in caplog.text
