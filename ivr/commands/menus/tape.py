"""A virtual call as sound: every prompt and key at its moment, in one recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from twisted.internet.defer import succeed

from audio import tones, wav
from audio.pcm import Pcm
from ivr.call.ports import Clip
from ivr.rehearsal.sound import VirtualVoice
from ivr.rehearsal.timeline import Moment
from ivr.voice.clauses import Silence, Spoken
from speech.spoken import Speaker

RATE = 8000
_KEY_MS = 120
_KEY_LEVEL_DBM0 = -18.0
#: Between two keys that are pressed one after the other, as `VirtualCall.press` has it.
_BETWEEN_KEYS_MS = 300

#: Text, language and pace to the file that a line would play.
FileOf = Callable[[str, str, str, str], Path]


class AudibleVoice(VirtualVoice):
    """The voice of a virtual call with true sound.

    Args:
        folder: for pauses.
        file_of: makes the sound of a text.
    """

    def __init__(self, folder: Path, speaker: Speaker, file_of: FileOf) -> None:
        super().__init__(folder, speaker)
        self._file_of = file_of
        self.files: dict[str, Path] = {}

    def _clip(self, unit: Spoken | Silence, language: str, pace: str, voice: str) -> Clip:
        if isinstance(unit, Silence):
            return super()._clip(unit, language, pace, voice)
        file = self._file_of(unit.text, language, pace, voice)
        self._texts[file] = unit.text
        self.files[unit.text] = file
        return Clip(succeed(file), unit.shown)


def recorded(moments: Sequence[Moment], files: dict[str, Path], end_ms: int) -> Pcm:
    """Return what was to be heard on the line: 8 kHz, mono. A prompt that was cut ends where it was cut.

    Raises:
        audio.wav.BadAudio: a file cannot be read.
    """
    canvas = np.zeros(end_ms * RATE // 1000 + RATE, dtype=np.int32)
    for index, moment in enumerate(moments):
        if moment.what == "heard":
            until = next(
                (later.ms for later in moments[index + 1 :] if later.what in ("cut", "heard", "ended")), end_ms
            )
            sound = wav.read(files[str(moment.facts["text"])])
            _lay(canvas, sound.cut(0, max(0, until - moment.ms)), moment.ms)
        elif moment.what == "pressed":
            for number, key in enumerate(str(moment.facts["keys"])):
                _lay(canvas, tones.key(key, _KEY_MS, level_dbm0=_KEY_LEVEL_DBM0), moment.ms + number * _BETWEEN_KEYS_MS)
    return Pcm(np.clip(canvas, -32768, 32767).astype(np.int16), RATE)


def _lay(canvas: np.ndarray[tuple[int], np.dtype[np.int32]], sound: Pcm, at_ms: int) -> None:
    start = at_ms * RATE // 1000
    room = canvas[start : start + len(sound.samples)]
    room += sound.samples[: len(room)]
