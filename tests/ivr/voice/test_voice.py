"""The voice of calls, with a speech worker of fake voices in the same process."""

from __future__ import annotations

import stat

import pytest

from audio import wav
from audio.pcm import Pcm
from ivr.voice import voice as voice_module
from ivr.voice.voice import SENSITIVE_FOR_S
from ivr.voice.worker import SpeechClient
from menus.parts import Pause, Value, Words
from speech.voices.base import VoiceError
from speech.voices.manner import Pace, manner_for
from tests.ivr.voice.around import DYNAMIC, Around, InReactor, working
from tests.speech.voices.fakes import FakeVoice, fake_chain


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
