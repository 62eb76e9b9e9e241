"""The speech worker with fake voices, in this process."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from wyoming.event import Event, async_write_event
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeVoice

from speech.voices.chain import VoiceChain
from speech.wire import Address, read_event
from speech.wish import Wish
from speech.worker import LONGEST_TEXT, SpeechWorker
from tests.speech.voices.fakes import MS_PER_CHARACTER, FakeVoice, fake_chain


@dataclass
class Client:
    """One connection to a worker."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, text: str, wish: Wish | None = None, voice: str = "zf_fake") -> None:
        context = wish.context() if wish else None
        await self.send_event(Synthesize(text, SynthesizeVoice(voice), context=context).event())

    async def send_event(self, event: Event) -> None:
        await async_write_event(event, self.writer)

    async def answer(self) -> list[Event]:
        """Events up to the end of the sound or the error."""
        events = []
        while (event := await read_event(self.reader)) is not None:
            events.append(event)
            if event.type in ("audio-stop", "error", "info"):
                break
        return events

    async def say(self, text: str, wish: Wish | None = None) -> list[Event]:
        await self.send(text, wish)
        return await self.answer()


class Serving:
    """A worker that serves, and its clients."""

    def __init__(self, worker: SpeechWorker, address: Address) -> None:
        self._worker = worker
        self.speak_with = worker.speak_with
        self.address = address
        self._clients: list[Client] = []

    async def client(self) -> Client:
        client = Client(*await self.address.connect())
        self._clients.append(client)
        return client

    async def until_waiting(self, count: int) -> None:
        """Until so many texts wait."""
        while self._worker.waiting != count:
            await asyncio.sleep(0)

    def hang_up(self) -> None:
        for client in self._clients:
            client.writer.close()


@asynccontextmanager
async def serving(voices: VoiceChain | None, address: Address, **limits: int) -> AsyncIterator[Serving]:
    ready: asyncio.Future[Address] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    worker = SpeechWorker(voices, **limits)
    work = asyncio.create_task(worker.serve(address, ready.set_result, stop))
    served = Serving(worker, await ready)
    try:
        yield served
    finally:
        stop.set()
        await work
        served.hang_up()


@pytest.fixture
def address(tmp_path: Path) -> Address:
    return Address(path=tmp_path / "s.sock")


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 20))  # type: ignore[arg-type]


def sound_ms(events: list[Event]) -> float:
    assert [event.type for event in events][0 :: max(1, len(events) - 1)] == ["audio-start", "audio-stop"]
    chunks = [event for event in events if event.type == "audio-chunk"]
    return sum(len(chunk.payload or b"") for chunk in chunks) / 2 / events[0].data["rate"] * 1000


def test_a_text_becomes_sound(address: Address) -> None:
    voice = FakeVoice()

    async def scenario() -> None:
        async with serving(fake_chain(voice), address) as worker:
            events = await (await worker.client()).say("一二三四五六七八")
            assert sound_ms(events) == 8 * MS_PER_CHARACTER
            assert (events[0].data["rate"], events[0].data["engine"], events[0].data["version"]) == (
                24_000,
                "fake",
                "1",
            )

    run(scenario)
    assert voice.said == [("一二三四五六七八", "zh", "zf_fake", 1.0)]


def test_a_text_that_comes_before_the_voice_waits_for_it(address: Address) -> None:
    async def scenario() -> None:
        async with serving(None, address) as worker:
            client = await worker.client()
            await client.send("你好")
            await worker.until_waiting(1)
            worker.speak_with(fake_chain())
            assert sound_ms(await client.answer()) == 2 * MS_PER_CHARACTER

    run(scenario)


def test_a_worker_that_still_loads_says_that_it_can_do_nothing(address: Address) -> None:
    async def scenario() -> None:
        async with serving(None, address) as worker:
            client = await worker.client()
            await client.send_event(Describe().event())
            info = Info.from_event((await client.answer())[0])
            assert (info.tts, info.asr) == ([], [])

    run(scenario)


