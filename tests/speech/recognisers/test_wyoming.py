"""A foreign Wyoming server as recogniser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from wyoming.asr import Transcript
from wyoming.error import Error
from wyoming.event import Event, async_write_event

from speech.recognisers.base import Expected, RecogniserError
from speech.recognisers.wyoming import WyomingRecogniser
from speech.wire import Address, read_event
from tests.speech.turns.sounds import talk

SOUND = talk(1000, 3000, 1)
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Answers every utterance in the same way, and remembers what came."""

    def __init__(self, answer: Answer) -> None:
        self.events: list[Event] = []
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (event := await read_event(reader)) is not None:
                self.events.append(event)
                if event.type == "audio-stop":
                    await self._answer(writer)
                    break
        finally:
            writer.close()


@contextmanager
def server(path: Path, answer: Answer) -> Iterator[Server]:
    it, ready, loop = Server(answer), threading.Event(), asyncio.new_event_loop()

    async def start() -> asyncio.AbstractServer:
        return await asyncio.start_unix_server(it.serve, path)

    async def end() -> None:
        """Let every conversation end, and its socket close."""
        conversations = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await asyncio.sleep(0)

    def run() -> None:
        listening = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        listening.close()
        loop.run_until_complete(end())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    try:
        yield it
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def heard(path: Path, patience_s: float = 5.0) -> list[str]:
    recognition = WyomingRecogniser(Address(path=path), patience_s).start(Expected("zh"))
    recognition.accept(SOUND)
    return [text.text for text in recognition.finish().texts]


def test_the_servers_text_is_what_was_heard(tmp_path: Path) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        await async_write_event(Transcript(" 查进度 ").event(), writer)

    with server(tmp_path / "s", answer) as it:
        assert heard(tmp_path / "s") == ["查进度"]
    kinds = [event.type for event in it.events]
    assert kinds[:2] == ["transcribe", "audio-start"]
    assert it.events[0].data["language"] == "zh"
    sent = sum(len(event.payload or b"") for event in it.events if event.type == "audio-chunk")
    assert sent == 2 * 16_000


def test_a_text_of_nothing_is_nothing(tmp_path: Path) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        await async_write_event(Transcript("").event(), writer)

    with server(tmp_path / "s", answer):
        assert heard(tmp_path / "s") == []


async def _error(writer: asyncio.StreamWriter) -> None:
    await async_write_event(Error("no model").event(), writer)


async def _nothing(writer: asyncio.StreamWriter) -> None:
    return None


async def _garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x80garbage\n")


@pytest.mark.parametrize(("answer", "why"), [(_error, "no model"), (_nothing, "closed"), (_garbage, "no event")])
def test_a_server_that_fails_says_why(tmp_path: Path, answer: Answer, why: str) -> None:
    with server(tmp_path / "s", answer), pytest.raises(RecogniserError, match=why):
        heard(tmp_path / "s")


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    with server(tmp_path / "s", answer), pytest.raises(RecogniserError, match="no text within"):
        heard(tmp_path / "s", patience_s=0.1)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecogniserError):
        heard(tmp_path / "s")


def test_silence_is_not_sent(tmp_path: Path) -> None:
    assert WyomingRecogniser(Address(path=tmp_path / "s")).start(Expected("zh")).finish().speech == 0.0
