"""Rows of figures, such as case and telephone numbers, joined from recordings of single figures.

Speech models run figures together: an independent recogniser read back two of five whole numbers (docs/speech.md). So a
row is put together from one clip of each figure, as announcements at stations are. The clips were made by the voice
itself, chosen among several renderings by how surely the recogniser tells them apart (`python -m
benchmarks.figure_clips`). They need no computing either: a number is there at once, for whoever calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources

from audio import wav
from audio.pcm import Pcm
from audio.telephone import RATE, for_telephone, trim_silence
from speech.voices.base import Synthesiser

#: Where the clips are; what a row is written with (`speech.spoken.zh.letters`), and the file of each.
FOLDER = "figure_clips"
FILES: Mapping[str, str] = {
    char: f"{name}.wav" for name, char in zip("0123456789x", "零幺二三四五六七八九叉", strict=True)
}
#: The voice that has clips, and the language.
VOICE, LANGUAGE = "zm_yunjian", "zh"
#: To be raised when clips or joints change, so that what was kept is made anew.
VERSION = 2

_FIGURES = "".join(FILES)
#: Three figures and more, groups of them apart by commas; no decimals and no years, which belong to the words around.
_ROW = re.compile(rf"(?<![一{_FIGURES}点十百千万亿])(?P<row>[{_FIGURES}](?:，?[{_FIGURES}]){{2,}})(?![一-鿿])")
_ALONE = re.compile(rf"(?P<row>[{_FIGURES}]{{2,}})[，。]?")
_BETWEEN_FIGURES_MS, _BETWEEN_GROUPS_MS, _AROUND_MS = 30.0, 350.0, 120.0
_SAID = re.compile(r"\w")


def has_row(text: str) -> bool:
    """Whether there is a row of figures in a text."""
    return any(True for _ in _rows(text))


def _rows(text: str) -> Iterator[re.Match[str]]:
    # The last group of a number may be two figures, and is said by itself.
    alone = _ALONE.fullmatch(text)
    return iter([alone]) if alone else _ROW.finditer(text)


class FigureVoice:
    """See `Synthesiser`. Says rows of figures from clips, and leaves everything else to another voice.

    Args:
        inner: the voice that the clips are of.
    """

    def __init__(self, inner: Synthesiser) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def version(self) -> str:
        return self._inner.version

    @property
    def voices(self) -> Mapping[str, str]:
        return self._inner.voices

    def synthesise(self, text: str, language: str, voice: str, speed: float) -> Pcm:
        """See `Synthesiser`. With a row in it, the sound is at 8 kHz and as loud as the telephone wants it."""
        if language != LANGUAGE or voice not in ("", VOICE) or not has_row(text):
            return self._inner.synthesise(text, language, voice, speed)
        sounds: list[Pcm] = []
        end = 0
        for row in _rows(text):
            sounds += self._words(text[end : row.start("row")], voice, speed)
            sounds.append(_joined(row["row"]))
            end = row.end("row")
        sounds += self._words(text[end:], voice, speed)
        apart = Pcm.silence(_AROUND_MS, RATE)
        return Pcm.concat([piece for sound in sounds for piece in (sound, apart)][:-1])

    def _words(self, text: str, voice: str, speed: float) -> list[Pcm]:
        """The words around a row, as loud as it; nothing where there are none."""
        if not _SAID.search(text):
            return []
        return [for_telephone(trim_silence(self._inner.synthesise(text, LANGUAGE, voice, speed)))]


def _joined(row: str) -> Pcm:
    between = Pcm.silence(_BETWEEN_FIGURES_MS, RATE)
    pieces: list[Pcm] = []
    for group in row.split("，"):
        if pieces:
            pieces.append(Pcm.silence(_BETWEEN_GROUPS_MS, RATE))
        pieces += [piece for figure in group for piece in (_clip(figure), between)][:-1]
    return Pcm.concat(pieces)


@lru_cache(maxsize=len(FILES))
def _clip(figure: str) -> Pcm:
    with resources.as_file(resources.files("speech.voices").joinpath(FOLDER, FILES[figure])) as path:
        return wav.read(path)