def test_wishes_are_carried_out(address: Address) -> None:
    voice = FakeVoice()

    async def scenario() -> None:
        async with serving(fake_chain(voice), address) as worker:
            events = await (await worker.client()).say("hello there", Wish("en", 0.7, telephone=True))
            assert events[0].data["rate"] == 8000
            assert 11 * MS_PER_CHARACTER <= sound_ms(events) <= 11 * MS_PER_CHARACTER + 20

    run(scenario)
    assert voice.said == [("hello there", "en", "zf_fake", 0.7)]


def test_a_voice_alone_tells_the_language(address: Address) -> None:
    voice = FakeVoice()

    async def scenario() -> None:
        async with serving(fake_chain(voice), address) as worker:
            client = await worker.client()
            await client.send("hello", voice="af_fake")
            await client.answer()

    run(scenario)
    assert voice.said[0][1] == "en"


def test_it_says_what_it_can_do(address: Address) -> None:
    async def scenario() -> None:
        async with serving(fake_chain(FakeVoice("first"), FakeVoice("second")), address) as worker:
            client = await worker.client()
            await client.send_event(Describe().event())
            info = Info.from_event((await client.answer())[0])
            assert [program.name for program in info.tts] == ["first", "second"]
            assert {voice.name: voice.languages for voice in info.tts[0].voices} == {
                "zf_fake": ["zh"],
                "af_fake": ["en"],
            }

    run(scenario)


