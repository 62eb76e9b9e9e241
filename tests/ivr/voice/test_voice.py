"""The voice of calls, with a speech worker of fake voices in the same process."""

from __future__ import annotations

import asyncio
import logging
import shutil
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from audio import wav
from audio.pcm import Pcm
from ivr.call.ports import Clip
from ivr.voice import voice as voice_module
from ivr.voice import worker as worker_module
from ivr.voice.prompts import Shelf
from ivr.voice.voice import SENSITIVE_FOR_S, PreparedVoice
from ivr.voice.worker import SpeechClient
from menus.parts import Part, Pause, Value, Words
from speech.spoken import Lexicon, Speaker
from speech.voices.base import VoiceError
from speech.voices.manner import Pace, manner_for
from speech.wire import Address
from speech.worker import SpeechWorker
from tests.speech.voices.fakes import FakeVoice, fake_chain

InReactor = Callable[..., None]
DYNAMIC: tuple[Part, ...] = (Words("您的申请，"), Value("已经受理"), Words("。"))


@asynccontextmanager
async def working(voice: FakeVoice, path: Path) -> AsyncIterator[None]:
    """A speech worker at a socket."""
    ready: asyncio.Future[Address] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    serving = asyncio.ensure_future(SpeechWorker(fake_chain(voice)).serve(Address(path=path), ready.set_result, stop))
    await of_asyncio(ready)
    try:
        yield
    finally:
        stop.set()
        await of_asyncio(serving)


def of_asyncio(future: asyncio.Future[Any]) -> Deferred[Any]:
    """For scenarios, which are coroutines of Twisted."""
    return Deferred.fromFuture(future)


