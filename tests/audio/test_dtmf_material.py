"""The key detector on recordings that nobody made for it: keys from elsewhere, and people who speak."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from audio import g711, wav
from audio.dtmf import DtmfDetector
from audio.pcm import Pcm
from audio.resample import resample
from tests.audio import material

#: How often each recording of a single key has it pressed; the manifest leaves that open.
PRESSED = 4


def digits_in(pcm: Pcm) -> str:
    return "".join(key.digit for key in DtmfDetector().feed(resample(pcm, 8000).samples))


def test_recorded_keys_are_all_found() -> None:
    folder = material.folder("dtmf")
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["path"].endswith(".wav")]
    found = {row["path"]: digits_in(wav.read(folder / row["path"])) for row in rows}
    expected = {row["path"]: row["expected"] * (PRESSED if len(row["expected"]) == 1 else 1) for row in rows}
    assert len(expected) >= 11
    assert found == expected


def test_recorded_keys_survive_mp3() -> None:
    av = pytest.importorskip("av", reason="needs PyAV to decode the mp3 recording")
    with av.open(str(material.folder("dtmf") / "12345678.mp3")) as container:
        rate = container.streams.audio[0].rate
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    assert digits_in(Pcm.from_floats(np.concatenate(frames, axis=1).mean(axis=0), rate)) == "12345678"


@pytest.mark.parametrize("gain_db", [-20, 0, 12])
@pytest.mark.parametrize("speed", [0.85, 1.0, 1.15])
def test_no_key_is_heard_in_speech(speed: float, gain_db: float) -> None:
    """Talk-off: every recorded voice, as it is, and slower and faster so that it is lower and higher."""
    paths = sorted(material.folder("speech_zh").glob("*/*.wav"))
    assert len(paths) >= 80
    found = {path.name: _keys_in_speech(path, speed, gain_db) for path in paths}
    assert {name: digits for name, digits in found.items() if digits} == {}


def _keys_in_speech(path: Path, speed: float, gain_db: float) -> str:
    recorded = wav.read(path)
    spoken = resample(Pcm(recorded.samples, round(recorded.rate * speed / 100) * 100), 8000)
    louder = Pcm.from_floats(spoken.to_floats() * 10 ** (gain_db / 20), 8000)
    return digits_in(Pcm(g711.decode_alaw(g711.encode_alaw(louder.samples)), 8000))
