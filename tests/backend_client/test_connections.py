"""The client over real sockets in this process: connections that are kept, TLS, limits, and giving up."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import Certificate, PrivateCertificate
from twisted.web.server import Site

from backend_client.client import Asking, BackendClient
from backend_client.demo.faults import FaultPlan
from backend_client.errors import AnswerError
from backend_client.settings import BackendSettings
from tests.backend_client.support import CASE, make_demo
from tests.reactor import installed

Run = Callable[..., None]
ASKING = Asking(call_id="c1", budget_ms=10_000)


class CountingSite(Site):
    """Counts connections, and closes those that are left when the test ends."""

    def __init__(self, resource: Any) -> None:
        super().__init__(resource, reactor=installed())
        self.connections: list[Any] = []

    def buildProtocol(self, address: Any) -> Any:
        protocol = super().buildProtocol(address)
        self.connections.append(protocol)
        return protocol


class Canned(Protocol):
    """Waits for a request and sends bytes; the connection stays open unless it is told to close."""

    ended: Deferred[None]

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(self.factory.answer)
        if self.factory.closes:
            self.transport.loseConnection()

    def connectionLost(self, reason: Any = None) -> None:
        self.factory.lost.callback(None)


class CannedFactory(Factory):
    protocol = Canned

    def __init__(self, answer: bytes, closes: bool = False) -> None:
        self.answer = answer
        self.closes = closes
        self.lost: Deferred[None] = Deferred()


@asynccontextmanager
async def serving(factory: Any, context: Any = None, **settings: Any) -> Any:
    """Listen with a factory, and give a client for it."""
    reactor = installed()
    if context:
        port = reactor.listenSSL(0, factory, context, interface="127.0.0.1")
    else:
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    scheme = "https" if context else "http"
    client = BackendClient(BackendSettings(f"{scheme}://127.0.0.1:{port.getHost().port}", **settings), reactor, {})
    try:
        yield client
    finally:
        await client.close()
        await port.stopListening()


def test_connections_are_kept(in_reactor: Run) -> None:
    async def scenario() -> None:
        site = CountingSite(make_demo(clock=installed()).resource())
        async with serving(site) as client:
            for _ in range(5):
                assert (await client.get_case("20260001", ASKING)).number == "20260001"
            assert await client.get_case("1", ASKING) is None
        assert len(site.connections) == 1

    in_reactor(scenario)


def test_a_connection_that_died_meanwhile_costs_one_more_try(in_reactor: Run) -> None:
    async def scenario() -> None:
        site = CountingSite(make_demo(clock=installed(), faults=FaultPlan()).resource())
        async with serving(site, first_pause_ms=1) as client:
            await client.get_case("20260001", ASKING)
            # The client cannot see this before it sends.
            site.connections[0]._channel.transport.abortConnection()
            assert (await client.get_case("20260001", ASKING)).number == "20260001"
        assert len(site.connections) == 2

    in_reactor(scenario)


def test_what_is_not_http_is_a_bad_answer(in_reactor: Run) -> None:
    async def scenario() -> None:
        factory = CannedFactory(b"220 mail.example ESMTP\r\n\r\n", closes=True)
        async with serving(factory) as client:
            with pytest.raises(AnswerError) as caught:
                await client.get_case("20260001", ASKING)
            assert caught.value.reason == "bad_answer"
            await factory.lost

    in_reactor(scenario)


def test_a_length_beyond_the_limit_is_refused_before_the_body_comes(in_reactor: Run) -> None:
    async def scenario() -> None:
        factory = CannedFactory(b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n")
        async with serving(factory) as client:
            with pytest.raises(AnswerError) as caught:
                await client.get_case("20260001", ASKING)
            assert caught.value.reason == "too_large"
            await factory.lost

    in_reactor(scenario)


HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 300\r\n\r\n{"


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-", HALF], ids=["nothing", "headers", "half"])
def test_giving_up_closes_the_connection_at_once(in_reactor: Run, sent: bytes) -> None:
    async def scenario() -> None:
        factory = CannedFactory(sent)
        async with serving(factory) as client:
            asked = client.get_case("20260001", ASKING)
            installed().callLater(0.1, asked.cancel)
            with pytest.raises(CancelledError):
                await asked
            await factory.lost

    in_reactor(scenario)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-", HALF], ids=["nothing", "headers", "half"])
def test_a_used_up_budget_closes_the_connection_too(in_reactor: Run, sent: bytes) -> None:
    async def scenario() -> None:
        factory = CannedFactory(sent)
        async with serving(factory) as client:
            with pytest.raises(AnswerError) as caught:
                await client.get_case("20260001", Asking(budget_ms=100))
            assert caught.value.reason == "timeout"
            await factory.lost

    in_reactor(scenario)


def test_an_answer_without_a_length_ends_with_the_connection(in_reactor: Run) -> None:
    async def scenario() -> None:
        import json

        body = json.dumps(CASE).encode()
        factory = CannedFactory(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + body, closes=True)
        async with serving(factory) as client:
            assert (await client.get_case("20260001", ASKING)).number == "20260001"
            await factory.lost

    in_reactor(scenario)


class Authority:
    """A certificate authority of this test."""

    def __init__(self, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.certificate = self._signed(self._name, self._key.public_key(), None)
        self.file = folder / "ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def server(self, address: str, *, asks_clients: bool = False) -> Any:
        """Return TLS options for a server at this IP address; it may ask clients for a certificate of ours."""
        clients = [Certificate.loadPEM(self.file.read_bytes())] if asks_clients else []
        return PrivateCertificate.loadPEM(self.key_pair(address)).options(*clients)

    def key_pair(self, address: str) -> bytes:
        """Return a certificate of ours and its key, in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        certificate = self._signed(name, key.public_key(), address)
        pem = certificate.public_bytes(Encoding.PEM)
        return pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def _signed(self, subject: x509.Name, key: Any, address: str | None) -> x509.Certificate:
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        builder = x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number(), now - day, now + day)
        builder = builder.add_extension(x509.BasicConstraints(ca=address is None, path_length=None), critical=True)
        if address:
            names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


