"""The console on a real port, and the live board from the socket of a line worker to the page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol

from ivr.call.live import LiveFeed, listen_live
from ivr.console.incoming import LONGEST_BODY
from ivr.console.live import LiveCalls
from ivr.console.passwords import token_hash
from ivr.console.server import Console
from ivr.console.site import site
from tests.ivr.console.support import PASSWORD, TestConsole
from tests.reactor import Scenario

InReactor = Callable[[Scenario], None]
CALL = {
    "call_id": "20261120-093000-000001",
    "caller_masked": "139****5678",
    "dialled": "12345",
    "tree": "hotline",
    "node": "main_menu",
    "lasts_ms": 61_000,
    "node_ms": 4_000,
    "codec": "PCMA",
    "loss": 0.05,
    "jitter_ms": 12.0,
    "round_trip_ms": 40.0,
}


class Worker:
    """A line worker as the live board sees it."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = [dict(CALL)]
        self.hung_up: Deferred[str] = Deferred()

    def hang_up(self, call_id: str) -> bool:
        self.calls = []
        self.hung_up.callback(call_id)
        return True


class Wire(Protocol):
    """Raw HTTP, to send what no client would and to read what never ends."""

    def __init__(self) -> None:
        self.received = b""
        self._wanted: list[tuple[bytes, Deferred[None]]] = []
        self.closed: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        for wanted, found in list(self._wanted):
            if wanted in self.received:
                self._wanted.remove((wanted, found))
                found.callback(None)

    def connectionLost(self, reason: Any = None) -> None:
        self.closed.callback(None)

    def until(self, wanted: bytes) -> Deferred[None]:
        found: Deferred[None] = Deferred()
        self._wanted.append((wanted, found))
        self.dataReceived(b"")
        return found

    def ask(self, text: str) -> None:
        assert self.transport is not None
        self.transport.write(text.replace("\n", "\r\n").encode())  # type: ignore[call-arg]


async def opened(console: TestConsole, reactor: Any) -> tuple[Any, Wire]:
    port = reactor.listenTCP(0, site(Console(console.services, maybeDeferred, reactor), reactor), interface="127.0.0.1")
    wire = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port), Wire())
    return port, wire


