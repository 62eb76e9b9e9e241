"""The process of the emergency voice: one for many texts, and what becomes of one that does not work."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from speech.voices import espeak_process
from speech.voices.base import VoiceError
from speech.voices.espeak_process import SpeakingProcess

#: Answers each order, and writes into the file of the order how many it has had.
COUNTING = """
import json, sys
for count, line in enumerate(sys.stdin, 1):
    open(json.loads(line)["file"], "w").write(str(count))
    print("spoken", flush=True)
"""
#: Answers one order and ends.
ONCE = COUNTING + "    break\n"


def run_instead(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_process, "command", lambda: [sys.executable, "-c", program])


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import sys; sys.exit(1)", "ended without a word"),
        ("import time; time.sleep(60)", "ended without a word"),
        ("input(); print('RuntimeError: no such voice')", "no such voice"),
        # What it has forked holds the pipe of its answers.
        ("import os, time; os.fork(); time.sleep(60)", "ended without a word"),
    ],
)
def test_a_process_that_gives_nothing_is_a_voice_error(
    program: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_instead(program, monkeypatch)
    monkeypatch.setattr(espeak_process, "LONGEST_S", 1.0)
    before = time.monotonic()
    with pytest.raises(VoiceError, match=told):
        SpeakingProcess().speak("hello", "en", 160, tmp_path / "speech.wav")
    assert time.monotonic() - before < 10


def test_what_is_missing_is_a_voice_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_process, "command", lambda: [str(tmp_path / "nothing")])
    with pytest.raises(VoiceError, match="nothing"):
        SpeakingProcess().speak("hello", "en", 160, tmp_path / "speech.wav")


def test_callers_who_need_it_at_the_same_time_share_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_instead(COUNTING, monkeypatch)
    process = SpeakingProcess()
    files = [tmp_path / f"{number}.wav" for number in range(8)]
    callers = [threading.Thread(target=process.speak, args=("hello", "en", 160, file)) for file in files]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(int(file.read_text()) for file in files) == list(range(1, 9))


def test_one_that_has_ended_meanwhile_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(ONCE, monkeypatch)
    process = SpeakingProcess()
    for number in range(3):
        file = tmp_path / f"{number}.wav"
        process.speak("hello", "en", 160, file)
        assert file.read_text() == "1"