class Around:
    """A voice and all that it needs.

    Attributes:
        engine: says what the worker is asked for.
        emergency: the voice behind it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "speech.sock"
        self.private = folder / "private"
        self.engine = FakeVoice()
        self.emergency = FakeVoice("emergency")
        self.clock = Clock()
        self.shelf = Shelf(
            folder / "recordings", folder / "prompts", (self.engine.name, self.engine.version), Lexicon()
        )
        self.voice = self.another()

    def another(self) -> PreparedVoice:
        client = SpeechClient(f"unix:{self.socket}")
        chain = fake_chain(self.emergency)
        return PreparedVoice(
            self.shelf, Speaker(), client, self.private, chain, self.clock, in_memory=self.folder / "memory"
        )

    def clips(self, *parts: Part, pace: str = "normal") -> list[Clip]:
        """What is spoken, without the pauses behind it; pauses where there is nothing else."""
        clips = self.voice.clips(parts, "zh", pace)
        return [clip for clip in clips if clip.text] or clips

    async def files(self, *parts: Part, pace: str = "normal") -> list[Path]:
        return [await clip.file for clip in self.clips(*parts, pace=pace)]

    @property
    def said(self) -> list[str]:
        return [text for text, *_ in self.engine.said]


@pytest.fixture
def around(tmp_path: Path) -> Around:
    return Around(tmp_path)


def test_what_is_there_is_there_at_once(around: Around) -> None:
    kept = around.shelf.keep("您好。", "zh", "normal", Pcm.silence(100, 8000), dynamic=False)
    (clip,) = around.clips(Words("您好。"))
    assert clip.file.called
    assert clip.file.result == kept
    assert clip.text == "您好。"


def test_pauses_are_silence(around: Around) -> None:
    (clip,) = around.clips(Pause(250))
    assert clip.file.called
    assert wav.read(clip.file.result).duration_ms == 250
    assert clip.text == ""


def test_an_author_may_wish_for_a_voice_and_a_speed(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(around.engine, around.socket):
            for wish in ("", "zf_xiaobei@0.75", "@0.75", "zf_xiaobei@0.75"):
                (clip, _) = around.voice.clips([Words("您好。")], "zh", "normal", wish)
                await clip.file

    in_reactor(scenario)
    assert [said[2:] for said in around.engine.said] == [
        ("zm_yunjian", 0.9),
        ("zf_xiaobei", 0.75),
        ("zm_yunjian", 0.75),
    ], "each is kept under a key of its own"


def test_names_are_said_as_the_menus_want_them(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(around.engine, around.socket):
            (before,) = await around.files(Words("六安市。"))
            around.voice.use_readings({"zh": {"六安": "陆安"}})
            (clip,) = around.clips(Words("六安市。"))
            after = await clip.file
            assert clip.text == "六安市。"
            assert after != before
            assert await around.files(Words("六安市。")) == [after], "it is kept"

    in_reactor(scenario)
    assert around.said == ["六安市。", "陆安市。"]


@pytest.mark.parametrize("pace", ["normal", "slow"])
def test_the_pause_behind_a_text_follows_its_mark_and_the_pace(around: Around, pace: Pace) -> None:
    manner = manner_for("zh", pace)
    for text in ("您好。", "您好，", "您好"):
        around.shelf.keep(text, "zh", pace, Pcm.silence(100, 8000), dynamic=False)

    def pauses(text: str) -> list[int]:
        clips = around.voice.clips([Words(text)], "zh", pace)[1:]
        return [wav.read(clip.file.result).duration_ms for clip in clips]

    assert pauses("您好。") == [manner.sentence_ms]
    assert pauses("您好，") == [manner.clause_ms]
    assert pauses("您好") == []


def test_what_is_not_there_is_said_by_the_worker_and_kept(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(around.engine, around.socket):
            first = await around.files(*DYNAMIC)
            second = await around.files(*DYNAMIC)
            assert first == second
            assert all(wav.is_for_telephone(file) for file in first)

    in_reactor(scenario)
    assert around.said == ["您的申请，", "已经受理。"]
    assert around.engine.said[0][2:] == ("zm_yunjian", 0.9)
    assert around.shelf.rendered.find(around.shelf.key("您的申请，", "zh", "normal"))
    assert around.shelf.dynamic.find(around.shelf.key("已经受理。", "zh", "normal"))


def test_the_first_clause_is_said_first_and_same_clauses_once(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(around.engine, around.socket):
            around.engine.held.clear()
            clips = around.clips(*DYNAMIC) + around.clips(*DYNAMIC)
            around.engine.held.set()
            files = [await clip.file for clip in clips]
            assert files[:2] == files[2:]

    in_reactor(scenario)
    assert around.said == ["您的申请，", "已经受理。"]


def test_a_recording_wins(around: Around, in_reactor: InReactor) -> None:
    folder = around.folder / "recordings" / "zh"
    folder.mkdir(parents=True)
    wav.write(folder / "hello.wav", Pcm.from_floats([0.1, -0.1] * 4000, 16_000))
    (folder / "index.tsv").write_text("hello.wav\t您好。\n", encoding="utf-8")
    around.shelf.keep("您好。", "zh", "normal", Pcm.silence(100, 8000), dynamic=False)

    async def scenario() -> None:
        (file,) = await around.files(Words("您好。"))
        assert wav.read(file).duration_ms == 500
        (clip,) = around.clips(Words("您好。"))
        assert clip.file.called

    in_reactor(scenario)


def test_sensitive_sound_is_private_and_deleted(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(around.engine, around.socket):
            (clip,) = around.clips(Value("1234", "digits", sensitive=True))
            file = await clip.file
            assert clip.text == "••••"
            assert file.parent == around.private
            assert stat.S_IMODE(around.private.stat().st_mode) == 0o700
            around.clock.advance(SENSITIVE_FOR_S - 1)
            assert file.exists()
            around.clock.advance(1)
            assert not file.exists()

    in_reactor(scenario)
    assert around.shelf.dynamic.size().prompts == 0


def test_sensitive_sound_does_not_outlive_the_gateway(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(around.engine, around.socket):
            (file,) = await around.files(Value("1234", "digits", sensitive=True))
            around.voice.close()
            assert not file.exists()

    in_reactor(scenario)
    assert not around.clock.getDelayedCalls()


def test_what_a_dead_process_left_behind_is_deleted(around: Around, monkeypatch: pytest.MonkeyPatch) -> None:
    around.private.mkdir()
    (around.private / "left.wav").write_bytes(b"")
    around.another()
    assert (around.private / "left.wav").exists()
    monkeypatch.setattr(voice_module, "SENSITIVE_FOR_S", -1.0)
    around.another()
    assert not (around.private / "left.wav").exists()


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


def test_the_end_of_the_gateway_leaves_nobody_waiting(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(around.engine, around.socket):
            around.engine.held.clear()
            (clip,) = around.clips(Words("再见。"))
            around.voice.close()
            assert await clip.file == around.shelf.tone
            around.engine.held.set()

    in_reactor(scenario)


def test_one_caller_who_does_not_wait_takes_nothing_from_another(around: Around, in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with working(around.engine, around.socket):
            around.engine.held.clear()
            (first,), (second,) = around.clips(Words("再见。")), around.clips(Words("再见。"))
            first.file.addErrback(lambda _: None)
            first.file.cancel()
            around.engine.held.set()
            assert (await second.file).exists()

    in_reactor(scenario)


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="unix:PATH"):
        SpeechClient("speech.sock")


def test_the_fake_emergency_is_a_voice() -> None:
    with pytest.raises(VoiceError):
        fake_chain(FakeVoice(broken=True)).say("x", "zh", "", 1.0)
