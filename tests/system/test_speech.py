"""Callers who speak, in real calls to a whole gateway: our phone plays recorded speech, of another voice than that of
the prompts, into RTP.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio import wav
from audio.pcm import Pcm
from audio.telephone import for_telephone
from speech.voices.kokoro import KokoroVoice
from tests.system.rawphone import RawPhone
from tests.system.running import PREPARED, Running, gateway

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
RATE = 8000
#: Its sentences are those of the shipped hotline, so that they are rendered.
VILLAGE = """\
ivr: 2
id: village
title: 村里的热线
languages: [zh]
start: ask
way_out: person
timing: {first_input: 2s}
nodes:
  ask:
    kind: menu
    prompt: 请问您要办什么事？
    options:
      - {keys: "1", label: 查办件进度, phrases: {zh: [查进度, 查办件, 办好了没有]}, next: bye}
      - {keys: "3", label: 问补贴政策, phrases: {zh: [政策, 补贴, 问政策]}, next: bye}
      - {keys: "4", label: 听停电通知, phrases: {zh: [停电, 停电通知, 什么时候来电]}, next: bye}
      - {keys: "0", label: 找人工, phrases: {zh: [人工, 找人, 接线员]}, next: person}
  person: {kind: transfer, target: operator, next: bye, busy: bye, no_answer: bye, failed: bye}
  bye: {kind: hangup, text: 谢谢您来电。您有事随时打过来。再见。}
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    trees = tmp_path_factory.mktemp("trees")
    (trees / "village.yaml").write_text(VILLAGE, "utf-8")
    settings = {
        # A machine that runs tests is slow; how quick the decision is, is the business of benchmarks/recognition.
        "hearing": {"patience_ms": 10_000},
        "menus": {"folder": str(trees), "numbers": {"12345": "village"}},
    }
    with gateway(tmp_path_factory.mktemp("gateway"), settings) as started:
        started.wait_for_log("speech is understood in", timeout=180)
        yield started


@pytest.fixture(scope="module")
def progress(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A woman who says a phrase of the first option."""
    voice = KokoroVoice(PREPARED / "models" / "kokoro", 2)
    said = for_telephone(voice.synthesise("查进度", "zh", "zf_xiaobei", 1.0))
    return written(tmp_path_factory.mktemp("caller"), said)


def written(folder: Path, sound: Pcm) -> Path:
    path = folder / "caller.wav"
    wav.write(path, sound)
    return path


def told(running: Running, since: int, name: str) -> list[dict[str, Any]]:
    """The data of all records of this name since so many lines; notes go by the name of the note."""
    lines = [line["data"] if line["name"] == "Note" else line for line in running.journal()[since:]]
    return [line["data"] for line in lines if line["name"] == name]


def test_what_is_said_is_done_and_written_down(running: Running, progress: Path) -> None:
    since = len(running.journal())
    report = running.phone(f"say:{progress}")
    assert report["spoken"][0]["latency_ms"] is not None
    (given,) = told(running, since, "input")
    assert (given["outcome"], given["option"], given["key_source"]) == ("match", "1", "speech")


def test_a_cough_stops_nothing_and_keys_go_on(running: Running, tmp_path: Path) -> None:
    burst = np.random.default_rng(1).normal(0, 4000, RATE // 5).astype(np.int16)
    cough = written(tmp_path, Pcm(burst, RATE))
    since = len(running.journal())
    running.phone(f"barge:3 say:{cough} 1")
    assert [given["key_source"] for given in told(running, since, "input")] == ["rfc4733"]
    assert told(running, since, "PausePlaying") == []


@pytest.mark.long
def test_the_prompt_stops_for_who_speaks_into_it(running: Running, progress: Path) -> None:
    since = len(running.journal())
    running.phone(f"barge:3 say:{progress}")
    (given,) = told(running, since, "input")
    assert (given["option"], given["key_source"]) == ("1", "speech")
    (menu,) = [played for played in told(running, since, "played") if "查办件进度" in played["text"]]
    assert menu["ended"] == "speech" and menu["played_ms"] < menu["total_ms"]


@pytest.mark.long
def test_the_echo_of_our_own_voice_is_no_speech(running: Running) -> None:
    """The prompt comes back from a loudspeaker beside the microphone, and nobody speaks."""
    since = len(running.journal())
    with ThreadPoolExecutor(1) as calling:
        report = calling.submit(running.phone, "wait:20 hangup", "--echo", "15")
        running.wait_for("input", lambda data: data["outcome"] == "no_input", since=since)
        assert told(running, since, "SpeechStarted") == told(running, since, "Heard") == []
        report.result()


@pytest.mark.long
def test_who_talks_over_the_echo_of_the_prompt_is_heard(running: Running, progress: Path) -> None:
    since = len(running.journal())
    running.phone(f"barge:3 say:{progress} 1", "--echo", "15")
    given = told(running, since, "input")[0]
    # With an echo 15 dB below the prompt it may be asked back.
    assert given["outcome"] in ("match", "doubtful")
    assert (given["option"], given["key_source"]) == ("1", "speech")


def hear_to_the_end(phone: RawPhone) -> None:
    """Until what is said next is followed by a second and a half of silence."""
    began = phone.sound_after(time.time(), timeout=30.0).at
    phone.run(lambda: time.time() > began + 3.0 and not phone.loud_packets(time.time() - 1.5), 60.0)


@pytest.mark.long
def test_on_a_line_that_loses_much_who_is_not_understood_is_led_to_the_keys(running: Running) -> None:
    voice = KokoroVoice(PREPARED / "models" / "kokoro", 2)
    chat = for_telephone(voice.synthesise("昨天晚上我们村里下了好大一场雨。", "zh", "zf_xiaobei", 1.0)).samples
    since = len(running.journal())
    with RawPhone(loss=0.15) as phone:
        phone.dial("127.0.0.1", running.sip_port, "12345")
        for times in (1, 2):
            hear_to_the_end(phone)
            phone.play(chat)
            phone.run(lambda times=times: len(told(running, since, "HeardNothing")) == times, 30.0)
        phone.run(lambda: any("电话里的声音不太清楚" in one["text"] for one in told(running, since, "played")), 60.0)
        phone.press("1")
        phone.run(lambda: told(running, since, "input")[-1]["outcome"] == "match", 10.0)
    (fact,) = told(running, since, "bad_line")
    assert 0.08 < fact["loss"] < 0.25 and fact["reason"].startswith("loss ")
    assert told(running, since, "input")[-1]["key_source"] == "rfc4733"


@pytest.mark.long
def test_when_the_speech_worker_dies_keys_go_on_in_the_same_turn(running: Running) -> None:
    since = len(running.journal())
    with ThreadPoolExecutor(1) as calling:
        report = calling.submit(running.phone, "1")
        running.wait_for("step_entered", lambda data: data["node"] == "ask", since=since)
        os.kill(running.child("speech"), signal.SIGKILL)
        report.result()
    assert told(running, since, "hearing")[0]["failed"] == "away"
    assert told(running, since, "input")[0]["option"] == "1"
    assert any("现在听不清您说话" in played["text"] for played in told(running, since, "played"))
