"""Runs the demo backend as a process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from twisted.internet.error import CannotListenError
from twisted.web.server import Site

from backend_client.demo.app import DemoBackend
from backend_client.demo.faults import Fault, FaultPlan
from backend_client.demo.seed import CHINA
from backend_client.demo.store import Store


@dataclass(frozen=True)
class DemoSettings:
    """Settings of the demo backend.

    Attributes:
        database: its SQLite file, or an SQLAlchemy URL; None keeps everything in memory.
        host: address to listen on.
        port: TCP port; 0 takes a free one.
        faults: faults to begin with.
        token: bearer token that every request must carry; empty for none.
        signing_key: secret with which requests may be signed in place of a token; empty for none.
    """

    database: Path | str | None = None
    host: str = "127.0.0.1"
    port: int = 8099
    faults: tuple[Fault, ...] = ()
    token: str = ""
    signing_key: bytes = b""


def china_now() -> datetime:
    """Return the time in the demo county."""
    return datetime.now(CHINA)


class CannotStartError(Exception):
    """The port is taken, or the database cannot be used. The message says which."""


def listen(reactor: Any, settings: DemoSettings, now: Callable[[], datetime] = china_now) -> str:
    """Serve on `reactor` until it stops. Return the address, such as `http://127.0.0.1:8099`.

    Raises:
        CannotStartError: the port is taken, or the database cannot be used.
    """
    try:
        store = Store(settings.database, lambda: now().date())
    except (SQLAlchemyError, OSError) as error:
        raise CannotStartError(f"{settings.database}: {error}") from error
    backend = DemoBackend(
        reactor,
        store,
        now,
        faults=FaultPlan(settings.faults),
        token=settings.token,
        signing_key=settings.signing_key,
    )
    try:
        port = reactor.listenTCP(settings.port, Site(backend.resource(), reactor=reactor), interface=settings.host)
    except CannotListenError as error:
        store.close()
        raise CannotStartError(str(error)) from error
    reactor.addSystemEventTrigger("after", "shutdown", store.close)
    host = "127.0.0.1" if settings.host in ("", "0.0.0.0") else settings.host
    return f"http://[{host}]:{port.getHost().port}" if ":" in host else f"http://{host}:{port.getHost().port}"
