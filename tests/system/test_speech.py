"""Callers who speak, in real calls to a whole gateway: our phone plays recorded speech, of another voice than that of
the prompts, into RTP.
"""

from __future__ import annotations

from collections.abc import Iterator
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
