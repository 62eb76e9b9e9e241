"""Recordings come back from the studio: looked at, made fit for the telephone, and put where calls find them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from audio import level, wav
from audio.files import write_atomically
from audio.pcm import FULL_SCALE, Pcm
from audio.recordings import INDEX, normalise, recordings_in
from audio.telephone import for_telephone, loudness, trim_silence
from ivr.voice.script import Line

#: A recording of less is not worth the name; telephones carry up to 3400 Hz.
_LEAST_RATE = 8000
#: Softer than this, the noise of the room comes up with the voice.
_LEAST_LUFS = -45.0
#: Samples at full scale that follow one another; more than this many per recording is clipping.
_MOST_CLIPPED = 8
#: Silence before and behind the words; what is longer is cut, what is much longer is told.
_KEPT_SILENCE_MS = 60.0
_LONGEST_SILENCE_MS = 1500.0
#: A recording takes about as long as is estimated; outside of this something else was read.
_SHORTEST, _LONGEST = 0.45, 2.2
_NAME = re.compile(r"([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)-[0-9a-f]{10}\.wav", re.IGNORECASE)


@dataclass(frozen=True)
class Returned:
    """What became of a file.

    Attributes:
        refused: why it was not taken; empty if it was.
        remarks: what is odd about a file that was taken.
    """

    file: str
    text: str
    refused: str = ""
    remarks: tuple[str, ...] = ()


def bring_back(folder: Path, scripts: Mapping[str, list[Line]], recordings: Path) -> list[Returned]:
    """Take the WAV files of a folder that are in a script. One that is refused leaves the recording that was there.

    Args:
        scripts: language to its script.
        recordings: the folder with one folder for each language.

    Raises:
        OSError: the folder cannot be read, or the recordings cannot be written.
    """
    lines = {line.file.lower(): (language, line) for language, script in scripts.items() for line in script}
    done = []
    for file in sorted(path for path in folder.iterdir() if path.suffix.lower() == ".wav"):
        language, line = lines.get(file.name.lower(), ("", None))
        if line is None:
            done.append(Returned(file.name, "", _why_unknown(file.name)))
            continue
        result, sound = _looked_at(file, line)
        if sound is not None:
            _put(recordings / language, line, sound)
        done.append(result)
    return done


def _why_unknown(name: str) -> str:
    if _NAME.fullmatch(name):
        return "文字已经改了，这个录音对不上 / its text has changed since: print the script again (ivr menus script)"
    return "文件名不在录音稿里 / the name is in no script (ivr menus script)"


def _looked_at(file: Path, line: Line) -> tuple[Returned, Pcm | None]:
    try:
        channels = wav.read_channels(file)
        sound = wav.read(file)
    except wav.BadAudio as error:
        return Returned(file.name, line.text, error.reason), None
    words = trim_silence(sound, keep_ms=_KEPT_SILENCE_MS)
    refused = _refusal(channels, words, line)
    if refused:
        return Returned(file.name, line.text, refused), None
    return Returned(file.name, line.text, remarks=tuple(_remarks(sound, words))), for_telephone(words)


def _refusal(channels: list[Pcm], words: Pcm, line: Line) -> str:
    if channels[0].rate < _LEAST_RATE:
        return f"采样率只有 {channels[0].rate} Hz，至少 8000 / {channels[0].rate} Hz is too low, 8000 at least"
    if words.duration_ms == 0:
        return "没有声音 / there is no sound in it"
    if any(_clipped(channel) > _MOST_CLIPPED for channel in channels):
        return "声音破了（太大），请把音量调小重录 / it is clipped: record it again at a lower level"
    if loudness(words) < _LEAST_LUFS:
        return f"声音太小（{loudness(words):.0f} LUFS）/ too quiet ({loudness(words):.0f} LUFS)"
    ratio = words.duration_ms / 1000 / max(0.4, line.seconds)
    if not _SHORTEST < ratio < _LONGEST:
        took = words.duration_ms / 1000
        return (
            f"有 {took:.1f} 秒，这句话大约 {line.seconds:g} 秒：是不是录错了 "
            f"/ {took:.1f} s long, but this text takes about {line.seconds:g} s: is it another one?"
        )
    return ""


def _remarks(sound: Pcm, words: Pcm) -> list[str]:
    remarks = []
    if sound.duration_ms - words.duration_ms > _LONGEST_SILENCE_MS:
        cut = (sound.duration_ms - words.duration_ms) / 1000
        remarks.append(f"剪掉了 {cut:.1f} 秒空白 / {cut:.1f} s of silence was cut")
    noise = level.rms_dbfs(sound.cut(0, min(200.0, sound.duration_ms)))
    if noise > level.DEFAULT_THRESHOLD_DBFS and level.rms_dbfs(words) - noise < 20:
        remarks.append("背景有噪声 / there is noise behind the voice")
    return remarks


def _clipped(pcm: Pcm) -> int:
    """How many samples stand at full scale directly behind another such."""
    full = abs(pcm.samples.astype("int32")) >= FULL_SCALE - 1
    return int((full[1:] & full[:-1]).sum())


def _put(folder: Path, line: Line, sound: Pcm) -> None:
    """The sound first, then the index that names it: a call never looks for a file that is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    wav.write(folder / line.file, sound)
    rows = {
        recording.file: recording.text
        for recording in recordings_in(folder.parent)
        if recording.language == folder.name and normalise(recording.text) != normalise(line.text)
    }
    rows[line.file] = line.text
    table = "".join(f"{file}\t{text}\n" for file, text in rows.items())
    write_atomically(folder / INDEX, f"file\ttext\n{table}".encode())
