"""What of an accent can be told from what a recogniser wrote: which mergers make it sound like the phrase."""

from __future__ import annotations

from speech.matching.sounds import Syllable, merged, sounds

#: The mergers that are told apart, by initials; of finals there is one, `n/ng`.
_BY_INITIALS = {
    frozenset("nl"): "n/l",
    frozenset("rl"): "r/l",
    frozenset("fh"): "f/h",
    frozenset(("zh", "z")): "zh/z",
    frozenset(("ch", "c")): "zh/z",
    frozenset(("sh", "s")): "zh/z",
}
#: Share of a phrase's syllables that must be heard, mergers counted as heard; with less, the alignment says nothing.
_LEAST_HEARD = 0.75


def mergers(phrase: str, heard: str, language: str) -> tuple[str, ...] | None:
    """The mergers of accents between a phrase and the place in a text that sounds most like it.

    Returns:
        `n/l`, `r/l`, `f/h`, `zh/z` (with ch/c and sh/s) and `n/ng`, in this order; empty for what sounds as the phrase
        does. None where nothing can be told: in other languages, and where less than three of four syllables fit.
    """
    if not language.startswith("zh"):
        return None
    said, got = sounds(phrase, language), sounds(heard, language)
    places = [tuple(zip(said, got[start:], strict=False)) for start in range(len(got) - len(said) + 1)]
    if not said or not places:
        return None
    best = max(places, key=lambda pairs: (sum(merged(*pair) for pair in pairs), sum(one == two for one, two in pairs)))
    heard_pairs = [pair for pair in best if merged(*pair)]
    if len(heard_pairs) < _LEAST_HEARD * len(said):
        return None
    found = {name for one, other in heard_pairs for name in _between(one, other)}
    return tuple(name for name in dict.fromkeys([*_BY_INITIALS.values(), "n/ng"]) if name in found)


def _between(one: Syllable, other: Syllable) -> set[str]:
    """The mergers that make two syllables one; f for hu- is `f/h`, whatever it does to the final."""
    initial = {_BY_INITIALS[frozenset((one[0], other[0]))]} if one[0] != other[0] else set()
    nasal = {"n/ng"} if one[1] != other[1] and initial != {"f/h"} else set()
    return initial | nasal
