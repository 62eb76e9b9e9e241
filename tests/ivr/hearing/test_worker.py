"""Which languages are understood, as workers come and go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ivr.hearing import worker as hearing_worker
from ivr.hearing.worker import SpeechHearing
from tests.ivr.hearing.worker import TURN, FakeWorker, Listener, address, run, worker_at

ASR = [{"name": "whisper", "installed": True, "models": [{"languages": ["zh"]}]}]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing_worker, "LOOK_AGAIN_S", 0.01)


async def until(hearing: SpeechHearing, languages: tuple[str, ...]) -> None:
    while hearing.languages != languages:
        await asyncio.sleep(0.01)


async def describes(worker: FakeWorker, times: int = 1) -> None:
    await worker.until_got("describe", times)
    worker.say("info", asr=ASR)


def test_a_worker_that_comes_and_goes(tmp_path: Path) -> None:
    async def scenario() -> None:
        hearing = SpeechHearing(str(address(tmp_path)), 1.5)
        assert hearing.languages == ()
        hearing.start()
        async with worker_at(tmp_path / "speech.sock") as worker:
            await describes(worker)
            await until(hearing, ("zh",))
        listener = Listener()
        ear = hearing.ear("c1")
        ear.listen(TURN, listener)
        assert await listener.next() == ("failed", "away")
        assert hearing.languages == (), "calls that come now go by keys"
        async with worker_at(tmp_path / "speech.sock") as worker:
            await describes(worker)
            await until(hearing, ("zh",))
        hearing.close()

    run(scenario())


def test_a_worker_that_says_nonsense_of_itself(tmp_path: Path) -> None:
    async def scenario() -> None:
        hearing = SpeechHearing(str(address(tmp_path)), 1.5)
        hearing.start()
        async with worker_at(tmp_path / "speech.sock") as worker:
            await worker.until_got("describe")
            worker.say_raw(b"nonsense\n")
            await worker.until_got("describe", 2)
            worker.say("info", asr=[{"installed": True, "models": "none"}])
            await describes(worker, 3)
            await until(hearing, ("zh",))
        hearing.close()

    run(scenario())


def test_an_address_that_is_none() -> None:
    with pytest.raises(ValueError, match="no address"):
        SpeechHearing("http://speech", 1.5)
