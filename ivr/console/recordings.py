"""Recordings of calls, and what they look like: WAV files named by the call, mono or with the caller on the left.

They lie on the disk sealed, or plain as older ones do.
"""

from __future__ import annotations

import re
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivr.console.services import SoundKeeper

_CALL_ID = re.compile(r"^[0-9A-Za-z-]{1,100}$")
_NAME = re.compile(r"^[0-9A-Za-z][0-9A-Za-z_-]{0,100}\.wav$")
#: How many columns a drawn wave has.
COLUMNS = 600


@dataclass(frozen=True)
class Recording:
    """One recording of a call.

    Attributes:
        name: of its file.
        seconds: how long it is.
        peaks: for each channel the greatest amplitude in each of `COLUMNS` columns, 0 to 1.
    """

    name: str
    seconds: float
    peaks: tuple[tuple[float, ...], ...]


def find_recordings(folder: Path, call_id: str, sounds: SoundKeeper) -> list[Recording]:
    """The recordings of a call, by name. One that cannot be read is left out, because the rest of the call counts.

    They lie in `<folder>/<call id>/` or beside each other as `<call id>*.wav`.
    """
    if not _CALL_ID.match(call_id):
        return []
    files = [*(folder / call_id).glob("*.wav"), *folder.glob(f"{call_id}*.wav")]
    found = (_read(file, sounds) for file in sorted(files) if _NAME.match(file.name))
    return [recording for recording in found if recording is not None]


def recording_file(folder: Path, call_id: str, name: str) -> Path | None:
    """The file of a recording; None if there is none, or if a name leads anywhere else."""
    if not _CALL_ID.match(call_id) or not _NAME.match(name):
        return None
    for file in (folder / call_id / name, folder / name):
        inside = file.resolve().is_relative_to(folder.resolve())
        of_call = file.parent.name == call_id or name.startswith(call_id)
        if inside and of_call and file.is_file():
            return file
    return None


def _read(file: Path, sounds: SoundKeeper) -> Recording | None:
    try:
        with sounds.open(file) as opened, wave.open(opened) as sound:
            channels, rate, frames = sound.getnchannels(), sound.getframerate(), sound.getnframes()
            if sound.getsampwidth() != 2 or channels not in (1, 2) or not rate:
                return None
            samples = np.frombuffer(sound.readframes(frames), dtype="<i2").reshape(-1, channels)
    except (OSError, EOFError, wave.Error, ValueError):
        return None
    return Recording(file.name, len(samples) / rate, tuple(_peaks(samples[:, channel]) for channel in range(channels)))


def _peaks(samples: np.ndarray) -> tuple[float, ...]:
    """The greatest amplitude of each column."""
    if not len(samples):
        return (0.0,) * COLUMNS
    edges = np.linspace(0, len(samples), COLUMNS, endpoint=False, dtype=np.int64)
    loudest = np.maximum.reduceat(np.abs(samples.astype(np.int32)), edges)
    return tuple(round(float(value) / 32768, 3) for value in loudest)
