"""How alike two texts sound: Mandarin as pinyin with the mergers of accents, other languages as letters.

A syllable is an initial and a final. Sounds that many callers do not tell apart cost little; sounds that a recogniser
mixes up over the telephone cost less than others.
"""

from __future__ import annotations

import re
from functools import lru_cache

Syllable = tuple[str, str]

#: Cost of a merger of an accent, of sounds alike over the telephone, and of any other initial or final.
MERGED, ALIKE, OTHER_INITIAL, OTHER_FINAL = 0.08, 0.3, 0.5, 0.6
#: Cost of a syllable too many within the phrase, and of one before or behind it, by the length of the phrase: a short
#: one is found by chance within much that is said.
ADDED, AROUND, MOST_AROUND = 0.7, 0.023, 0.35
_AROUND_SHORT = {1: 0.25, 2: 0.1}

#: Likeness from which on a text is the phrase itself.
WHOLE = 0.95

_INITIAL = re.compile(r"zh|ch|sh|[bpmfdtnlgkhjqxrzcs]")
_MERGED_INITIALS = frozenset(map(frozenset, ("nl", "fh", "rl", ("zh", "z"), ("ch", "c"), ("sh", "s"))))
_ALIKE_INITIALS = frozenset(
    frozenset(pair)
    for group in (
        ("b", "p", "m"),
        ("d", "t", "g", "k", "b", "p"),
        ("j", "q", "x"),
        ("z", "c", "s", "zh", "ch", "sh", "j", "q", "x"),
        ("f", "h", "s"),
        ("m", "n", "l", ""),
        ("r", "", "zh"),
    )
    for pair in ((one, other) for one in group for other in group if one != other)
)
_ALIKE_FINALS = frozenset(
    frozenset(pair)
    for group in (
        ("i", "v", "ei"),
        ("e", "o", "uo", "u"),
        ("ai", "ei", "a"),
        ("ao", "ou", "o", "uo"),
        ("ian", "in", "iang", "ing", "van"),
        ("an", "en", "uan", "un", "ang", "eng", "uang"),
        ("ong", "eng", "ang", "un", "iong", "uang"),
        ("ia", "a", "ua"),
        ("ie", "ve", "i"),
        ("ui", "ei", "uai", "uo"),
        ("iu", "ou", "iao", "u"),
    )
    for pair in ((one, other) for one in group for other in group if one != other)
)
_HAN = re.compile(r"[㐀-鿿]+")
#: Figures are compared as they are said one by one.
_FIGURES = str.maketrans("0123456789幺", "零一二三四五六七八九一")
_WORDS = re.compile(r"[^\W_]+")


@lru_cache(maxsize=8192)
def sounds(text: str, language: str) -> tuple[Syllable, ...]:
    """The text as what is compared: syllables for Mandarin, one letter each for other languages."""
    if language.startswith("zh"):
        from pypinyin import Style, lazy_pinyin  # its dictionary takes half a second to load

        text = text.translate(_FIGURES)
        syllables = (
            syllable for run in _HAN.findall(text) for syllable in lazy_pinyin(run, style=Style.NORMAL, v_to_u=False)
        )
        return tuple(_split(syllable) for syllable in syllables)
    return tuple((letter, "") for letter in "".join(_WORDS.findall(text.lower())))


def likeness(phrase: str, heard: str, language: str) -> float:
    """How much of a phrase was heard, 1.0 for all of it. Words around it, as in 我想查进度, cost little."""
    said, got = sounds(phrase, language), sounds(heard, language)
    if not said or not got:
        return 0.0
    return max(0.0, 1.0 - _distance(said, got) / len(said))


def place_of(phrase: str, heard: str) -> tuple[str, str]:
    """Mandarin: what stands before and behind the place in a text that sounds most like the phrase."""
    said, places = sounds(phrase, "zh"), [place for place, char in enumerate(heard) if _HAN.match(char)]
    got = [sounds(heard[place], "zh")[0] for place in places]
    windows = [
        (_distance(said, tuple(got[start:end])), start, end)
        for start in range(len(got))
        for end in range(start + 1, min(len(got), start + len(said) + 1) + 1)
    ]
    if not windows:
        return "", ""
    _, start, end = min(windows)
    return heard[: places[start]], heard[places[end - 1] + 1 :]


def merged(one: Syllable, other: Syllable) -> bool:
    """Whether two syllables are the same to an ear that knows the accents."""
    return one == other or _syllable_cost(one, other) <= 2 * MERGED


@lru_cache(maxsize=16384)
def _distance(said: tuple[Syllable, ...], got: tuple[Syllable, ...]) -> float:
    around = _AROUND_SHORT.get(len(said), AROUND * len(said))
    row = [min(place * around, MOST_AROUND * len(said)) for place in range(len(got) + 1)]
    for syllable in said:
        above, row = row, [row[0] + 1.0]
        for place, other in enumerate(got, start=1):
            row.append(min(above[place - 1] + _syllable_cost(syllable, other), above[place] + 1.0, row[-1] + ADDED))
    return min(cost + min((len(got) - place) * around, MOST_AROUND * len(said)) for place, cost in enumerate(row))


@lru_cache(maxsize=65536)
def _syllable_cost(one: Syllable, other: Syllable) -> float:
    if one == other:
        return 0.0
    # 灰 as fei, 花 as fa: hu- and f- are one sound in many places.
    for flat, round_ in ((one, other), (other, one)):
        if (
            flat[0] == "f"
            and round_[0] == "h"
            and round_[1].startswith("u")
            and round_[1][1:] in (flat[1], flat[1][1:])
        ):
            return MERGED
    cost = _part_cost(one[0], other[0], _MERGED_INITIALS, _ALIKE_INITIALS, OTHER_INITIAL)
    final = MERGED if _nasal_merged(one[1], other[1]) else 0.0
    final = final or _part_cost(one[1], other[1], frozenset(), _ALIKE_FINALS, OTHER_FINAL)
    return min(1.0, cost + final)


def _nasal_merged(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return longer == shorter + "g" and shorter.endswith("n")


def _part_cost(
    one: str, other: str, merged: frozenset[frozenset[str]], alike: frozenset[frozenset[str]], different: float
) -> float:
    if one == other:
        return 0.0
    pair = frozenset((one, other))
    return MERGED if pair in merged else ALIKE if pair in alike else different


def _split(syllable: str) -> Syllable:
    """A syllable without tone, such as `zhuan`, as initial and final; y and w are written out."""
    if syllable.startswith("y"):
        rest = syllable[1:]
        return "", ("v" + rest[1:] if rest.startswith("u") else rest if rest.startswith("i") else "i" + rest)
    if syllable.startswith("w"):
        rest = syllable[1:]
        return "", rest if rest.startswith("u") else "u" + rest
    match = _INITIAL.match(syllable)
    initial = match[0] if match else ""
    final = syllable[len(initial) :]
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    return initial, final
