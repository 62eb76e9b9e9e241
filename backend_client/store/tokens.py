"""Chinese text as terms of a search: pairs of characters, and pairs of syllables as an accent may blur them.

Pairs of characters need no dictionary, and find 高龄补贴 in 高龄补贴怎么领 as well as a word list does. Syllables find
what a recogniser heard as other characters of the same sound (高林 for 高龄).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise

_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]{2,}|[0-9]+")
#: What accents and recognisers mix up, written as one: n and l, f and h, retroflex and flat, -ng and -n, r and l.
_MERGED = (
    (re.compile("^(zh|ch|sh)"), lambda match: match[0][0]),
    (re.compile("^[nr]"), lambda match: "l"),
    (re.compile("^hu(?=.)"), lambda match: "f"),
    (re.compile("^hu$"), lambda match: "fu"),
    (re.compile("ng$"), lambda match: "n"),
)


def character_terms(text: str) -> list[str]:
    """Return pairs of neighbouring characters, and words of Latin letters or digits."""
    terms = [run[place : place + 2] for run in _CHINESE.findall(text) for place in range(len(run) - 1)]
    return terms + _LATIN.findall(text.lower())


def single_characters(text: str) -> list[str]:
    return [character for run in _CHINESE.findall(text) for character in run]


def sound_terms(text: str) -> list[str]:
    """Return pairs of neighbouring syllables, without tones, blurred."""
    return [pair for run in _CHINESE.findall(text) for pair in _pairs(run)]


def load_sounds() -> None:
    """Load the dictionary of syllables, which takes half a second and 40 MB, before it is first needed."""
    import_module("pypinyin")


def _pairs(run: str) -> Iterator[str]:
    # Not at the top: most who read the store never search it by sound.
    from pypinyin import Style, lazy_pinyin

    syllables = [_blurred(syllable) for syllable in lazy_pinyin(run, style=Style.NORMAL)]
    for first, second in pairwise(syllables):
        yield f"{first}1{second}"


def _blurred(syllable: str) -> str:
    for pattern, merged in _MERGED:
        syllable = pattern.sub(merged, syllable)
    return syllable
