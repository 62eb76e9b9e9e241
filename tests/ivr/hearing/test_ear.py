"""The ear of a call against a worker that behaves, and against every way of not behaving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.flow.events import Candidate, Heard, HeardNothing
from ivr.hearing.connection import MOST_UNSENT
from ivr.hearing.ear import SpeechEar
from speech.wire import Address
from tests.ivr.hearing.worker import TURN, FakeWorker, Listener, address, run, worker_at

CHUNK = bytes(1280)


class Call:
    """An ear, its listener, and the worker it talks with."""

    def __init__(self, worker: FakeWorker, at: Address, patience_s: float = 60.0) -> None:
        self.worker = worker
        self.went_away = 0
        self.ear = SpeechEar(at, patience_s, self._away, "c1")
        self.listener = Listener()
        self.turn = TURN.token - 1

    def _away(self) -> None:
        self.went_away += 1

    async def listens(self) -> None:
        times = self.worker.types.count("transcribe") + 1
        self.turn += 1
        self.ear.listen(replace(TURN, token=self.turn), self.listener)
        await self.worker.until_got("transcribe", times)
        await self.worker.until_got("audio-start", times)

    async def told(self) -> Any:
        return await self.listener.next()


@asynccontextmanager
async def call(folder: Path, patience_s: float = 60.0) -> AsyncIterator[Call]:
    async with worker_at(folder / "speech.sock") as worker:
        whole = Call(worker, address(folder), patience_s)
        yield whole
        whole.ear.close()


def test_a_turn_from_question_to_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with call(tmp_path) as c:
            await c.listens()
            for _ in range(3):
                c.ear.sound(CHUNK)
            await c.worker.until(lambda: len(c.worker.sounds) == 3 * len(CHUNK))
            c.worker.say("voice-started", timestamp=400, turn=7)
            assert await c.told() == "started"
            c.worker.say("voice-stopped", timestamp=1200, turn=7)
            candidates = [{"id": "1", "phrase": "查进度", "confidence": 0.93}]
            c.worker.decide(
                band="accept", candidates=candidates, engine="whisper", speech_ms=800, decision_ms=212.4, early=True
            )
            assert await c.told() == Heard(
                7, "accept", "查进度", (Candidate("1", "查进度", 0.93),), (), "whisper", 800, 212, True
            )
            asked = c.worker.got[0].data
            assert asked["language"] == "zh"
            assert asked["context"] == {
                "turn": 7,
                "call": "c1",
                "expect": "options",
                "options": [{"id": "1", "phrases": ["查进度"]}],
                "universals": [{"id": "repeat", "phrases": ["再说一遍"]}],
                "barge_in": True,
                "longest_ms": 15000,
            }
            sound = c.worker.got[1].data
            assert (sound["rate"], sound["width"], sound["channels"]) == (8000, 2, 2)

    run(scenario())


def test_turns_follow_one_another_on_one_connection(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with call(tmp_path) as c:
            await c.listens()
            c.ear.stop()
            await c.worker.until_got("audio-stop")
            c.ear.sound(CHUNK)
            await c.listens()
            c.worker.decide(turn=8, band="none", reason="filler", text="嗯")
            assert await c.told() == HeardNothing(8, "filler", "嗯")
            assert c.worker.connections == 1
            assert c.worker.sounds == b"", "no sound outside turns"

    run(scenario())


def test_an_answer_to_an_earlier_turn_does_not_count(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with call(tmp_path) as c:
            await c.listens()
            c.worker.say("voice-started", turn=6)
            c.worker.decide(turn=6, band="accept", candidates=[{"id": "2", "confidence": 1.0}])
            c.worker.say("error", text="turn 6 is lost", code="busy", turn=6)
            c.worker.decide(band="none", reason="no such reason")
            assert await c.told() == HeardNothing(7, "out_of_set", "查进度")

    run(scenario())


def test_a_worker_that_does_not_decide_in_time_is_slow(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with call(tmp_path, patience_s=0.05) as c:
            await c.listens()
            c.worker.say("voice-started", turn=7)
            assert await c.told() == "started"
            c.worker.say("voice-stopped", turn=7)
            assert await c.told() == ("failed", "slow")
            await c.worker.until_got("audio-stop")
            c.worker.decide(band="accept")
            await c.listens()
            c.worker.decide(turn=8, band="none", reason="noise")
            assert await c.told() == HeardNothing(8, "noise", "查进度"), "what it says too late does not count"
            assert c.went_away == 0

    run(scenario())


def test_a_worker_that_is_not_there(tmp_path: Path) -> None:
    async def scenario() -> None:
        c = Call(FakeWorker(), address(tmp_path))
        c.ear.listen(TURN, c.listener)
        c.ear.sound(CHUNK)
        assert await c.told() == ("failed", "away")
        assert c.went_away == 1
        c.ear.sound(CHUNK)
        c.ear.stop()
        c.ear.close()

    run(scenario())


def test_a_worker_that_does_not_take_the_connection(tmp_path: Path) -> None:
    class Hanging:
        async def connect(self) -> None:
            await asyncio.Event().wait()

    async def scenario() -> None:
        c = Call(FakeWorker(), cast(Address, Hanging()))
        c.ear.listen(TURN, c.listener)
        assert await c.told() == ("failed", "away")

    run(scenario())


def test_a_worker_that_dies_in_a_turn_is_asked_again_in_the_next(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with call(tmp_path) as c:
            await c.listens()
            c.worker.say("voice-started", turn=7)
            assert await c.told() == "started"
            c.worker.go_away()
            assert await c.told() == ("failed", "away")
            await c.listens()
            c.worker.decide(turn=8, band="none", reason="noise")
            assert await c.told() == HeardNothing(8, "noise", "查进度")
            assert c.worker.connections == 2

    run(scenario())


@pytest.mark.parametrize(
    ("code", "reason"), [("busy", "busy"), ("stopping", "away"), ("no-engine", "refused"), (None, "refused")]
)
def test_a_worker_that_refuses(tmp_path: Path, code: str | None, reason: str) -> None:
    async def scenario() -> None:
        async with call(tmp_path) as c:
            await c.listens()
            c.worker.say("error", text="no", code=code)
            assert await c.told() == ("failed", reason)

    run(scenario())


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x00\xff\n", b'{"type":"transcript","data_length":-1}\n']
)
def test_garbage_on_the_wire(tmp_path: Path, garbage: bytes) -> None:
    async def scenario() -> None:
        async with call(tmp_path) as c:
            await c.listens()
            c.worker.say_raw(garbage)
            assert await c.told() == ("failed", "garbled")
            await c.listens()

    run(scenario())


@pytest.mark.parametrize("context", [None, {"band": "perhaps"}, {"band": "accept", "candidates": "1"}])
def test_answers_that_are_none(tmp_path: Path, context: Any) -> None:
    async def scenario() -> None:
        async with call(tmp_path) as c:
            await c.listens()
            c.worker.say("transcript", text="x", context=context and {"turn": 7, **context})
            assert await c.told() == ("failed", "garbled")

    run(scenario())


def test_a_worker_that_takes_no_sound(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with call(tmp_path) as c:
            c.worker.reads = False
            c.ear.listen(TURN, c.listener)
            await c.worker.until(lambda: c.worker.connections == 1)
            sent = 0
            while not c.listener.told and sent < 100 * MOST_UNSENT:
                c.ear.sound(CHUNK)
                sent += len(CHUNK)
            assert await c.told() == ("failed", "full")

    run(scenario())


def test_nothing_is_told_after_the_end_of_the_call(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with call(tmp_path) as c:
            await c.listens()
            c.ear.close()
            c.ear.sound(CHUNK)
            connecting = Call(c.worker, address(tmp_path))
            connecting.ear.listen(TURN, connecting.listener)
            connecting.ear.close()
            await asyncio.sleep(0)
            assert c.listener.told == connecting.listener.told == []

    run(scenario())
