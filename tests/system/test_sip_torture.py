"""The torture messages of RFC 4475 and RFC 5118, and floods: no crash, no exception, no channel that stays taken."""

from __future__ import annotations

import csv
import itertools
import resource
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.system.dialog import Dialog
from tests.system.gatewayprocess import GatewayProcess, gateway_process, sine, write_wav
from tests.system.rawphone import RawPhone
from tests.system.running import ROOT
from tests.system.wire import Message

pytestmark = pytest.mark.system
HOST = "127.0.0.1"
#: Answers go to the port that the message's Via names, which is the usual one; so the sender has an address of its own.
SENDER = "127.47.11.5"
MESSAGES = ROOT.parent / "shared" / "data" / "sip_messages"
needs_messages = pytest.mark.skipif(not MESSAGES.is_dir(), reason="the messages of RFC 4475 are not beside the project")


@dataclass(frozen=True)
class Torture:
    name: str
    kind: str
    data: bytes


def messages() -> list[Torture]:
    if not MESSAGES.is_dir():
        return []
    with (MESSAGES / "manifest.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [Torture(row["path"], row["class"], read(row["path"])) for row in rows]


def read(path: str) -> bytes:
    data = (MESSAGES / path).read_bytes()
    return data if path.startswith("rfc4475") else data.replace(b"\n", b"\r\n")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("torture")
    greeting = write_wav(folder / "greeting.wav", sine(700, 1.0))
    behaviour = {"greeting": [greeting]}
    with gateway_process(folder, numbers=["12345", "user"], bind_address="0.0.0.0", behaviour=behaviour) as process:
        yield process


@pytest.fixture(autouse=True)
def works_and_is_free_afterwards(gateway: GatewayProcess) -> Iterator[None]:
    gateway.events.clear()
    yield
    gateway.is_free_again(45.0)  # an INVITE that nobody acknowledges is given up after 32 s (RFC 3261 section 13.3.1.4)
    gateway.events.clear()
    with RawPhone() as phone:
        phone.dial(HOST, gateway.port, "12345")
        phone.sound_after(0.0)
        phone.hang_up()
    gateway.wait_for("ended")


#: Faults that RFC 4475 lets an element read over: a blank too many, an odd date (3.1.2.9, .10, .12, .14, .15).
LENIENT = {f"rfc4475/{name}.dat" for name in ("lwsstart", "trws", "baddate", "badaspec", "baddn")}


@needs_messages
def test_torture_messages(gateway: GatewayProcess) -> None:
    answers: dict[str, list[int]] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((SENDER, 5060))
        for torture in messages():
            sock.sendto(torture.data, (HOST, gateway.port))
            found = [Message.parse(data) for data in replies(sock)]
            answers[torture.name] = [
                message.status
                for message in found
                if message.status >= 200 and message.get("call-id").encode() in torture.data
            ]
            assert gateway.process.poll() is None, torture.name
    assert sum(bool(statuses) for statuses in answers.values()) > 15, answers
    for torture in messages():
        if torture.kind == "invalid" and torture.name not in LENIENT:
            assert all(status >= 400 for status in answers[torture.name]), (torture.name, answers[torture.name])
    assert answers["rfc4475/esc01.dat"] == [404]
    assert answers["rfc4475/wsinv.dat"] == [481]  # it has a tag, as if of a call that exists
    assert answers["rfc4475/clerr.dat"] == [400]
    over_tcp(gateway)


def over_tcp(gateway: GatewayProcess) -> None:
    for torture in messages():
        with socket.create_connection((HOST, gateway.port), timeout=5.0) as sock:
            sock.sendall(torture.data)
            replies(sock)
        assert gateway.process.poll() is None, torture.name


def test_calls_that_come_faster_than_sockets(gateway: GatewayProcess) -> None:
    """INVITE and CANCEL at once, again and again: PJSIP alone ends its process after thirty of them."""
    with RawPhone() as phone:
        for _ in range(300):
            phone.invite(HOST, gateway.port, "99999")
            phone.cancel_now()
        phone.listen(1.0)
    assert gateway.process.poll() is None


def test_connections_that_are_never_closed(gateway: GatewayProcess) -> None:
    idle = [socket.create_connection((HOST, gateway.port), timeout=5.0) for _ in range(100)]
    try:
        with RawPhone() as phone:
            phone.dial(HOST, gateway.port, "12345", timeout=10.0)
            phone.hang_up()
        closed = sum(replies(sock) == [b""] for sock in idle)
        assert closed >= 80
    finally:
        for sock in idle:
            sock.close()


def test_noise(gateway: GatewayProcess) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for data in (b"", b"\x00" * 1500, b"\r\n\r\n", b"INVITE", b"\xff" * 65000, b"SIP/2.0 200 OK\r\n\r\n"):
            sock.sendto(data, (HOST, gateway.port))
    assert gateway.ask("status")["calls"] == 0


def test_a_contact_that_cannot_be_resolved(gateway: GatewayProcess) -> None:
    """The gateway must find the caller's host to hang up; it must not stand still meanwhile."""
    with RawPhone(contact_host="nobody.example") as phone:
        phone.dial(HOST, gateway.port, "12345")
        gateway.tell("hang_up")
        asked = time.monotonic()
        gateway.ask("status")
        assert time.monotonic() - asked < 0.5
        assert gateway.wait_for("ended")["by"] == "gateway"


def test_a_request_of_two_methods(gateway: GatewayProcess) -> None:
    """RFC 4475 section 3.1.2.18, in the transaction of an INVITE that was refused: PJSIP alone ends its process."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        dialog = Dialog("fuzz", f"{HOST}:{sock.getsockname()[1]}", f"sip:99999@{HOST}:{gateway.port}")
        invite = dialog.request("INVITE")
        sock.sendto(invite.encode(), (HOST, gateway.port))
        (refused,) = [message for message in map(Message.parse, replies(sock)) if message.status >= 200]
        sock.sendto(dialog.acknowledge(refused).encode(), (HOST, gateway.port))
        sock.sendto(invite.replace("INVITE", "OPTIONS", 1).encode(), (HOST, gateway.port))
        assert [message.status for message in map(Message.parse, replies(sock))] == [400]
    assert gateway.process.poll() is None


def test_an_ack_that_looks_like_a_merged_request(gateway: GatewayProcess) -> None:
    """The same From, Call-ID and CSeq on another branch, without a tag in To: PJSIP alone ends its process."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        dialog = Dialog("fuzz", f"{HOST}:{sock.getsockname()[1]}", f"sip:99999@{HOST}:{gateway.port}")
        invite = dialog.request("INVITE")
        sock.sendto(invite.encode(), (HOST, gateway.port))
        assert any(message.status == 404 for message in map(Message.parse, replies(sock)))
        merged = invite.replace("INVITE", "ACK").replace("branch=z9hG4bK", "branch=z9hG4bKx")
        sock.sendto(merged.encode(), (HOST, gateway.port))
        replies(sock)
    assert gateway.process.poll() is None


def lowest_free(pid: int) -> int:
    """The number that the next descriptor of a process gets."""
    used = {int(descriptor.name) for descriptor in Path(f"/proc/{pid}/fd").iterdir()}
    return next(number for number in itertools.count() if number not in used)


def test_no_file_descriptors_left_and_given_back(gateway: GatewayProcess) -> None:
    """Who calls meanwhile is refused; nothing ends, and afterwards all is as before."""
    pid = gateway.process.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE, (lowest_free(pid), most))
    try:
        with RawPhone() as phone:
            phone.invite(HOST, gateway.port, "12345")
            assert phone.final_status("INVITE") >= 400
        assert gateway.process.poll() is None
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


