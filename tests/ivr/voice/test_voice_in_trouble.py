"""What callers hear when the speech worker, the disk or the cache fails."""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from audio import wav
from audio.pcm import Pcm
from ivr.voice import voice as voice_module
from ivr.voice import worker as worker_module
from ivr.voice.voice import SENSITIVE_FOR_S
from menus.parts import Pause, Value, Words
from speech.wire import Address
from tests.ivr.voice.around import DYNAMIC, Around, InReactor, of_asyncio, working
from tests.speech.voices.fakes import FakeVoice


def test_without_a_worker_the_emergency_voice_speaks_and_nothing_is_kept(
    around: Around, in_reactor: InReactor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker_module, "AWAY_S", 0.0)

    async def scenario() -> None:
        (file,) = await around.files(Value("张三"))
        assert file.parent == around.private

    with caplog.at_level(logging.WARNING):
        in_reactor(scenario)
    assert around.emergency.said[0][0] == "张三"
    assert around.shelf.find("张三", "zh", "normal") is None
    assert "the emergency voice speaks" in caplog.text
    assert "张三" not in caplog.text


def test_nothing_stands_in_for_a_voice_that_nobody_waits_for(
    around: Around, in_reactor: InReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "AWAY_S", 0.0)

    async def scenario() -> None:
        dropped, waited_for = around.clips(Words("再见。")), around.clips(Words("您好。"))
        dropped[0].drop()
        await waited_for[0].file

    in_reactor(scenario)
    assert [text for text, *_ in around.emergency.said] == ["您好。"]


