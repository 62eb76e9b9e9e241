from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from audio import g711, wav
from audio.pcm import Pcm

RAMP = Pcm(np.arange(-400, 400, dtype=np.int16) * 80, 8000)


def riff(tag: int, bits: int, data: bytes, *, channels: int = 1, rate: int = 8000, size: int | None = None) -> bytes:
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits)
    return riff_of(chunk(b"fmt ", form) + b"data" + struct.pack("<I", len(data) if size is None else size) + data)


def riff_of(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sound.wav"


def test_what_is_written_is_read(path: Path) -> None:
    wav.write(path, RAMP)
    back = wav.read(path)
    assert back.rate == 8000
    assert (back.samples == RAMP.samples).all()
    assert wav.is_for_telephone(path)


def test_other_programs_read_what_is_written(path: Path) -> None:
    wav.write(path, RAMP)
    with wave.open(str(path)) as file:
        assert file.getparams()[:4] == (1, 2, 8000, 800)
        assert file.readframes(800) == RAMP.to_bytes()


def test_stereo_fills_the_shorter_side_with_silence(path: Path) -> None:
    wav.write_stereo(path, RAMP, RAMP.cut(0, 50))
    left, right = wav.read_channels(path)
    assert (left.samples == RAMP.samples).all()
    assert (right.samples[:400] == RAMP.samples[:400]).all()
    assert not right.samples[400:].any()
    assert not wav.is_for_telephone(path)


def test_stereo_refuses_two_rates(path: Path) -> None:
    with pytest.raises(ValueError, match="one rate"):
        wav.write_stereo(path, RAMP, Pcm.silence(10, 16000))


def test_channels_are_averaged(path: Path) -> None:
    wav.write_stereo(path, Pcm(np.array([32767, -6], np.int16), 8000), Pcm(np.array([32767, 2], np.int16), 8000))
    assert wav.read(path).samples.tolist() == [32767, -2]


def test_alaw_ulaw_and_8_bit_are_read(path: Path) -> None:
    octets = bytes(range(256))
    path.write_bytes(riff(6, 8, octets))
    assert (wav.read(path).samples == g711.decode_alaw(np.frombuffer(octets, np.uint8))).all()
    path.write_bytes(riff(7, 8, octets))
    assert (wav.read(path).samples == g711.decode_ulaw(np.frombuffer(octets, np.uint8))).all()
    path.write_bytes(riff(1, 8, bytes([0, 128, 255])))
    assert wav.read(path).samples.tolist() == [-32768, 0, 32512]
    assert not wav.is_for_telephone(path)


def test_extensible_format_and_unknown_chunks_are_read(path: Path) -> None:
    form = struct.pack("<HHIIHHHHIH14x", 0xFFFE, 1, 16000, 32000, 2, 16, 22, 16, 4, 1)
    path.write_bytes(riff_of(chunk(b"LIST", b"odd") + chunk(b"fmt ", form) + chunk(b"data", b"\x05\x00")))
    assert wav.read_format(path) == wav.WavFormat("pcm16", 1, 16000)
    assert wav.read(path).samples.tolist() == [5]


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_file_from_a_pipe_is_read_to_its_end(path: Path, size: int) -> None:
    path.write_bytes(riff(1, 16, RAMP.to_bytes(), size=size))
    assert len(wav.read(path).samples) == 800


def test_a_file_without_samples_is_empty_sound(path: Path) -> None:
    path.write_bytes(riff(1, 16, b""))
    assert wav.read(path).duration_ms == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not a WAV file"),
        (b"ID3\x04 this is an mp3 file", "is not a WAV file"),
        (riff(1, 24, bytes(6)), "is 24-bit PCM; save it as 16-bit PCM"),
        (riff(3, 32, bytes(8)), "is 32-bit floating point; save it"),
        (riff(0x55, 0, bytes(8)), "is 0-bit MP3; save it"),
        (riff(1, 16, bytes(2), channels=0), "says it has 0 channels"),
        (riff(1, 16, bytes(2), rate=4_000_000_000 // 4), "channels at 1000000000 samples"),
        (riff(1, 16, bytes(10), size=100), "is cut short: 10 of 100 bytes"),
        (riff_of(chunk(b"data", bytes(4))), "has its samples before its format"),
        (riff_of(chunk(b"fmt ", bytes(4))), "its fmt chunk is too short"),
        (riff(1, 16, b"")[:-8], "has no sound in it"),
        (riff_of(b""), "has no format"),
    ],
)
def test_bad_files_say_which_and_why(path: Path, content: bytes, reason: str) -> None:
    path.write_bytes(content)
    with pytest.raises(wav.BadAudio, match=reason) as caught:
        wav.read(path)
    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path}: ")


def test_a_missing_file_is_bad_audio(path: Path) -> None:
    with pytest.raises(wav.BadAudio, match="No such file"):
        wav.read(path)


def test_every_cut_of_a_file_is_read_or_refused_but_never_breaks(path: Path) -> None:
    whole = riff(1, 16, bytes(range(64)))
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(wav.BadAudio):
            wav.read(path)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wav.write(path, RAMP)

    def disk_full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audio.files.os.fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        wav.write(path, Pcm.silence(10, 8000))
    assert (wav.read(path).samples == RAMP.samples).all()
    assert [file.name for file in path.parent.iterdir()] == ["sound.wav"]
