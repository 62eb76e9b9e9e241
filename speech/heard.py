"""How well what was heard matches what was said: pinyin syllables for Mandarin, words for English.

A recogniser writes homophones, digits, and traditional or simplified characters as it likes. So both sides are brought
to the sounds a listener hears: Mandarin to syllables without tones, numbers to words, punctuation to nothing. Digits
that can be read in several ways (`10500` as 一万零五百 or digit by digit) count as whichever fits best.

It is for measurements and tests; calls do not use it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pypinyin import lazy_pinyin

from speech.spoken import Speaker
from speech.spoken.values import as_number
from speech.spoken.zh import numbers

#: A sound, or a set of sounds that count as the same.
Sounds = Sequence[frozenset[str]]
_DIGITS = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_TOKENS = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z]")
#: Characters with two spoken forms for one meaning; a recogniser that writes digits hides which was said.
_SAME = {"幺": {"yao", "yi"}, "两": {"liang", "er"}, "叉": {"cha", "x"}}
_SPEAKER = Speaker()


def pinyin_error(expected: str, heard: str) -> float:
    """Share of Mandarin syllables that were heard wrong, left out or added: 0.0 is perfect, above 1.0 is noise.

    `expected` is what the voice was given, in words; it may hold digits, which are then read as `Speaker` reads them.
    """
    sounds = mandarin_sounds(_SPEAKER.say(expected))
    return _over_readings(heard, lambda text: edit_distance(sounds, mandarin_sounds(text)) / max(1, len(sounds)))


def phrase_error(heard: str, phrase: str) -> float:
    """The syllable error of the place in what was heard that fits the phrase best: 0.0 is word for word."""
    sounds = mandarin_sounds(_SPEAKER.say(phrase))
    return _over_readings(heard, lambda text: best_window_distance(sounds, mandarin_sounds(text)) / max(1, len(sounds)))


def contains_phrase(heard: str, phrase: str, tolerance: float = 0.25) -> bool:
    """Whether a phrase was heard somewhere, with at most this share of its syllables wrong."""
    return phrase_error(heard, phrase) <= tolerance


def word_error(expected: str, heard: str) -> float:
    """Share of English words that were heard wrong, left out or added."""
    said, got = (english_sounds(_SPEAKER.say(text, "text", "en")) for text in (expected, heard))
    return edit_distance(said, got) / max(1, len(said))


def mandarin_sounds(text: str) -> Sounds:
    """Syllables without tones of hanzi, and single letters."""
    sounds: list[frozenset[str]] = []
    for token in _TOKENS.findall(text):
        if _HAN.match(token):
            # Together, so that words decide how characters of several readings sound.
            syllables = lazy_pinyin(token)
            sounds.extend(
                frozenset(_SAME.get(char, {syllable})) for char, syllable in zip(token, syllables, strict=True)
            )
        else:
            sounds.append(frozenset({token.lower()}))
    return sounds


def english_sounds(text: str) -> Sounds:
    """Words in small letters; what is hyphenated counts as several."""
    return [frozenset({word}) for word in re.findall(r"[a-z]+", text.lower().replace("'", ""))]


def edit_distance(said: Sounds, heard: Sounds) -> int:
    """Least number of sounds to change, drop or add."""
    return _distances(said, heard, free_start=False)[-1]


def best_window_distance(said: Sounds, heard: Sounds) -> int:
    """The same against that part of what was heard that fits best."""
    return min(_distances(said, heard, free_start=True))


def _distances(said: Sounds, heard: Sounds, *, free_start: bool) -> list[int]:
    """Last row of the edit matrix: distance of all of `said` to what was heard up to each place."""
    row = [0 if free_start else place for place in range(len(heard) + 1)]
    for count, sound in enumerate(said, start=1):
        above, row = row, [count]
        for place, other in enumerate(heard, start=1):
            changed = above[place - 1] + (sound.isdisjoint(other))
            row.append(min(changed, above[place] + 1, row[-1] + 1))
    return row


def _over_readings(heard: str, error: Callable[[str], float]) -> float:
    """The smallest error over the ways of reading each number of the text, decided one after the other."""
    best_text, best = heard, error(_SPEAKER.say(heard))
    start = 0
    while (match := _DIGITS.search(best_text, start)) is not None:
        start = match.end()
        for reading in _readings(match[0]):
            text = best_text[: match.start()] + reading + best_text[match.end() :]
            found = error(_SPEAKER.say(text))
            if found < best:
                best_text, best, start = text, found, match.start() + len(reading)
                break
    return best


def _readings(digits: str) -> list[str]:
    """A number digit by digit and as an amount."""
    plain = digits.replace(",", "")
    readings = ["".join("点" if char == "." else numbers.DIGITS[int(char)] for char in plain)]
    value = as_number(plain)
    if value is not None:
        readings.append(numbers.number(value))
    return readings
