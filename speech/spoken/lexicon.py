"""Readings of words that voices get wrong, by language: written as → said as.

A reading is a respelling in the script of the language (六安 as 陆安), not phonemes: it holds for every voice, and an
author can write one without knowing phonetics.
"""

from __future__ import annotations

from importlib import resources


def shipped_lexicon(language: str) -> dict[str, str]:
    """The readings that come with the programme; empty for a language without any."""
    file = resources.files("speech.spoken").joinpath(language, "lexicon.tsv")
    return parse_lexicon(file.read_text(encoding="utf-8")) if file.is_file() else {}


def parse_lexicon(text: str) -> dict[str, str]:
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
