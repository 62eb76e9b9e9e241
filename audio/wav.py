"""WAV files: reading what people record, writing what the telephone plays.

The format is RIFF (Microsoft and IBM, Multimedia Programming Interface 1.0, 1991) with the G.711 tags of RFC 2361.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from audio import g711
from audio.files import write_atomically
from audio.pcm import Pcm, Samples

#: Rates outside these are taken for a broken file.
LOWEST_RATE, HIGHEST_RATE = 4000, 192000

_PCM, _ALAW, _ULAW, _EXTENSIBLE = 1, 6, 7, 0xFFFE
_NAMES = {2: "ADPCM", 3: "floating point", 0x11: "IMA ADPCM", 0x31: "GSM 6.10", 0x55: "MP3"}
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


class BadAudio(Exception):  # noqa: N818 - its name says what is wrong better than an Error would
    """A file that cannot be used as sound.

    Attributes:
        path: the file.
        reason: why, in words for the person who put it there.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class WavFormat:
    """How the samples of a WAV file are stored.

    Attributes:
        encoding: `pcm16`, `pcm8`, `alaw` or `ulaw`.
        channels: 1 or more.
        rate: samples per second and channel.
    """

    encoding: str
    channels: int
    rate: int


#: What a line plays.
FOR_TELEPHONE = WavFormat("pcm16", 1, 8000)


def read(path: Path) -> Pcm:
    """The sound of a WAV file; several channels are averaged into one.

    Takes 16-bit and 8-bit PCM, A-law and mu-law. Raises BadAudio for anything else, also for a missing file.
    """
    channels = read_channels(path)
    if len(channels) == 1:
        return channels[0]
    mixed = np.mean([channel.samples for channel in channels], axis=0)
    return Pcm(np.rint(mixed).astype(np.int16), channels[0].rate)


def read_channels(path: Path) -> list[Pcm]:
    """The channels of a WAV file, left first. Formats and errors as for `read`."""
    wav_format, data = _parse(path, _content(path))
    frames = _decode(wav_format.encoding, data)
    whole = len(frames) - len(frames) % wav_format.channels
    columns = frames[:whole].reshape(-1, wav_format.channels)
    return [Pcm(np.ascontiguousarray(column), wav_format.rate) for column in columns.T]


def read_format(path: Path) -> WavFormat:
    """How a WAV file is stored. Raises BadAudio as `read` does."""
    return _parse(path, _content(path))[0]


def is_for_telephone(path: Path) -> bool:
    """True if the file can be played to a line as it is. Raises BadAudio as `read` does."""
    return read_format(path) == FOR_TELEPHONE


def write(path: Path, pcm: Pcm) -> None:
    """Write a 16-bit mono WAV file, whole or not at all. The folder must exist. Raises OSError."""
    write_atomically(path, _file_of([pcm]))


def write_stereo(path: Path, left: Pcm, right: Pcm) -> None:
    """Write a 16-bit stereo WAV file, whole or not at all; the shorter side is filled with silence.

    The folder must exist. Raises OSError, and ValueError when the rates differ.
    """
    write_atomically(path, _file_of([left, right]))


def _file_of(channels: list[Pcm]) -> bytes:
    rates = {channel.rate for channel in channels}
    if len(rates) != 1:
        raise ValueError(f"channels of one file must have one rate, not {sorted(rates)}")
    rate, count = rates.pop(), len(channels)
    frames = np.zeros((max(len(channel.samples) for channel in channels), count), dtype="<i2")
    for number, channel in enumerate(channels):
        frames[: len(channel.samples), number] = channel.samples
    data = frames.tobytes()
    return (
        _HEADER.pack(
            *(b"RIFF", _HEADER.size - 8 + len(data), b"WAVE"),
            *(b"fmt ", 16, _PCM, count, rate, rate * count * 2, count * 2, 16),
            *(b"data", len(data)),
        )
        + data
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadAudio(path, error.strerror or str(error)) from error


def _parse(path: Path, content: bytes) -> tuple[WavFormat, bytes]:
    """The format and the bytes of the samples."""
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise BadAudio(path, "is not a WAV file (no RIFF/WAVE at its start)")
    wav_format: WavFormat | None = None
    position = 12
    while position + 8 <= len(content):
        name, size = content[position : position + 4], int.from_bytes(content[position + 4 : position + 8], "little")
        body = content[position + 8 : position + 8 + size]
        if name == b"fmt ":
            wav_format = _parse_format(path, body)
        elif name == b"data":
            if wav_format is None:
                raise BadAudio(path, "has its samples before its format")
            # Programs that write to a pipe cannot know the length and put 0 or a number near 2^31 or 2^32.
            if size == 0 or size >= 0x7FFFF000:
                body = content[position + 8 :]
            elif len(body) < size:
                raise BadAudio(path, f"is cut short: {len(body)} of {size} bytes of sound are there")
            return wav_format, body
        position += 8 + size + size % 2
    raise BadAudio(path, "has no sound in it (no data chunk)" if wav_format else "has no format (no fmt chunk)")


def _parse_format(path: Path, body: bytes) -> WavFormat:
    if len(body) < 16:
        raise BadAudio(path, "has a broken format (its fmt chunk is too short)")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == _EXTENSIBLE and len(body) >= 26:
        tag = int.from_bytes(body[24:26], "little")
    encoding = {(_PCM, 16): "pcm16", (_PCM, 8): "pcm8", (_ALAW, 8): "alaw", (_ULAW, 8): "ulaw"}.get((tag, bits))
    if encoding is None:
        name = "PCM" if tag == _PCM else _NAMES.get(tag, f"format {tag}")
        raise BadAudio(path, f"is {bits}-bit {name}; save it as 16-bit PCM (8-bit PCM, A-law and mu-law are read too)")
    if channels == 0 or not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise BadAudio(path, f"says it has {channels} channels at {rate} samples per second")
    return WavFormat(encoding, channels, rate)


def _decode(encoding: str, data: bytes) -> Samples:
    octets: npt.NDArray[np.uint8] = np.frombuffer(data, dtype=np.uint8)
    if encoding == "alaw":
        return g711.decode_alaw(octets)
    if encoding == "ulaw":
        return g711.decode_ulaw(octets)
    if encoding == "pcm8":
        return ((octets.astype(np.int16) - 128) << 8).astype(np.int16)
    return np.frombuffer(data[: len(data) - len(data) % 2], dtype="<i2").astype(np.int16)