def test_what_nobody_waits_for_any_more_is_made_for_the_next_caller(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(around.engine, around.socket):
            (dropped,), (waited_for,) = around.clips(Words("再见。")), around.clips(Words("再见。"))
            dropped.drop()
            await waited_for.file

    in_reactor(scenario)
    assert around.said == ["再见。"]
    assert around.shelf.find("再见。", "zh", "normal") is not None


def test_an_emergency_that_is_dropped_while_it_speaks_leaves_nothing_behind(
    around: Around, in_reactor: InReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "AWAY_S", 0.0)
    begun, go_on = threading.Event(), threading.Event()

    async def scenario() -> None:
        (clip,) = around.clips(Value("1234", "digits", sensitive=True))
        await of_asyncio(asyncio.ensure_future(asyncio.to_thread(begun.wait, 10)))
        clip.drop()
        go_on.set()
        # The thread of the one who hung up goes on; its end is what is looked at.
        while not around.clock.getDelayedCalls():
            await of_asyncio(asyncio.ensure_future(asyncio.sleep(0)))
        assert len(list(around.private.glob("*.wav"))) == 1

    say = FakeVoice.synthesise

    def slow(voice: FakeVoice, *arguments: Any) -> Any:
        begun.set()
        assert go_on.wait(10)
        return say(voice, *arguments)

    monkeypatch.setattr(FakeVoice, "synthesise", slow)
    in_reactor(scenario)
    around.clock.advance(SENSITIVE_FOR_S + 1)
    assert not list(around.private.glob("*.wav"))


def test_a_worker_that_comes_back_is_waited_for(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        (clip,) = around.clips(Words("再见。"))
        async with working(around.engine, around.socket):
            await clip.file

    in_reactor(scenario)
    assert around.said == ["再见。"]
    assert around.emergency.said == []


def test_a_worker_that_stays_away_is_waited_for_once(
    around: Around, in_reactor: InReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "AWAY_S", 0.2)
    monkeypatch.setattr(worker_module, "ASK_AGAIN_S", 0.05)
    asked: list[float] = []
    connect = Address.connect

    async def counted(self: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        asked.append(0)
        return await connect(self)

    monkeypatch.setattr(Address, "connect", counted)

    async def scenario() -> None:
        await around.files(Words("一。"))
        assert len(asked) > 2
        asked.clear()
        await around.files(Words("二。"))
        assert len(asked) == 1

    in_reactor(scenario)


@pytest.mark.parametrize("answer", [b"", b"\xff\xff\n", b'{"type": "audio-stop"}\n', b'{"type": "audio-chunk"}\n'])
def test_a_worker_that_answers_nonsense_is_no_worker(
    around: Around, in_reactor: InReactor, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(worker_module, "AWAY_S", 0.0)

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async def scenario() -> None:
        server = await of_asyncio(asyncio.ensure_future(asyncio.start_unix_server(nonsense, around.socket)))
        await around.files(Words("再见。"))
        server.close()

    in_reactor(scenario)
    assert around.emergency.said[0][0] == "再见。"


def test_a_caller_loses_patience_but_the_next_hears_what_came_late(
    around: Around, in_reactor: InReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_module, "PATIENCE_S", 0.2)

    async def scenario() -> None:
        async with working(around.engine, around.socket):
            around.engine.held.clear()
            (first,) = await around.files(Words("再见。"))
            assert first.parent == around.private
            (second,) = around.clips(Words("再见。"))
            around.engine.held.set()
            assert await second.file == around.shelf.find("再见。", "zh", "normal")

    in_reactor(scenario)
    assert [said[0] for said in around.emergency.said] == ["再见。"]
    assert around.said == ["再见。"]


def test_a_worker_that_hangs_is_given_up(
    around: Around, in_reactor: InReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "LONGEST_S", 0.2)

    async def scenario() -> None:
        async with working(around.engine, around.socket):
            around.engine.held.clear()
            await around.files(Words("再见。"))
            around.engine.held.set()

    in_reactor(scenario)
    assert around.emergency.said[0][0] == "再见。"


def test_a_stand_in_at_the_worker_is_heard_but_not_kept(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(FakeVoice("espeak"), around.socket):
            (file,) = await around.files(Words("再见。"))
            assert file.parent == around.private

    in_reactor(scenario)
    assert around.shelf.find("再见。", "zh", "normal") is None


def test_at_worst_there_is_a_tone(
    around: Around, in_reactor: InReactor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker_module, "AWAY_S", 0.0)
    around.emergency.broken = True

    async def scenario() -> None:
        assert await around.files(Words("再见。")) == [around.shelf.tone]

    in_reactor(scenario)
    assert "only a tone" in caplog.text


def test_with_a_full_disk_words_are_heard_from_memory_and_deleted(
    around: Around, in_reactor: InReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = wav.write

    def full(path: Path, pcm: Pcm) -> None:
        if path.parent.name != "memory":
            raise OSError(28, "No space left on device")
        written(path, pcm)

    monkeypatch.setattr(wav, "write", full)

    async def scenario() -> None:
        async with working(around.engine, around.socket):
            (file,) = await around.files(Words("再见。"))
            assert file.parent == around.folder / "memory" and file.parent.stat().st_mode & 0o77 == 0
            assert around.emergency.said == [], "the real voice is heard"
            around.clock.advance(SENSITIVE_FOR_S)
            assert not file.exists()

    in_reactor(scenario)


def test_a_full_disk_and_full_memory_give_a_tone_and_no_error(
    around: Around, in_reactor: InReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, pcm: Pcm) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(wav, "write", full)

    async def scenario() -> None:
        async with working(around.engine, around.socket):
            clips = around.voice.clips([Words("再见。"), Pause(77)], "zh", "normal")
            assert [await clip.file for clip in clips] == [around.shelf.tone] * 3

    in_reactor(scenario)


def test_a_cache_that_someone_deleted_is_made_again(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(around.engine, around.socket):
            await around.files(*DYNAMIC)
            shutil.rmtree(around.folder / "prompts")
            (first, _) = await around.files(*DYNAMIC)
            assert first.exists()

    in_reactor(scenario)
    assert len(around.said) == 4