def test_several_texts_on_one_connection_and_unknown_events_between(address: Address) -> None:
    async def scenario() -> None:
        async with serving(fake_chain(), address) as worker:
            client = await worker.client()
            await client.say("一")
            await client.send_event(Event("play-music", {}))
            assert sound_ms(await client.say("二二")) == 2 * MS_PER_CHARACTER

    run(scenario)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": ""},
        {"text": 5},
        {"text": "x" * (LONGEST_TEXT + 1)},
        {"text": "好", "voice": "zf"},
        {"text": "好", "context": "fast"},
        {"text": "好", "context": {"speed": 99}},
        {"text": "好", "context": {"speed": "fast"}},
        {"text": "好", "context": {"urgency": "now"}},
    ],
)
def test_a_bad_request_is_answered_and_the_connection_goes_on(address: Address, data: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with serving(fake_chain(), address) as worker:
            client = await worker.client()
            await client.send_event(Event("synthesize", data))
            (error,) = await client.answer()
            assert (error.type, error.data["code"]) == ("error", "bad-request")
            assert sound_ms(await client.say("好")) > 0

    run(scenario)


@pytest.mark.parametrize(("voice", "text"), [(FakeVoice(broken=True), "好"), (FakeVoice(), "崩")])
def test_an_engine_that_fails_is_an_error_and_the_worker_lives(address: Address, voice: FakeVoice, text: str) -> None:
    async def scenario() -> None:
        async with serving(fake_chain(voice), address) as worker:
            client = await worker.client()
            (error,) = await client.say(text)
            assert (error.type, error.data["code"]) == ("error", "cannot-say")
            voice.broken = False
            assert sound_ms(await client.say("好")) > 0

    run(scenario)


@pytest.mark.parametrize("garbage", [b"\x80" * 5000, b"{}\n", json.dumps({"type": 1}).encode() + b"\n", b'{"type": "x'])
def test_garbage_closes_its_own_connection_only(address: Address, garbage: bytes) -> None:
    async def scenario() -> None:
        async with serving(fake_chain(), address) as worker:
            good, bad = await worker.client(), await worker.client()
            bad.writer.write(garbage)
            bad.writer.write_eof()
            assert await bad.reader.read() == b""
            assert sound_ms(await good.say("好")) > 0

    run(scenario)


def test_the_most_urgent_text_is_said_first(address: Address) -> None:
    voice = FakeVoice()

    async def scenario() -> None:
        async with serving(fake_chain(voice), address) as worker:
            voice.held.clear()
            clients = [await worker.client() for _ in range(4)]
            await clients[0].send("零")
            assert await asyncio.to_thread(voice.begun.wait, 10)
            for count, (text, urgency) in enumerate((("远", 9), ("近", 1), ("邻", 1)), start=1):
                await clients[count].send(text, Wish(urgency=urgency))
                await worker.until_waiting(count)
            voice.held.set()
            for client in clients:
                await client.answer()

    run(scenario)
    assert [text for text, *_ in voice.said] == ["零", "近", "邻", "远"]


def test_what_is_least_urgent_is_refused_when_too_much_waits(address: Address) -> None:
    voice = FakeVoice()

    async def scenario() -> None:
        async with serving(fake_chain(voice), address, most_waiting=1) as worker:
            voice.held.clear()
            first, late, urgent = [await worker.client() for _ in range(3)]
            await first.send("一")
            assert await asyncio.to_thread(voice.begun.wait, 10)
            await late.send("晚", Wish(urgency=5))
            await worker.until_waiting(1)
            await urgent.send("急", Wish(urgency=0))
            (refused,) = await late.answer()
            assert refused.data["code"] == "busy"
            voice.held.set()
            assert sound_ms(await urgent.answer()) > 0

    run(scenario)


def test_nothing_is_said_for_a_client_that_went_away(address: Address) -> None:
    voice = FakeVoice()

    async def scenario() -> None:
        async with serving(fake_chain(voice), address) as worker:
            voice.held.clear()
            first, gone, last = [await worker.client() for _ in range(3)]
            await first.send("一")
            assert await asyncio.to_thread(voice.begun.wait, 10)
            await gone.send("二", Wish(urgency=0))
            gone.writer.close()
            await gone.writer.wait_closed()
            await last.send("三", Wish(urgency=1))
            await worker.until_waiting(2)
            voice.held.set()
            await last.answer()

    run(scenario)
    assert [text for text, *_ in voice.said] == ["一", "三"]


def test_at_the_end_what_is_being_said_is_finished_and_the_rest_refused(address: Address) -> None:
    voice = FakeVoice()

    async def scenario() -> None:
        async with serving(fake_chain(voice), address) as worker:
            voice.held.clear()
            speaking, waiting = await worker.client(), await worker.client()
            await speaking.send("一")
            assert await asyncio.to_thread(voice.begun.wait, 10)
            await waiting.send("二", Wish(urgency=1))
            await worker.until_waiting(1)
            asyncio.get_running_loop().call_later(0.05, voice.held.set)
        (refused,) = await waiting.answer()
        assert refused.data["code"] == "stopping"
        assert sound_ms(await speaking.answer()) > 0
        assert address.path is not None
        assert not address.path.exists()

    run(scenario)


def test_only_the_user_of_the_worker_may_connect(address: Address) -> None:
    async def scenario() -> None:
        async with serving(fake_chain(), address):
            assert address.path is not None
            assert stat.S_IMODE(address.path.stat().st_mode) == 0o600

    run(scenario)


def test_the_socket_of_a_dead_worker_is_taken_over_but_not_that_of_a_living_one(address: Address) -> None:
    async def scenario() -> None:
        assert address.path is not None
        server = await asyncio.start_unix_server(lambda r, w: w.close(), address.path)
        server.close()
        assert address.path.exists()
        async with serving(fake_chain(), address):
            with pytest.raises(FileExistsError):
                await SpeechWorker(fake_chain()).serve(address, lambda _: None, asyncio.Event())

    run(scenario)


def test_tcp_with_a_port_of_its_own() -> None:
    async def scenario() -> None:
        async with serving(fake_chain(), Address(host="127.0.0.1", port=0)) as worker:
            assert worker.address.port > 0
            assert sound_ms(await (await worker.client()).say("好")) > 0

    run(scenario)
