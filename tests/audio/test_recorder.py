"""Recording: what is written, when somebody has finished, and who counts as having spoken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from audio import wav
from audio.recorder import RATE, Recorder

FRAME_MS = 100
RANDOM = np.random.default_rng(7)


def noise(ms: int, dbfs: float) -> bytes:
    level = 32768 * 10 ** (dbfs / 20)
    return np.asarray(RANDOM.normal(0, level, ms * RATE // 1000)).clip(-32768, 32767).astype(np.int16).tobytes()


def speech(ms: int, dbfs: float = -25) -> bytes:
    """Syllables of 200 ms with 100 ms between them."""
    return b"".join(noise(200, dbfs) + noise(100, -60) for _ in range(ms // 300))


def feed(recorder: Recorder, sound: bytes) -> tuple[str | None, int]:
    """Why it ended, and after how many milliseconds."""
    step = FRAME_MS * RATE // 1000 * 2
    for at in range(0, len(sound), step):
        cause = recorder.feed(sound[at : at + step])
        if cause:
            return cause, (at + step) * 1000 // (2 * RATE)
    return None, len(sound) * 1000 // (2 * RATE)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Callable[..., Recorder]]:
    """Makes recordings into `said.wav`; their files are closed in the end."""
    made: list[Recorder] = []

    def make(most_ms: int = 60_000, silence_ms: int = 3000) -> Recorder:
        made.append(Recorder(tmp_path / "said.wav", most_ms, silence_ms))
        return made[-1]

    yield make
    for recording in made:
        recording.give_up()


def test_speech_is_written_and_silence_ends_it(tmp_path: Path, record: Callable[..., Recorder]) -> None:
    recording = record()
    cause, after = feed(recording, noise(1000, -60) + speech(6000) + noise(10_000, -60))
    assert cause == "silence" and 9_800 <= after <= 10_300
    assert recording.spoke
    length = recording.close()
    assert 7_200 <= length <= 7_600, "no more than half a second of the silence is kept"
    pcm = wav.read(tmp_path / "said.wav")
    assert pcm.rate == RATE and abs(len(pcm.samples) * 1000 / RATE - length) < 2
    assert wav.is_for_telephone(tmp_path / "said.wav")
    assert (tmp_path / "said.wav").stat().st_mode & 0o077 == 0


def test_the_longest_time_ends_it(tmp_path: Path, record: Callable[..., Recorder]) -> None:
    recording = record(most_ms=5000)
    assert feed(recording, speech(9000))[0] == "longest"


@pytest.mark.parametrize("dbfs", [-70.0, -50.0, -35.0])
def test_a_noisy_line_is_not_speech(tmp_path: Path, record: Callable[..., Recorder], dbfs: float) -> None:
    """A tractor that hums all the time."""
    recording = record()
    assert feed(recording, noise(8000, dbfs))[0] == "silence"
    assert not recording.spoke and recording.close() == 0


def test_somebody_speaks_over_a_noisy_line(tmp_path: Path, record: Callable[..., Recorder]) -> None:
    recording = record()
    loud = np.frombuffer(noise(11_000, -42), np.int16).astype(np.int32)
    said = np.zeros_like(loud)
    words = np.frombuffer(speech(4500, -20), np.int16)
    said[16_000 : 16_000 + len(words)] = words
    assert feed(recording, (loud + said).clip(-32768, 32767).astype(np.int16).tobytes())[0] == "silence"
    assert recording.spoke and 6_000 <= recording.close() <= 7_500


def test_a_click_is_not_speech(tmp_path: Path, record: Callable[..., Recorder]) -> None:
    recording = record()
    feed(recording, noise(500, -65) + noise(40, -10) + noise(500, -65))
    assert not recording.spoke


def test_digital_silence_is_silence(tmp_path: Path, record: Callable[..., Recorder]) -> None:
    recording = record(silence_ms=1000)
    assert feed(recording, bytes(2 * RATE * 3))[0] == "silence"


def test_odd_chunks_lose_nothing(tmp_path: Path, record: Callable[..., Recorder]) -> None:
    recording = record()
    sound = speech(3000)
    for at in range(0, len(sound), 334):
        recording.feed(sound[at : at + 334])
    assert recording.spoke
    kept = wav.read(tmp_path / "said.wav") if recording.close() else None
    assert kept is not None
    assert kept.samples.tobytes() == sound[: 2 * len(kept.samples)]


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path, record: Callable[..., Recorder]) -> None:
    (tmp_path / "said.wav").write_bytes(b"x")
    with pytest.raises(FileExistsError):
        record()