#: Twisted itself still hands certificates to pyOpenSSL in a form that is going out of use.
twisted_tls = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")


@twisted_tls
def test_tls_with_our_own_authority(in_reactor: Run, tmp_path: Path) -> None:
    authority = Authority(tmp_path)

    async def scenario() -> None:
        site = CountingSite(make_demo(clock=installed()).resource())
        async with serving(site, authority.server("127.0.0.1"), ca_file=authority.file) as client:
            assert (await client.get_case("20260001", ASKING)).number == "20260001"

    in_reactor(scenario)


@twisted_tls
def test_a_backend_that_asks_for_a_certificate_gets_ours(in_reactor: Run, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    own = tmp_path / "gateway.pem"
    own.write_bytes(authority.key_pair("192.0.2.7"))

    async def scenario() -> None:
        site = CountingSite(make_demo(clock=installed()).resource())
        context = authority.server("127.0.0.1", asks_clients=True)
        async with serving(site, context, ca_file=authority.file, client_certificate_file=own) as client:
            assert (await client.get_case("20260001", ASKING)).number == "20260001"
        async with serving(site, context, ca_file=authority.file) as stranger:
            with pytest.raises(AnswerError) as caught:
                await stranger.get_case("20260001", ASKING)
            assert caught.value.reason == "unreachable"

    in_reactor(scenario)


def test_a_certificate_without_its_key_is_said(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    settings = BackendSettings("https://127.0.0.1", client_certificate_file=authority.file)
    with pytest.raises(ValueError, match="client_certificate_file"):
        BackendClient(settings, installed(), {})


@twisted_tls
@pytest.mark.parametrize("trouble", ["strange authority", "other address"])
def test_tls_that_cannot_be_trusted_is_unreachable_and_not_tried_again(
    in_reactor: Run, tmp_path: Path, trouble: str
) -> None:
    authority = Authority(tmp_path)

    async def scenario() -> None:
        site = CountingSite(make_demo(clock=installed()).resource())
        context = authority.server("127.0.0.1" if trouble == "strange authority" else "192.0.2.1")
        ca_file = None if trouble == "strange authority" else authority.file
        async with serving(site, context, ca_file=ca_file) as client:
            with pytest.raises(AnswerError, match="TLS") as caught:
                await client.get_case("20260001", ASKING)
            assert caught.value.reason == "unreachable"
        assert len(site.connections) == 1

    in_reactor(scenario)


def test_a_name_that_nobody_knows_is_unreachable(in_reactor: Run) -> None:
    async def scenario() -> None:
        client = BackendClient(BackendSettings("http://backend.invalid", tries=1), installed(), {})
        with pytest.raises(AnswerError) as caught:
            await client.get_case("20260001", ASKING)
        assert caught.value.reason == "unreachable"
        await client.close()

    in_reactor(scenario)
