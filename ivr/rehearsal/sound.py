"""The voice of virtual calls: silent files that take as long as the words would."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from twisted.internet.defer import succeed

from ivr.call.ports import Clip
from ivr.voice.clauses import Silence, Spoken, units_of_parts
from menus.parts import Part
from speech.spoken import Speaker

#: Milliseconds for each letter or character, and for each utterance besides: fitted to what Kokoro renders.
_PACES: dict[tuple[str, str], tuple[int, int]] = {
    ("zh", "normal"): (235, 640),
    ("zh", "slow"): (320, 780),
    ("en", "normal"): (67, 480),
    ("en", "slow"): (80, 830),
}
_SOUND = re.compile(r"\w")
#: 8 kHz, 16 bit, mono (RIFF header of 44 bytes): what a line plays.
_HEADER_BYTES = 44
_BYTES_PER_MS = 16


class Rendered(Protocol):
    """Where true recordings and renderings may be; `ivr.voice.prompts.Shelf` is one."""

    def find(self, text: str, language: str, pace: str, voice: str = "") -> Path | None: ...


def estimated_ms(text: str, language: str, pace: str) -> int:
    """How long a voice takes to say a text, in milliseconds."""
    family = "en" if language.startswith("en") else "zh"
    per_character, at_all = _PACES[family, pace]
    return at_all + per_character * len(_SOUND.findall(text))


def silent(file: Path, ms: int) -> Path:
    """Make a file that plays for so long; a sparse one, which takes no room on the disk."""
    with file.open("wb") as out:
        out.truncate(_HEADER_BYTES + _BYTES_PER_MS * ms)
    return file


class VirtualVoice:
    """Implements `ivr.call.ports.Voice`. Every clip is ready at once.

    Args:
        folder: for files without content, whose length says how long they play.
        rendered: gives the true length of what is rendered already; everything is estimated without one.
    """

    def __init__(self, folder: Path, speaker: Speaker, rendered: Rendered | None = None) -> None:
        self.folder = folder
        self._speaker = speaker
        self._rendered = rendered
        self._texts: dict[Path, str] = {}
        self._silent: dict[tuple[str, int], Path] = {}

    def clips(self, parts: Sequence[Part], language: str, pace: str, voice: str = "") -> list[Clip]:
        """See `ivr.call.ports.Voice`."""
        return [self._clip(unit, language, pace, voice) for unit in units_of_parts(parts, self._speaker, language)]

    def text_of(self, file: Path) -> str:
        """The words in a file; empty for a pause."""
        return self._texts.get(file, "")

    def _clip(self, unit: Spoken | Silence, language: str, pace: str, voice: str) -> Clip:
        if isinstance(unit, Silence):
            return Clip(succeed(self._file("", unit.ms)), "")
        file = None
        if self._rendered is not None and not unit.sensitive:
            file = self._rendered.find(unit.text, language, pace, voice)
        if file is None:
            file = self._file(unit.text, estimated_ms(unit.text, language, pace))
        self._texts[file] = unit.text
        return Clip(succeed(file), unit.shown)

    def _file(self, text: str, ms: int) -> Path:
        file = self._silent.get((text, ms))
        if file is None:
            file = silent(self.folder / f"{len(self._silent)}.wav", ms)
            self._silent[text, ms] = file
        return file
