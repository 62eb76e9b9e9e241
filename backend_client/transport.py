"""Connections to the backend: kept open, TLS checked, nothing done behind the client's back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL.crypto import Error as CertificateError
from twisted.internet.defer import Deferred, succeed
from twisted.internet.ssl import (
    Certificate,
    PrivateCertificate,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IPolicyForHTTPS, IResponse
from zope.interface import implementer  # type: ignore[import-untyped]

from backend_client.exchange import PACKED_AS
from backend_client.settings import BackendSettings


def make_pool(settings: BackendSettings, reactor: Any) -> HTTPConnectionPool:
    """Return the pool of connections. Close it with `closeCachedConnections`."""
    pool = HTTPConnectionPool(reactor)
    pool.maxPersistentPerHost = settings.connections
    pool.cachedConnectionTimeout = settings.idle_s
    # The client has one rule for trying again, with a budget; the pool would add tries that nobody counts.
    pool.retryAutomatically = False
    return pool


def make_agent(settings: BackendSettings, reactor: Any, pool: HTTPConnectionPool) -> Any:
    """Return what sends requests.

    Raises:
        ValueError: `ca_file` or `client_certificate_file` cannot be used.
    """
    return Agent(
        reactor,
        contextFactory=_certificate_policy(settings),
        connectTimeout=settings.connect_timeout_ms / 1000,
        pool=pool,
    )


def _certificate_policy(settings: BackendSettings) -> Any:
    if settings.ca_file is None and settings.client_certificate_file is None:
        return BrowserLikePolicyForHTTPS()
    trusted = platformTrust() if settings.ca_file is None else _authorities(settings.ca_file)
    own = None
    if settings.client_certificate_file is not None:
        try:
            own = PrivateCertificate.loadPEM(settings.client_certificate_file.read_bytes())
        except (OSError, CertificateError) as error:
            raise ValueError(
                f"client_certificate_file: {settings.client_certificate_file}: needs a PEM certificate and its key: "
                f"{type(error).__name__}"
            ) from error
    return _CheckedCertificates(trusted, own)


def _authorities(ca_file: Path) -> Any:
    try:
        authorities = x509.load_pem_x509_certificates(ca_file.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"ca_file: {ca_file}: no PEM certificates: {type(error).__name__}") from error
    return trustRootFromCertificates([Certificate.loadPEM(each.public_bytes(Encoding.PEM)) for each in authorities])


@implementer(IPolicyForHTTPS)
class _CheckedCertificates:
    """Trusts these authorities only, and shows our own certificate where there is one."""

    def __init__(self, trusted: Any, own: PrivateCertificate | None) -> None:
        self._trusted = trusted
        self._own = own

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802
        return optionsForClientTLS(hostname.decode("ascii"), trustRoot=self._trusted, clientCertificate=self._own)


@implementer(IAgent)
class UncompressedAgent:
    """Asks for answers as they are, unless a request has `exchange.PACKED_AS`.

    treq offers gzip by itself, and would unpack a small answer to any size.
    """

    def __init__(self, agent: Any) -> None:
        self._agent = agent

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,  # noqa: N803
    ) -> Deferred[IResponse]:
        headers = Headers() if headers is None else headers.copy()
        packed = headers.hasHeader(PACKED_AS)
        headers.removeHeader(PACKED_AS)
        headers.setRawHeaders(b"accept-encoding", [b"gzip" if packed else b"identity"])
        deferred: Deferred[IResponse] = self._agent.request(method, uri, headers, bodyProducer)
        return deferred.addCallback(_hide_encoding, packed)


def _hide_encoding(response: IResponse, packed: bool) -> IResponse:
    """Keep treq from unpacking: the client does it within limits, or reads what nobody asked for as not JSON."""
    encoding = response.headers.getRawHeaders(b"content-encoding", [b""])
    response.headers.removeHeader(b"content-encoding")
    response.headers.removeHeader(PACKED_AS)
    if packed:
        response.headers.setRawHeaders(PACKED_AS, encoding)
    return response


@implementer(IBodyProducer)
class WholeBody:
    """Writes a request's body at once: bodies are a megabyte at most, and in memory already."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.length = len(body)

    def startProducing(self, consumer: Any) -> Deferred[None]:  # noqa: N802
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:  # noqa: N802
        """Everything is written already."""

    def resumeProducing(self) -> None:  # noqa: N802
        """Everything is written already."""

    def stopProducing(self) -> None:  # noqa: N802
        """Everything is written already."""
