"""Recordings: plain in nobody's sight while the call lasts, sealed after it, also when the process died."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from twisted.internet import threads
from twisted.internet.defer import maybeDeferred

import ivr.recordings
from audio.recorder import Recorder
from ivr.privacy import SealedFiles
from ivr.recordings import SealedRecordings

#: A line that is quiet for 200 ms before somebody speaks for two seconds.
SPEECH = bytes(3200) + (np.sin(np.arange(16_000) / 3) * 8000).astype(np.int16).tobytes()


@pytest.fixture
def files(tmp_path: Path) -> SealedFiles:
    return SealedFiles(tmp_path / "keys" / "caller.key")


@pytest.fixture
def recordings(tmp_path: Path, files: SealedFiles, monkeypatch: pytest.MonkeyPatch) -> SealedRecordings:
    monkeypatch.setattr(ivr.recordings, "deferToThread", maybeDeferred)
    return SealedRecordings(tmp_path / "run" / "recordings" / "line-1", tmp_path / "recordings", files)


def record(recordings: SealedRecordings, call_id: str, token: int = 1, *, close: bool = True) -> Path:
    file = recordings.new_file(call_id, token)
    recorder = Recorder(file, 60_000, 60_000)
    recorder.feed(SPEECH)
    if close:
        recorder.close()
    else:
        recorder.give_up()
    return file


def samples_in(content: bytes) -> int:
    with wave.open(io.BytesIO(content)) as sound:
        return sound.getnframes()


def test_nobody_else_may_look_while_a_call_is_recorded(recordings: SealedRecordings) -> None:
    file = record(recordings, "c1")
    assert file.parent.stat().st_mode & 0o077 == 0 and file.stat().st_mode & 0o077 == 0


def test_after_the_call_there_is_only_the_sealed_one(
    recordings: SealedRecordings, files: SealedFiles, tmp_path: Path
) -> None:
    plain = record(recordings, "c1").read_bytes()
    other = record(recordings, "c2")
    recordings.call_ended("c1")
    kept = tmp_path / "recordings" / "c1-1.wav"
    assert files.read(kept) == plain and plain[4000:4100] not in kept.read_bytes()
    assert list(other.parent.iterdir()) == [other], "the other call goes on"


def test_what_a_dead_process_left_is_mended_and_sealed(
    recordings: SealedRecordings, files: SealedFiles, tmp_path: Path
) -> None:
    file = record(recordings, "c1", close=False)
    assert samples_in(file.read_bytes()) == 0, "its header was never finished"
    recordings.sweep()
    assert samples_in(files.read(tmp_path / "recordings" / "c1-1.wav")) == len(SPEECH) // 2
    assert list(file.parent.iterdir()) == []


def test_a_disk_that_refuses_loses_nothing(
    recordings: SealedRecordings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = record(recordings, "c1")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(SealedFiles, "seal", full)
        recordings.call_ended("c1")
    assert file.exists() and "stays plain" in caplog.text
    recordings.sweep()
    assert not file.exists() and (tmp_path / "recordings" / "c1-1.wav").exists()


def test_sealing_holds_up_no_other_call() -> None:
    assert ivr.recordings.deferToThread is threads.deferToThread
