"""About how long a text takes to say: before it is rendered, and without a voice.

Time grows with syllables, with the marks inside of sentences, and with each sentence. The factors were fitted (least
squares) to the shipped prompts as the default voice renders them; docs/measurements.md says how well they fit.
A value that is known only in a call counts as a usual one of its kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from menus.parts import Pause, Slot, Template, Words

Pace = Literal["normal", "slow"]


@dataclass(frozen=True)
class Tempo:
    """How a voice speaks a language.

    Attributes:
        syllable: seconds for each syllable.
        mark: seconds for each mark inside of a sentence.
        sentence: seconds for each sentence: its slower end and the silence behind it.
    """

    syllable: float
    mark: float
    sentence: float


_TEMPI: dict[tuple[str, Pace], Tempo] = {
    ("zh", "normal"): Tempo(0.215, 0.19, 0.68),
    ("zh", "slow"): Tempo(0.214, 0.41, 1.20),
    ("en", "normal"): Tempo(0.173, 0.19, 0.66),
    ("en", "slow"): Tempo(0.144, 0.60, 1.21),
}
#: Syllables of a usual value.
_SYLLABLES_OF_VALUE = {
    "text": 8,
    "digits": 8,
    "number": 3,
    "ordinal": 3,
    "date": 7,
    "moment": 7,
    "time": 6,
    "duration": 6,
    "money": 6,
    "phone": 11,
    "id": 18,
    "name": 4,
    "list": 16,
}
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_VOWELS = re.compile(r"[aeiouy]+", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z']+")
_SILENT_E = re.compile(r"[^aeiouyl]e\b", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]")
_MARK_INSIDE = re.compile(r"[，：、,:;](?=\s*\S)")
_END = re.compile(r"[。！？；]|[.!?](?=\s|$)")


def seconds(template: Template, language: str, pace: Pace = "normal") -> float:
    """Return about how many seconds it takes to say a text. Languages that were not measured count as Mandarin."""
    tempo = _TEMPI.get((language.partition("-")[0], pace), _TEMPI["zh", pace])
    total, is_open = 0.0, False
    for piece in template:
        if isinstance(piece, Pause):
            total += piece.ms / 1000 + tempo.sentence * is_open
            is_open = False
        elif isinstance(piece, Slot):
            total += tempo.syllable * _SYLLABLES_OF_VALUE.get(piece.say_as, 8)
            is_open = True
        elif isinstance(piece, Words) and piece.text.strip():
            spoken, marks, ends = _counts(piece.text)
            total += tempo.syllable * spoken + tempo.mark * marks + tempo.sentence * ends
            is_open = not _END.search(piece.text.strip()[-1])
    return total + tempo.sentence * is_open


def features(text: str) -> tuple[int, int, int]:
    """Return syllables, marks inside of sentences, and sentences of a text without values."""
    spoken, marks, ends = _counts(text)
    return spoken, marks, ends + (not _END.search(text.strip()[-1:]))


def _counts(text: str) -> tuple[int, int, int]:
    return syllables(text), len(_MARK_INSIDE.findall(text.strip())), len(_END.findall(text.strip()))


def syllables(text: str) -> int:
    """Return about how many syllables a text has."""
    words = sum(max(1, len(_VOWELS.findall(_SILENT_E.sub("", word)))) for word in _WORD.findall(text))
    return len(_HAN.findall(text)) + len(_DIGITS.findall(text)) + words