async def closed(port: Any, *wires: Wire) -> None:
    for wire in wires:
        if not wire.closed.called:
            wire.transport.loseConnection()  # type: ignore[union-attr, misc]
            await wire.closed
    await port.stopListening()


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
class TestOnAPort:
    def test_a_long_body_is_refused_before_it_is_sent(
        self, console: TestConsole, in_reactor: InReactor, running_reactor: Any
    ) -> None:
        async def scenario() -> None:
            port, wire = await opened(console, running_reactor)
            wire.ask("POST /sign-in HTTP/1.1\nHost: x\nContent-Length: 99999999\n\n")
            await wire.closed
            assert b"413" in wire.received.split(b"\r\n")[0]
            assert "内容太大".encode() in wire.received
            await closed(port)

        in_reactor(scenario)

    @pytest.mark.parametrize(
        ("kind", "size"),
        [("application/x-www-form-urlencoded", 256 * 1024 + 1), ("application/json", LONGEST_BODY + 1)],
    )
    def test_a_body_of_unknown_length_is_refused_when_it_is_too_long(
        self, console: TestConsole, in_reactor: InReactor, running_reactor: Any, kind: str, size: int
    ) -> None:
        async def scenario() -> None:
            port, wire = await opened(console, running_reactor)
            head = f"POST /sign-in HTTP/1.1\nHost: x\nContent-Type: {kind}\nTransfer-Encoding: chunked\n\n"
            # The chunk is not ended, and no other comes: the answer does not wait for it.
            wire.ask(f"{head}{size + 9:x}\n{'x' * size}")
            await wire.closed
            assert wire.received.startswith(b"HTTP/1.1 413 ")
            assert wire.received.count(b"HTTP/1.1") == 1
            await closed(port)

        in_reactor(scenario)

    @pytest.mark.parametrize("length", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
    def test_a_body_of_another_kind_is_refused_before_it_is_sent(
        self, console: TestConsole, in_reactor: InReactor, running_reactor: Any, length: str
    ) -> None:
        async def scenario() -> None:
            port, wire = await opened(console, running_reactor)
            wire.ask(f"POST /sign-in HTTP/1.1\nHost: x\nContent-Type: multipart/form-data; boundary=x\n{length}\n\n")
            await wire.closed
            assert wire.received.startswith(b"HTTP/1.1 415 ")
            assert "不接受这种内容".encode() in wire.received
            await closed(port)

        in_reactor(scenario)

    def test_a_body_in_pieces_that_is_short_enough_is_read(
        self, console: TestConsole, in_reactor: InReactor, running_reactor: Any
    ) -> None:
        async def scenario() -> None:
            port, wire = await opened(console, running_reactor)
            form = f"name=operator&password={PASSWORD}"
            kind = "Content-Type: application/x-www-form-urlencoded\nTransfer-Encoding: chunked\nConnection: close"
            pieces = f"9\n{form[:9]}\n{len(form) - 9:x}\n{form[9:]}\n0\n\n"
            wire.ask(f"POST /sign-in HTTP/1.1\nHost: x\n{kind}\n\n{pieces}")
            await wire.closed
            assert wire.received.startswith(b"HTTP/1.1 303 ")
            await closed(port)

        in_reactor(scenario)

    def test_an_answer_says_nothing_about_what_serves_it(
        self, console: TestConsole, in_reactor: InReactor, running_reactor: Any
    ) -> None:
        async def scenario() -> None:
            port, wire = await opened(console, running_reactor)
            wire.ask("GET /sign-in HTTP/1.1\nHost: x\nConnection: close\n\n")
            await wire.closed
            assert b"Server: Xiangyin" in wire.received
            assert b"Twisted" not in wire.received
            await closed(port)

        in_reactor(scenario)


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_the_board_shows_what_a_worker_publishes_and_ends_its_calls(
    console: TestConsole, tmp_path: Path, in_reactor: InReactor, running_reactor: Any
) -> None:
    worker = Worker()
    console.office.tokens.make("board", frozenset({"live:read"}), token_hash("board"), "test", None)
    browser = console.browser("supervisor")
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    async def scenario() -> None:
        feed = LiveFeed(lambda: worker.calls, worker.hang_up, running_reactor)
        socket = listen_live(running_reactor, tmp_path / "live", "line-1", feed)
        assert (tmp_path / "live" / "line-1.sock").stat().st_mode & 0o777 == 0o600
        live = LiveCalls(tmp_path / "live", running_reactor)
        console.services.live = live
        port, wire = await opened(console, running_reactor)
        wire.ask(f"GET /live/events HTTP/1.1\nHost: x\nCookie: {cookie}\n\n")
        await wire.until(b"text/event-stream")
        other, program = await opened(console, running_reactor)
        program.ask("GET /api/v1/live/events HTTP/1.1\nHost: x\nAuthorization: Bearer board\n\n")
        await program.until(b'{"calls": []')
        live.start()
        await wire.until(b"main_menu")
        await program.until(b'"node": "main_menu"')
        assert b"139****5678" in wire.received
        assert "一般".encode() in wire.received
        assert live.hang_up("another call") is False
        assert live.hang_up(CALL["call_id"])
        assert await worker.hung_up == CALL["call_id"]
        await wire.until("现在没有人在通话".encode())
        live.stop()
        await closed(port, wire)
        await closed(other, program)
        await socket.stopListening()
        while live.workers():
            await asyncio.sleep(0)

    in_reactor(scenario)


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_nobody_watches_without_the_right(console: TestConsole) -> None:
    assert console.browser().get("/live/events").status == 401
    assert console.browser("auditor").get("/live/events").status == 403
    console.office.tokens.make("other", frozenset({"calls:read"}), token_hash("other"), "test", None)
    assert console.browser("operator").get("/api/v1/live/events").status == 401
    assert console.browser().get("/api/v1/live/events", Authorization="Bearer other").status == 403


def test_hanging_up_is_written_down(console: TestConsole) -> None:
    from ivr.console.live import LiveCall

    console.live.shown = [LiveCall("c-1", "line-1", "139****5678", tree="hotline", node="main_menu")]
    browser = console.browser("supervisor")
    assert "main_menu" in browser.get("/live").text
    assert browser.send("/live", "/live/c-1/hang-up", {}).status == 303
    assert console.live.hung_up == ["c-1"]
    assert [entry.subject for entry in console.office.audit.entries(action="hung_up")] == ["c-1"]
    assert browser.send("/live", "/live/c-2/hang-up", {}).status == 404
