"""What the tests of this room share."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import implementer

from backend_client.client import BackendClient
from backend_client.demo.app import DemoBackend
from backend_client.demo.faults import FaultPlan
from backend_client.demo.seed import CHINA
from backend_client.demo.store import Store
from backend_client.settings import BackendSettings

#: A Sunday, so that seeding has to move days.
TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=CHINA)

USUAL_STORE: Any = object()

CASE: dict[str, Any] = {
    "number": "20260001",
    "item_name": "高龄补贴",
    "department": "县民政局",
    "status": "in_review",
    "status_text": "正在审核",
    "step": "县民政局正在核对。",
    "accepted_on": "2026-11-13",
    "expected_on": "2026-11-30",
    "missing_documents": [],
    "pickup_address": None,
    "applicant_id_last6": None,
}


@dataclass(frozen=True)
class Said:
    """An answer that a scripted backend gives."""

    status: int = 200
    body: bytes = field(default_factory=lambda: json.dumps(CASE).encode())
    content_type: str | None = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def problem(kind: str, status: int) -> Said:
    body = json.dumps({"type": f"urn:xiangyin:problem:{kind}", "title": kind, "status": status}).encode()
    return Said(status, body, "application/problem+json")


class Silence:
    """The backend takes the question and never answers."""


@implementer(IAgent)
class ScriptedBackend:
    """Answers questions from a list, the last entry for ever; an exception is a connection that fails.

    Attributes:
        requests: (URL, headers) of every request.
    """

    def __init__(self, *script: Said | Silence | Exception) -> None:
        self._script = list(script)
        self._agent = RequestTraversalAgent(_Scripted(self._next))
        self.requests: list[tuple[str, Headers]] = []

    def request(self, method: bytes, uri: bytes, headers: Headers | None = None, _: Any = None) -> Deferred[Any]:
        self.requests.append((uri.decode(), headers or Headers()))
        if isinstance(self._script[0], Exception):
            return fail(self._next())
        return self._agent.request(method, uri, headers)

    def _next(self) -> Any:
        return self._script.pop(0) if len(self._script) > 1 else self._script[0]


class _Scripted(Resource):
    isLeaf = True  # noqa: N815

    def __init__(self, following: Callable[[], Any]) -> None:
        super().__init__()
        self._following = following

    def render(self, request: Request) -> Any:
        said = self._following()
        if isinstance(said, Silence):
            return NOT_DONE_YET
        request.setResponseCode(said.status)
        request.responseHeaders.setRawHeaders("content-type", [said.content_type] if said.content_type else [])
        for name, value in said.headers:
            request.setHeader(name, value)
        return said.body


def make_client(
    agent: Any, clock: Clock, jitters: Sequence[float] = (0.0,), token: str = "", **settings: Any
) -> BackendClient:
    """Return a client without a network. Each pause takes the next of `jitters`, the last one for ever."""
    left = list(jitters)
    return BackendClient(
        BackendSettings("http://backend.example/hotline", **settings),
        clock,
        {"XIANGYIN_BACKEND_TOKEN": token},
        agent=agent,
        jitter=lambda: left.pop(0) if len(left) > 1 else left[0],
    )


@functools.cache
def demo_store() -> Store:
    """Return the demo data of `TODAY` in memory. Nothing writes into it, so all tests share it."""
    return Store(None, lambda: TODAY)


def make_demo(
    clock: Any = None,
    faults: FaultPlan | None = None,
    token: str = "",
    store: Any = USUAL_STORE,
    signing_key: bytes = b"",
) -> DemoBackend:
    """Return a demo backend with its data in memory, on `NOON` of `TODAY`."""
    store = demo_store() if store is USUAL_STORE else store
    return DemoBackend(
        clock or Clock(), store, lambda: NOON, faults=faults or FaultPlan(), token=token, signing_key=signing_key
    )


def result_of(deferred: Deferred[Any]) -> Any:
    """Return what a Deferred fired with, or raise what it failed with. It must have fired."""
    fired: list[Any] = []
    failed: list[Any] = []
    deferred.addCallbacks(fired.append, failed.append)
    if failed:
        raise failed[0].value
    assert fired, "nothing has come yet"
    return fired[0]
