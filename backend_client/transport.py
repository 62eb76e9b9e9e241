"""Connections to the backend: kept open, TLS checked, nothing done behind the client's back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.internet.defer import Deferred
from twisted.internet.ssl import Certificate, trustRootFromCertificates
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IResponse
from zope.interface import implementer  # type: ignore[import-untyped]

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
        ValueError: `ca_file` cannot be used.
    """
    return Agent(
        reactor,
        contextFactory=_certificate_policy(settings.ca_file),
        connectTimeout=settings.connect_timeout_ms / 1000,
        pool=pool,
    )


def _certificate_policy(ca_file: Path | None) -> BrowserLikePolicyForHTTPS:
    if ca_file is None:
        return BrowserLikePolicyForHTTPS()
    try:
        authorities = x509.load_pem_x509_certificates(ca_file.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"ca_file: {ca_file}: no PEM certificates: {type(error).__name__}") from error
    return BrowserLikePolicyForHTTPS(
        trustRootFromCertificates([Certificate.loadPEM(each.public_bytes(Encoding.PEM)) for each in authorities])
    )


@implementer(IAgent)
class UncompressedAgent:
    """Asks for answers as they are. treq offers gzip by itself, and would unpack a small answer to any size."""

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
        headers.setRawHeaders(b"accept-encoding", [b"identity"])
        deferred: Deferred[IResponse] = self._agent.request(method, uri, headers, bodyProducer)
        return deferred.addCallback(_hide_encoding)


def _hide_encoding(response: IResponse) -> IResponse:
    """Keep treq from unpacking what is packed nevertheless: the client reads it as what it is, not JSON."""
    response.headers.removeHeader(b"content-encoding")
    return response
