"""Text messages against a real HTTP server in this process: sent, refused, late, queued, sent later."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from backend_client.demo.store import Store
from backend_client.messages.messenger import TextMessenger
from backend_client.messages.provider import Message, SmsProvider
from backend_client.messages.settings import TOKEN_VARIABLE, URL_VARIABLE, MessageSettings
from backend_client.messages.waiting import MessageQueue, WaitingMessages
from tests.backend_client.support import NOON, TODAY, make_demo
from tests.reactor import installed

Run = Callable[..., None]
NUMBER, TEXT = "13900001234", '受理号码 "6326100018" {id}'


class Provider(Resource):
    """Takes messages and answers as it is told.

    Attributes:
        taken: method, address, headers and body of every request.
        asked: fires at the next request.
    """

    isLeaf = True  # noqa: N815

    def __init__(self) -> None:
        super().__init__()
        self.status, self.answer, self.silent = 200, b"{}", False
        self.taken: list[tuple[str, str, Any, bytes]] = []
        self.asked: Deferred[None] = Deferred()

    def render(self, request: Any) -> Any:
        self.taken.append(
            (request.method.decode(), request.uri.decode(), request.requestHeaders, request.content.read())
        )
        if not self.asked.called:
            self.asked.callback(None)
        if self.silent:
            return NOT_DONE_YET
        request.setResponseCode(self.status)
        return self.answer


@contextmanager
def served(resource: Any) -> Iterator[str]:
    """Serve on this machine; the address."""
    connections: list[Any] = []

    class Counting(Site):
        def buildProtocol(self, address: Any) -> Any:
            connections.append(super().buildProtocol(address))
            return connections[-1]

    port = installed().listenTCP(0, Counting(resource, reactor=installed()), interface="127.0.0.1")
    try:
        yield f"http://127.0.0.1:{port.getHost().port}"
    finally:
        port.stopListening()
        for connection in connections:
            if connection._channel.transport is not None:
                connection._channel.transport.abortConnection()


class Sending:
    """A messenger with its queue, and a clock for what waits."""

    def __init__(self, folder: Path, url: str, **settings: Any) -> None:
        self.settings = MessageSettings(url=url, **settings)
        self.now = NOON
        self.queue = MessageQueue(folder / "outbox" / "messages.sqlite", lambda: self.now)
        self.provider = SmsProvider(self.settings, {TOKEN_VARIABLE: "secret"}, installed())
        self.messenger = TextMessenger(self.provider, self.queue, installed())
        self.waiting = WaitingMessages(self.queue, self.provider, timedelta(hours=24), lambda: self.now)

    def send(self, channel: str = "sms") -> Deferred[Any]:
        return self.messenger.send(channel, NUMBER, TEXT, call_id="c1")

    def queued(self) -> list[Message]:
        return [message for message, _ in self.queue.first(100)]


def test_a_message_is_sent_as_json_with_the_token(in_reactor: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        provider = Provider()
        with served(provider) as url:
            sending = Sending(
                tmp_path,
                f"{url}/sms",
                body={"phones": ["{to}"], "content": {"text": "【县】{text}"}, "trace": "{id}", "type": 1},
                accepted_path="result.code",
                accepted_value="0",
            )
            provider.answer = b'{"result": {"code": 0}}'
            assert await sending.send() == "sent"
            await sending.messenger.close()
        ((method, address, headers, body),) = provider.taken
        assert (method, address, headers.getRawHeaders("authorization")) == ("POST", "/sms", ["Bearer secret"])
        sent = json.loads(body)
        key = headers.getRawHeaders("idempotency-key")[0]
        assert sent == {"phones": [NUMBER], "content": {"text": f"【县】{TEXT}"}, "trace": key, "type": 1}
        assert sending.queued() == []

    in_reactor(scenario)


@pytest.mark.parametrize(("method", "in_address"), [("POST", False), ("GET", True)])
def test_a_message_is_sent_as_a_form(in_reactor: Run, tmp_path: Path, method: Any, in_address: bool) -> None:
    async def scenario() -> None:
        provider = Provider()
        with served(provider) as url:
            sending = Sending(tmp_path, url, method=method, body={"m": "{to}", "c": "{text}&"}, body_as="form")
            assert await sending.send() == "sent"
            await sending.messenger.close()
        ((_, address, _, body),) = provider.taken
        written = address.partition("?")[2] if in_address else body.decode()
        assert written.startswith(f"m={NUMBER}&c=%E5%8F%97") and written.endswith("%7Bid%7D%26")

    in_reactor(scenario)


@pytest.mark.parametrize(("status", "answer"), [(400, b"{}"), (401, b"{}"), (302, b""), (200, b'{"code": "NO_MONEY"}')])
def test_what_the_provider_refuses_is_not_tried_again(
    in_reactor: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int, answer: bytes
) -> None:
    async def scenario() -> None:
        provider = Provider()
        provider.status, provider.answer = status, answer
        with served(provider) as url:
            sending = Sending(tmp_path, url, accepted_path="code")
            assert await sending.send() == "failed"
            await sending.messenger.close()
        assert sending.queued() == []

    with caplog.at_level(logging.DEBUG):
        in_reactor(scenario)
    assert "call c1: its message is refused by the provider" in caplog.text
    assert NUMBER not in caplog.text and "受理" not in caplog.text


@pytest.mark.parametrize("trouble", ["down", "503", "html", "late", "cancelled"])
def test_what_cannot_be_sent_is_queued_and_sent_later_with_the_same_key(
    in_reactor: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    async def scenario() -> None:
        provider = Provider()
        with served(provider) as url:
            sending = Sending(tmp_path, url, accepted_path="code", wait_ms=50 if trouble == "late" else 20_000)
            if trouble == "down":
                sending.provider._url = "http://127.0.0.1:1/"
            provider.status = 503 if trouble == "503" else 200
            provider.answer = b"<html>" if trouble == "html" else b'{"code": "0"}'
            provider.silent = trouble in ("late", "cancelled")
            outcome = sending.send()
            if trouble == "cancelled":
                await provider.asked
                outcome.cancel()
            assert await outcome == "queued"
            (message,) = sending.queued()
            assert (message.to, message.text, message.call_id) == (NUMBER, TEXT, "c1")

            if not provider.silent:
                await sending.waiting.run()
                tries = len(provider.taken)
                await sending.waiting.run()
                assert len(provider.taken) == tries, "in a pause nothing is tried"
            assert sending.queued() == [message]

            sending.provider._url = url
            provider.status, provider.answer, provider.silent = 200, b'{"code": "0"}', False
            sending.now -= timedelta(hours=1)  # a clock that is set back makes no pause longer
            await sending.waiting.run()
            assert sending.queued() == []
            await sending.messenger.close()
        assert {headers.getRawHeaders("idempotency-key")[0] for _, _, headers, _ in provider.taken} == {message.key}

    with caplog.at_level(logging.DEBUG):
        in_reactor(scenario)
    assert NUMBER not in caplog.text and "受理" not in caplog.text


def test_what_waits_too_long_or_is_refused_later_is_dropped(in_reactor: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        provider = Provider()
        with served(provider) as url:
            sending = Sending(tmp_path, url)
            sending.queue.put(Message("k1", NUMBER, "old", "c1"))
            sending.now += timedelta(hours=25)
            sending.queue.put(Message("k2", NUMBER, "refused", "c2"))
            provider.status = 400
            await sending.waiting.run()
            await sending.messenger.close()
        assert [json.loads(body)["text"] for *_, body in provider.taken] == ["refused"]
        assert sending.queued() == []

    in_reactor(scenario)


def test_what_cannot_be_queued_has_failed_and_so_has_another_channel(in_reactor: Run, tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("in the way of the folder", "utf-8")

    async def scenario() -> None:
        sending = Sending(tmp_path, "http://127.0.0.1:1")
        assert await sending.send() == "failed"
        assert await sending.send("sip") == "failed"
        await sending.messenger.close()

    in_reactor(scenario)


def test_nobody_but_the_owner_reads_the_queue(tmp_path: Path) -> None:
    queue = MessageQueue(tmp_path / "outbox" / "messages.sqlite", lambda: NOON)
    message = Message("k1", NUMBER, TEXT, "c1")
    queue.put(message)
    queue.put(message)
    assert queue.first(9) == [(message, NOON)]
    assert (tmp_path / "outbox").stat().st_mode & 0o077 == 0
    queue.remove(message)
    assert NUMBER.encode() not in (tmp_path / "outbox" / "messages.sqlite").read_bytes()
    assert [*sqlite3.connect(tmp_path / "outbox" / "messages.sqlite").execute("SELECT * FROM messages")] == []


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"url": "sms.example"}, "url: "),
        ({"method": "GET"}, "body_as: "),
        ({"body": {"to": "{to}"}}, "body: needs"),
        ({"body": {"to": "{to}", "text": "{text}{sign}"}}, "body: needs"),
        ({"body": {"to": ["{to}"], "text": "{text}"}, "body_as": "form"}, "body: a form"),
        ({"wait_ms": 0}, "wait_ms: "),
    ],
)
def test_wrong_settings_say_which(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{complaint}"):
        MessageSettings(**settings)


def test_the_demo_keeps_a_message_once_and_shows_it(in_reactor: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        with served(make_demo(store=Store(None, lambda: TODAY)).resource()) as url:
            provider = SmsProvider(MessageSettings(), {URL_VARIABLE: f"{url}/demo/messages"}, installed())
            for _ in range(2):
                await provider.send(Message("k1", NUMBER, "受理号码 <6326100018>", "c1"))
            page = SmsProvider(MessageSettings(method="GET", body_as="form"), {URL_VARIABLE: f"{url}/"}, installed())
            shown = await page._http.request("GET", f"{url}/".encode())
            text = (await shown.content()).decode()
            assert text.count("受理号码 &lt;6326100018&gt;") == 1 and "…34" in text and NUMBER not in text
            for each in (provider, page):
                await each.close()

    in_reactor(scenario)
