"""Callers who speak, in real calls to a whole gateway: our phone plays recorded speech, of another voice than that of
the prompts, into RTP.
"""

from __future__ import annotations

import os
import signal
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
from tests.system.running import PREPARED, Running, gateway

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
#: A machine that runs tests is slow; how quick the decision is, is the business of benchmarks/recognition.
SETTINGS = {"hearing": {"patience_ms": 10_000}}
RATE = 8000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway"), SETTINGS) as started:
        started.wait_for_log("speech is understood in", timeout=180)
        yield started


@pytest.fixture(scope="module")
def progress(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A woman who says what the first option is called."""
    voice = KokoroVoice(PREPARED / "models" / "kokoro", 2)
    return written(
        tmp_path_factory.mktemp("caller"), for_telephone(voice.synthesise("查进度", "zh", "zf_xiaobei", 1.0))
    )


def written(folder: Path, sound: Pcm) -> Path:
    path = folder / "caller.wav"
    wav.write(path, sound)
    return path


def told(running: Running, since: int, name: str) -> list[dict[str, Any]]:
    """The data of all records of this name since so many lines; notes go by the name of the note."""
    lines = [line["data"] if line["name"] == "Note" else line for line in running.journal()[since:]]
    return [line["data"] for line in lines if line["name"] == name]


def test_what_is_said_is_done_and_logged(running: Running, progress: Path) -> None:
    since = len(running.journal())
    report = running.phone(f"say:{progress}")
    assert report["spoken"][0]["latency_ms"] is not None
    (given,) = told(running, since, "input")
    assert (given["outcome"], given["option"], given["key_source"]) == ("match", "1", "speech")
    shown = running.call("last")
    assert (shown["call"]["spoken"], shown["call"]["key_source"]) == (1, "speech")
    (step,) = [step for step in shown["steps"] if step["node"] == "main_menu"]
    assert (step["option"], step["band"], step["next"]) == ("1", "accept", "case_status")


def test_the_prompt_stops_for_who_speaks_into_it(running: Running, progress: Path) -> None:
    since = len(running.journal())
    running.phone(f"barge:8 say:{progress}")
    (given,) = told(running, since, "input")
    assert (given["option"], given["key_source"]) == ("1", "speech")
    (menu,) = [played for played in told(running, since, "played") if "查办件进度" in played["text"]]
    assert menu["ended"] == "speech" and menu["played_ms"] < menu["total_ms"]


def test_a_cough_stops_nothing_and_keys_go_on(running: Running, tmp_path: Path) -> None:
    burst = np.random.default_rng(1).normal(0, 4000, RATE // 5).astype(np.int16)
    cough = written(tmp_path, Pcm(burst, RATE))
    since = len(running.journal())
    running.phone(f"barge:7 say:{cough} 1 wait:1 hangup")
    assert [given["key_source"] for given in told(running, since, "input")] == ["rfc4733"]
    assert told(running, since, "PausePlaying") == []


def test_silence_and_the_echo_of_our_own_voice_are_no_speech(running: Running) -> None:
    since = len(running.journal())
    running.phone("wait:32 hangup", "--echo", "12")
    assert told(running, since, "SpeechStarted") == told(running, since, "Heard") == []
    assert told(running, since, "input")[0]["outcome"] == "no_input"


def test_when_the_speech_worker_dies_keys_go_on_in_the_same_turn(running: Running) -> None:
    since = len(running.journal())
    with ThreadPoolExecutor(1) as calling:
        report = calling.submit(running.phone, "1 wait:1 hangup")
        running.wait_for("step_entered", lambda data: data["node"] == "main_menu", since=since)
        os.kill(running.child("speech"), signal.SIGKILL)
        report.result()
    assert told(running, since, "hearing")[0]["failed"] == "away"
    assert told(running, since, "input")[0]["option"] == "1"
    shown = running.call("last")
    assert shown["call"]["hearing_failures"] >= 1
    assert any("现在听不清您说话" in step["prompt"] for step in shown["steps"])
