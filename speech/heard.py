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
_TOKENS = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z]+")
#: Characters with two spoken forms for one meaning: a recogniser that writes digits hides which was said, and one that
#: writes 你 for 您 has understood.
_SAME = {"幺": {"yao", "yi"}, "两": {"liang", "er"}, "叉": {"cha", "x"}, "您": {"nin", "ni"}}
_SYLLABLE = re.compile(
    "(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?"
    "(?:i?a[no]?|i?ang|u?ai|u?ang?|ei|en|eng|er|e|i|ie|iu|ing?|iong|o|ou|ong|u|ua|ue|ui|un|uo|uan|ve?)"
)
#: What a recogniser may write for words that were said in full, or the other way round.
_CONTRACTIONS = tuple(
    (re.compile(short), full)
    for short, full in (
        (r"\bcan't\b|\bcannot\b", "can not"),
        (r"n't\b", " not"),
        (r"'m\b", " am"),
        (r"'re\b", " are"),
        (r"'ll\b", " will"),
        (r"'ve\b", " have"),
        (r"\b(it|that|there|here|what|where|he|she)'s\b", r"\1 is"),
        (r"\balright\b", "all right"),
        (r"\banytime\b", "any time"),
    )
)
_SPEAKER = Speaker(remember=0)


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


def confusions(expected: str, heard: str) -> list[tuple[str, str]]:
    """What was taken for what: pairs of the syllable said and the one heard, empty for one left out or added.

    What was heard before and behind the place that fits `expected` best does not count.
    """
    said = mandarin_sounds(_SPEAKER.say(expected))
    text, _ = _best_reading(heard, lambda text: best_window_distance(said, mandarin_sounds(text)))
    return [(_name(one), _name(other)) for one, other in _aligned(said, mandarin_sounds(text)) if one.isdisjoint(other)]


def errors_of(parts: Sequence[str], heard: str, language: str) -> list[tuple[int, int]]:
    """For each of several texts that were said one after the other: sounds heard wrong, and sounds it has.

    The parts are told apart by the cheapest alignment of everything said with everything heard. What was added counts
    with the part before it.
    """
    said = [_sounds_of(_SPEAKER.say(part, "text", language), language) for part in parts]
    everything = [sound for sounds in said for sound in sounds]
    if language == "zh":
        text, _ = _best_reading(heard, lambda other: edit_distance(everything, mandarin_sounds(other)))
    else:
        text = _SPEAKER.say(heard, "text", language)
    pairs = _aligned(everything, _sounds_of(text, language), free_ends=False)
    parts_of_sounds = iter([number for number, sounds in enumerate(said) for _ in sounds])
    wrong, current = [0] * len(said), 0
    for one, other in pairs:
        if one:
            current = next(parts_of_sounds)
        wrong[current] += one.isdisjoint(other)
    return [(count, len(sounds)) for count, sounds in zip(wrong, said, strict=True)]


def _sounds_of(text: str, language: str) -> Sounds:
    return mandarin_sounds(text) if language == "zh" else english_sounds(text)


def mandarin_sounds(text: str) -> Sounds:
    """Syllables without tones of hanzi, and single letters.

    Syllables in Latin writing, such as the `ye` that a recogniser puts for a 一 it is not sure of, are syllables.
    """
    sounds: list[frozenset[str]] = []
    for token in _TOKENS.findall(text):
        if _HAN.match(token):
            # Together, so that words decide how characters of several readings sound.
            syllables = lazy_pinyin(token)
            sounds.extend(
                frozenset(_SAME.get(char, {syllable})) for char, syllable in zip(token, syllables, strict=True)
            )
        elif token.islower() and _SYLLABLE.fullmatch(token):
            sounds.append(frozenset({token}))
        else:
            sounds.extend(frozenset({letter}) for letter in token.lower())
    return sounds


def english_sounds(text: str) -> Sounds:
    """Words in small letters; contractions are written out, what is hyphenated counts as several."""
    text = text.lower().replace("’", "'")
    for short, full in _CONTRACTIONS:
        text = short.sub(full, text)
    return [frozenset({word}) for word in re.findall(r"[a-z]+", text.replace("'", ""))]


def edit_distance(said: Sounds, heard: Sounds) -> int:
    """Least number of sounds to change, drop or add."""
    return _distances(said, heard, free_start=False)[-1][-1]


def best_window_distance(said: Sounds, heard: Sounds) -> int:
    """The same against that part of what was heard that fits best."""
    return min(_distances(said, heard, free_start=True)[-1])


def _distances(said: Sounds, heard: Sounds, *, free_start: bool) -> list[list[int]]:
    """Edit matrix [said + 1][heard + 1]: distance of the first sounds of one to those of the other.

    With `free_start`, what was heard before costs nothing.
    """
    rows = [[0 if free_start else place for place in range(len(heard) + 1)]]
    for count, sound in enumerate(said, start=1):
        above, row = rows[-1], [count]
        for place, other in enumerate(heard, start=1):
            changed = above[place - 1] + (sound.isdisjoint(other))
            row.append(min(changed, above[place] + 1, row[-1] + 1))
        rows.append(row)
    return rows


def _aligned(said: Sounds, heard: Sounds, *, free_ends: bool = True) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Sounds side by side along the cheapest way through the edit matrix; with `free_ends` in the best window only."""
    rows = _distances(said, heard, free_start=free_ends)
    count, place = len(said), len(heard)
    if free_ends:
        place = min(range(len(heard) + 1), key=lambda end: (rows[-1][end], -end))
    nothing: frozenset[str] = frozenset()
    pairs = []
    while count > 0 or (place > 0 and not free_ends):
        if (
            count
            and place
            and rows[count][place] == rows[count - 1][place - 1] + said[count - 1].isdisjoint(heard[place - 1])
        ):
            count, place = count - 1, place - 1
            pairs.append((said[count], heard[place]))
        elif count and rows[count][place] == rows[count - 1][place] + 1:
            count -= 1
            pairs.append((said[count], nothing))
        else:
            place -= 1
            pairs.append((nothing, heard[place]))
    return pairs[::-1]


def _name(sounds: frozenset[str]) -> str:
    return "/".join(sorted(sounds))


def _over_readings(heard: str, error: Callable[[str], float]) -> float:
    """The smallest error over the ways of reading each number of the text."""
    return _best_reading(heard, error)[1]


def _best_reading(heard: str, error: Callable[[str], float]) -> tuple[str, float]:
    """The reading of the text with the smallest error, decided for one number after the other, and that error."""
    best_text, best = _SPEAKER.say(heard), error(_SPEAKER.say(heard))
    text, start = heard, 0
    while (match := _DIGITS.search(text, start)) is not None:
        start = match.end()
        for reading in _readings(match[0]):
            other = text[: match.start()] + reading + text[match.end() :]
            spoken = _SPEAKER.say(other)
            found = error(spoken)
            if found < best:
                best_text, best = spoken, found
                text, start = other, match.start() + len(reading)
                break
    return best_text, best


def _readings(digits: str) -> list[str]:
    """A number digit by digit, as an amount, and `7.43` as the time that it may be: 七点四十三."""
    plain = digits.replace(",", "")
    readings = ["".join("点" if char == "." else numbers.DIGITS[int(char)] for char in plain)]
    hour, point, minute = plain.partition(".")
    if point and len(minute) == 2 and minute[0] != "0":
        readings.append(f"{numbers.counted(int(hour))}点{numbers.cardinal(int(minute))}")
    value = as_number(plain)
    if value is not None:
        readings.append(numbers.number(value))
    return readings
