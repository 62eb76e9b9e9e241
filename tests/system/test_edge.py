"""`ivr edge` in front of a gateway, as with several machines: real Kamailio, real calls, strangers."""

from __future__ import annotations

import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import IO

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from audio import wav
from tests.system.baresip import baresip
from tests.system.rawmedia import NothingCameError
from tests.system.rawphone import RawPhone
from tests.system.running import ROOT, Running, free_port, gateway

pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(300)]

#: Where the edge is; it reaches the gateway by way of the same machine's usual address.
HERE = "127.0.0.1"
STRANGER, NOISY = "127.0.0.3", "127.0.0.4"
MOST_CALLS = 5


@dataclass
class Front:
    """An edge that runs.

    Attributes:
        log: what it has written so far.
    """

    port: int
    tls_port: int
    process: subprocess.Popen[bytes]
    file: Path

    @property
    def log(self) -> str:
        return self.file.read_text("utf-8", "replace")


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway that takes calls from the edge and from nobody else."""
    settings = {
        "sip": {"rtp_port_count": 200, "srtp": "optional"},
        "lines": {"port_first": 30000 + free_port() % 20000, "count": 8},
        "edge": {"trunks": ["127.0.0.0/31"], "calls_per_caller": 1000},
    }
    with gateway(tmp_path_factory.mktemp("behind"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, behind: Running) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    certificate, key = made_certificate(folder)
    port, tls_port = free_port(), free_port()
    settings = folder / "edge.yaml"
    settings.write_text(
        f"sip: {{bind_address: {HERE}, port: {port}}}\n"
        f"edge: {{destinations: ['{HERE}:{behind.sip_port}', '127.0.0.5:{free_port()}'], strikes: 5,\n"
        f"  calls_per_caller: {MOST_CALLS}, calls_per_second: 100, certificate: {certificate}, key: {key},\n"
        f"  tls_port: {tls_port}}}\n"
    )
    command = [sys.executable, "-m", "ivr.cli", "edge", "--data", str(folder), "--settings", str(settings)]
    file = folder / "edge.log"
    with file.open("wb") as out:
        running = Front(port, tls_port, started(command, out), file)
        try:
            wait_until_it_answers(running)
            yield running
        finally:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(10)


def started(command: list[str], out: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env={**os.environ, "PYTHONUNBUFFERED": "1"})


def made_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that nobody has signed but ourselves, and its key."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "edge")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, secret.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(secret, hashes.SHA256())
    )
    certificate, key = folder / "edge.crt", folder / "edge.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.touch(0o600)
    form = serialization.PrivateFormat.PKCS8
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return certificate, key


def options(transport: str, here: str, port: int) -> bytes:
    lines = [
        f"OPTIONS sip:{HERE}:{port} SIP/2.0",
        f"Via: SIP/2.0/{transport} {here};branch=z9hG4bK{random.getrandbits(40)};rport",
        "Max-Forwards: 70",
        f"From: <sip:somebody@{here}>;tag=1",
        f"To: <sip:{HERE}>",
        f"Call-ID: {random.getrandbits(40)}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
        "\r\n",
    ]
    return "\r\n".join(lines).encode()


def answer_to(address: str, port: int, wait_s: float = 1.0) -> bytes:
    """What somebody at this address gets for OPTIONS; nothing where there is no answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 0))
        sock.settimeout(wait_s)
        sock.sendto(options("UDP", f"{address}:{sock.getsockname()[1]}", port), (HERE, port))
        try:
            return sock.recv(65535)
        except (TimeoutError, ConnectionRefusedError):
            return b""


def wait_until_it_answers(front: Front) -> None:
    deadline = time.monotonic() + 20
    while not answer_to(HERE, front.port, 0.2).startswith(b"SIP/2.0 200"):
        assert time.monotonic() < deadline and front.process.poll() is None, front.log


def test_calls_go_to_the_machine_that_answers(front: Front, behind: Running) -> None:
    for number in range(3):
        with RawPhone(user=f"1370000000{number}") as phone:
            phone.dial(HERE, front.port, "12345", timeout=10.0)
            phone.sound_after(phone.answered_at, timeout=10.0)
            answer = next(message for message in phone.messages if message.status == 200)
            assert not answer.get("server"), "nobody need know what runs here"
            assert phone.hang_up() == 200


def test_a_gateway_with_trunks_answers_nobody_else(behind: Running) -> None:
    with RawPhone(local=STRANGER) as phone, pytest.raises(NothingCameError):
        phone.dial(HERE, behind.sip_port, "12345", timeout=2.0)
    behind.wait_for_log(f"a stranger at {STRANGER}")
    assert answer_to(HERE, behind.sip_port).startswith(b"SIP/2.0 200")
    assert answer_to(STRANGER, behind.sip_port) == b""


def test_a_number_that_calls_without_end_hears_busy(front: Front) -> None:
    statuses = []
    for _ in range(MOST_CALLS + 1):
        with RawPhone(user="13600000000") as phone:
            phone.invite(HERE, front.port, "12345")
            statuses.append(phone.final_status("INVITE", 10.0))
    assert statuses == MOST_CALLS * [200] + [486]


def test_nonsense_is_counted_said_once_and_ends_nothing(front: Front) -> None:
    chance = random.Random(4)
    forged = b'{"at": "2026-11-22T00:00:00+00:00", "level": "ERROR", "message": "forged"}'
    with RawPhone(user="13500000000") as phone, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noisy:
        phone.dial(HERE, front.port, "12345", timeout=10.0)
        noisy.bind((NOISY, 0))
        for number in range(1000):
            packet = (b"\r\nready\r\n" + forged + b"\r\n", chance.randbytes(200), b"INVITE sip:1 SIP/9\r\n\r\n")[
                number % 3
            ]
            noisy.sendto(packet, (HERE, front.port))
            if number % 100 == 0:
                phone.listen(0.05)
        heard = len(phone.arrivals)
        phone.listen(1.0)
        assert len(phone.arrivals) - heard >= 45, "sound goes on"
        assert phone.hang_up() == 200
    assert answer_to(NOISY, front.port) == b"", "kept out by now"
    about = [line for line in front.log.splitlines() if NOISY in line]
    assert 1 <= len(about) <= 3, about
    assert "forged" not in front.log


def test_it_speaks_tls(front: Front) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((HERE, front.tls_port), 5) as plain, context.wrap_socket(plain) as secure:
        secure.sendall(options("TLS", f"{HERE}:{secure.getsockname()[1]}", front.tls_port))
        assert secure.recv(65535).startswith(b"SIP/2.0 200")


def test_a_whole_call_over_tls_with_encrypted_media(front: Front, behind: Running, tmp_path: Path) -> None:
    with baresip(tmp_path / "baresip", "srtp-mand") as phone:
        phone.dial(f"sip:12345@{HERE}:{front.tls_port};transport=tls")
        behind.wait_for("offered", lambda offer: offer["user_agent"].startswith("baresip"))
        phone.press("1")
        behind.wait_for("step_entered", lambda step: step["node"] == "ask_number")
        phone.command("hangup")
        behind.wait_for("closed", lambda end: len(behind.records("closed")) == len(behind.records("offered")))
        heard = wav.read(phone.heard())
    assert heard.duration_ms > 1000 and abs(heard.samples).max() > 2000
