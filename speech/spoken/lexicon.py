"""Readings of words that voices get wrong, by language: written as → said as.

A reading is a respelling in the script of the language (还款 as 环款), not phonemes: an author can write one without
knowing phonetics, and every voice can use it. Respelling is the last step before a voice, behind everything that
people see: logs, recordings and the keys of rendered prompts have the right spelling.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from importlib import resources

#: Languages that ship a lexicon.
_SHIPPED = ("zh", "en")


class Lexicon:
    """Readings of all languages: the shipped ones and an author's own, which win.

    Args:
        own: readings by language, `{"zh": {"六安": "陆安"}}`.

    Attributes:
        digest: changes with every reading; part of the version of a voice that uses the lexicon, so that what was
            rendered before a change is rendered anew.
    """

    def __init__(self, own: Mapping[str, Mapping[str, str]] | None = None) -> None:
        own = own or {}
        self._readings = {
            language: shipped_readings(language) | dict(own.get(language, {})) for language in {*_SHIPPED, *own}
        }
        self._patterns = {language: _pattern(readings) for language, readings in self._readings.items()}
        content = sorted((language, *entry) for language, of in self._readings.items() for entry in of.items())
        self.digest = hashlib.sha256(repr(content).encode()).hexdigest()[:12]

    def respelled(self, text: str, language: str) -> str:
        """Words as a voice should be given them. Text in a language without readings stays as it is."""
        language = language.lower().partition("-")[0]
        pattern = self._patterns.get(language)
        return pattern.sub(lambda match: self._readings[language][match[0]], text) if pattern else text


def shipped_readings(language: str) -> dict[str, str]:
    """The readings that come with the programme; empty for a language without any."""
    file = resources.files("speech.spoken").joinpath(language, "lexicon.tsv")
    return parse_readings(file.read_text(encoding="utf-8")) if file.is_file() else {}


def parse_readings(text: str) -> dict[str, str]:
    """Readings of a text with one `written<TAB>said` per line; lines that begin with # are remarks.

    Raises ValueError naming the line that is neither.
    """
    readings: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        written, _, said = (part.strip() for part in line.partition("\t"))
        if not (written and said):
            raise ValueError(f"line {number}: expected a word, a tab and its reading, found {line!r}")
        readings[written] = said
    return readings


def _pattern(readings: Mapping[str, str]) -> re.Pattern[str] | None:
    """Longer words first; Latin words only whole."""
    words = sorted(readings, key=len, reverse=True)
    bounded = (rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in words)
    return re.compile("|".join(bounded)) if words else None