class LongHost(RawPhone):
    """Names hosts of so many letters in its descriptions; by longer ones than there can be, PJSIP alone ends itself."""

    letters = 300

    def sdp(self, direction: str = "sendrecv") -> str:
        return super().sdp(direction).replace("c=IN IP4 127.0.0.1", "c=IN IP4 " + ("a" * self.letters or "127.0.0.1"))


def test_a_description_that_pjsip_cannot_stand_is_refused(gateway: GatewayProcess) -> None:
    with LongHost() as phone:
        phone.invite(HOST, gateway.port, "12345")
        assert phone.final_status("INVITE") == 400
    assert gateway.process.poll() is None


def test_nor_does_it_end_the_call_that_it_comes_in(gateway: GatewayProcess) -> None:
    with LongHost() as phone:
        phone.letters = 0
        phone.dial(HOST, gateway.port, "12345")
        phone.letters = 300
        assert phone.reinvite("sendrecv") == 400
        phone.hang_up()
    gateway.wait_for("ended")


def test_an_answer_that_pjsip_cannot_stand_is_never_read(gateway: GatewayProcess) -> None:
    with LongHost() as phone:
        phone.dial(HOST, gateway.port, "12345", offer=False)
        phone.hang_up()
    assert gateway.process.poll() is None


def replies(sock: socket.socket) -> list[bytes]:
    """What comes back within a tenth of a second; an empty piece is the end of a connection."""
    sock.settimeout(0.1)
    found: list[bytes] = []
    while True:
        try:
            data = sock.recv(65536)
        except (TimeoutError, ConnectionResetError):
            return found
        found.append(data)
        if not data:
            return found
