"""What leaves the edge tells nothing of the inside: real Kamailio, with sockets in place of a worker and of others."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.edge import kamailio
from ivr.edge.kamailio import EdgePlan
from tests.system.dialog import Dialog
from tests.system.running import free_port
from tests.system.wire import Message

pytestmark = [pytest.mark.system, pytest.mark.timeout(60)]

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.9"


class Side:
    """A UDP socket that speaks SIP."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.settimeout(5.0)
        self.port = int(self._socket.getsockname()[1])
        self.place = f"{address}:{self.port}"
        self.raw: list[str] = []
        self._seen: set[str] = set()

    def send(self, text: str, port: int) -> None:
        self._socket.sendto(text.encode(), (HERE, port))

    def next(self, wanted: str) -> Message:
        """The next message with this in its first line; probes and what was sent again are passed over."""
        while True:
            data = self._socket.recv(65535)
            message = Message.parse(data)
            is_repeated = not message.status and message.get("via") + message.method in self._seen
            if wanted in message.first_line and not is_repeated:
                self._seen.add(message.get("via") + message.method)
                self.raw.append(data.decode())
                return message

    def is_left_alone(self) -> bool:
        """Whether nothing but probes comes for a while."""
        self._socket.settimeout(0.7)
        try:
            self.next("")
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(5.0)
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def worker() -> Iterator[Side]:
    side = Side(HERE)
    yield side
    side.close()


@pytest.fixture
def person() -> Iterator[Side]:
    """Somebody outside, whom workers may call."""
    side = Side(ELSEWHERE)
    yield side
    side.close()


@pytest.fixture
def edge(tmp_path: Path, worker: Side, person: Side) -> Iterator[EdgePlan]:
    plan = EdgePlan(
        folder=tmp_path / "edge",
        bind_address=HERE,
        port=free_port(),
        transports=("udp",),
        public_address=None,
        workers={"line-1": worker.place},
        lines=4,
        targets=(f"sip:person@{person.place}",),
    )
    kamailio.write(plan, ready=["line-1"])
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(plan.command(), stdout=log, stderr=log, start_new_session=True)
    try:
        is_up(plan, process)
        yield plan
    finally:
        # Not SIGTERM: within a second of its start, Kamailio 5.6 may wait a minute for a child that has missed it.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def is_up(plan: EdgePlan, process: subprocess.Popen[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.connect((HERE, plan.port))
        asker.settimeout(0.1)
        here = f"{HERE}:{asker.getsockname()[1]}"
        question = Dialog("test", here, f"sip:{HERE}:{plan.port}").request("OPTIONS").encode()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert process.poll() is None
            # Nobody listens yet: the next of the two says so.
            with contextlib.suppress(TimeoutError, ConnectionRefusedError):
                asker.send(question)
                assert asker.recv(65535).startswith(b"SIP/2.0 200")
                return
    raise AssertionError("the edge does not answer")


def hides(side: Side, worker: Side, edge: EdgePlan) -> None:
    """Nothing that came to this side says where the worker is."""
    assert side.raw
    for text in side.raw:
        assert f":{worker.port}" not in text, text
        vias = [value for name, value in Message.parse(text.encode()).headers if name == "via"]
        assert all(f":{edge.port}" in via or side.place in via for via in vias), text


def is_own(answer: Message, worker: Side) -> None:
    """An answer as it must come to a worker (RFC 3261 section 8.1.3.3): with its own Via and no other."""
    assert [worker.place in value for name, value in answer.headers if name == "via"] == [True], answer.headers


def of_worker(worker: Side, edge: EdgePlan, person: Side) -> Dialog:
    """Its From is a number of the county and its Contact the edge, as `ivr.sip` has them; its Via is its own."""
    dialog = Dialog("line-1", "county.example", f"sip:person@{person.place}", contact_host=f"{HERE}:{edge.port}")
    dialog.here = worker.place
    return dialog


def test_a_call_of_a_worker(edge: EdgePlan, worker: Side, person: Side) -> None:
    text = of_worker(worker, edge, person).request("INVITE")
    worker.send(text, edge.port)
    worker.send(text, edge.port)
    invite = person.next("INVITE")
    called = Dialog.of_invite("person", person.place, invite)
    person.send(called.answer(invite, "180 Ringing"), edge.port)
    is_own(worker.next("180"), worker)
    worker.send(text, edge.port)
    is_own(worker.next("180"), worker)
    person.send(called.answer(invite, "200 OK"), edge.port)
    is_own(worker.next("200"), worker)
    assert person.is_left_alone(), "what is sent twice is passed on once"
    hides(person, worker, edge)


def test_a_call_of_a_worker_that_is_refused_or_taken_back(edge: EdgePlan, worker: Side, person: Side) -> None:
    caller = of_worker(worker, edge, person)
    worker.send(caller.request("INVITE"), edge.port)
    invite = person.next("INVITE")
    person.send(Dialog.of_invite("person", person.place, invite).answer(invite, "486 Busy Here"), edge.port)
    refused = worker.next("486")
    is_own(refused, worker)
    worker.send(caller.acknowledge(refused), edge.port)
    person.next("ACK")
    worker.send(caller.request("INVITE"), edge.port)
    invite = person.next("INVITE")
    called = Dialog.of_invite("person", person.place, invite)
    person.send(called.answer(invite, "180 Ringing"), edge.port)
    worker.next("180")
    worker.send(caller.cancel(), edge.port)
    person.send(called.answer(person.next("CANCEL"), "200 OK"), edge.port)
    person.send(called.answer(invite, "487 Request Terminated"), edge.port)
    is_own(worker.next("487"), worker)
    hides(person, worker, edge)


def test_a_registration(edge: EdgePlan, worker: Side, person: Side) -> None:
    worker.send(of_worker(worker, edge, person).request("REGISTER"), edge.port)
    asked = person.next("REGISTER")
    person.send(Dialog("trunk", person.place, "").answer(asked, "200 OK"), edge.port)
    is_own(worker.next("200"), worker)
    hides(person, worker, edge)


def test_a_via_without_a_port_is_hidden_too(edge: EdgePlan, worker: Side, person: Side) -> None:
    """An edge behind this one, on the usual port, leaves it out (RFC 3261 section 18.1.1)."""
    text = of_worker(worker, edge, person).request("REGISTER")
    worker.send(text.replace(f"Via: SIP/2.0/UDP {worker.place}", f"Via: SIP/2.0/UDP {HERE}"), edge.port)
    vias = [value for name, value in person.next("REGISTER").headers if name == "via"]
    assert len(vias) == 1 and f":{edge.port}" in vias[0]


def test_what_a_worker_says_in_a_call_that_came_in(edge: EdgePlan, worker: Side, person: Side) -> None:
    caller = Dialog("13900000000", person.place, f"sip:12345@{HERE}:{edge.port}")
    person.send(caller.request("INVITE"), edge.port)
    invite = worker.next("INVITE")
    called = Dialog.of_invite("line-1", f"{HERE}:{edge.port}", invite)
    worker.send(called.answer(invite, "200 OK"), edge.port)
    answer = person.next("200")
    person.send(caller.acknowledge(answer), edge.port)
    worker.next("ACK")
    called.here, called.contact_host = worker.place, f"{HERE}:{edge.port}"
    route = f"Route: {invite.get('record-route')}\r\n"
    for method in ("UPDATE", "BYE"):
        worker.send(called.request(method, headers=route), edge.port)
        asked = person.next(method)
        person.send(caller.answer(asked, "200 OK"), edge.port)
        is_own(worker.next("200"), worker)
    hides(person, worker, edge)
