"""Parts of a prompt to units of speech: what is rendered, cached and played as one piece.

A sentence without values is one unit: it sounds best whole and is rendered ahead of calls. A sentence with a value is
cut at its commas as well, so that its fixed clauses are found in the cache and only a short one must be made while the
caller waits. The renderer ahead of calls and the voice of a call both cut here, so what one makes the other finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Union

from menus.parts import Part, Pause, Slot, Value, Words
from speech.spoken import LanguageNotSpokenError, Speaker

#: Where a sentence ends, and where a clause does. English marks count only where a blank follows: `9:00`, `e.g.`.
_SENTENCE = re.compile(r"(?<=[。！？；\n])|(?<=[.!?;])(?=\s)")
_CLAUSE = re.compile(r"(?<=[，：])|(?<=[,:])(?=\s)")
_SOUND = re.compile(r"\w")
_MARKS = re.compile(r"([。！？；，：.!?;,:])[。！？；，：.!?;,:]+")
#: A sentence of a value that is longer, in characters, is cut at its commas.
_LONG_VALUE = 16
#: Ways of saying figures one after the other.
_ONE_BY_ONE = ("digits", "phone", "id")
#: What logs show of a value that they must not know.
MASK = "••••"


@dataclass(frozen=True)
class Spoken:
    """Words to be rendered.

    Attributes:
        text: words only, no digits or signs.
        shown: the text for logs.
        dynamic: True if a value of the call is in it.
        sensitive: True if the value must not stay on the disk.
    """

    text: str
    shown: str
    dynamic: bool = False
    sensitive: bool = False


@dataclass(frozen=True)
class Silence:
    """A pause of so many milliseconds."""

    ms: int


Unit = Union[Spoken, Silence]


@dataclass(frozen=True)
class _Piece:
    """A stretch of words that no cut goes through, and what ends behind it."""

    text: str
    is_value: bool = False
    sensitive: bool = False
    unknown: bool = False
    ends_clause: bool = False
    ends_sentence: bool = False


def units_of_parts(parts: Sequence[Part | Slot], speaker: Speaker, language: str) -> list[Unit]:
    """What is to be rendered and played, in order.

    A `Slot` is a value that is not known yet: units with one in them are left out.
    """
    units: list[Unit] = []
    sentence: list[_Piece] = []
    for index, part in enumerate(parts):
        if isinstance(part, Pause):
            units += _units_of_sentence(sentence)
            sentence = []
            units.append(Silence(part.ms))
            continue
        for piece in _pieces(part, parts[index + 1 :], speaker, language):
            sentence.append(piece)
            if piece.ends_sentence:
                units += _units_of_sentence(sentence)
                sentence = []
    return units + _units_of_sentence(sentence)


def _pieces(part: Words | Value | Slot, rest: Sequence[Part | Slot], speaker: Speaker, language: str) -> list[_Piece]:
    if isinstance(part, Slot):
        return [_Piece("", is_value=True, unknown=True)]
    if isinstance(part, Words) and not part.text:
        # What `menus.template.fill` leaves where a slot has no value; templates themselves have no empty words.
        return [_Piece("", is_value=True)]
    if isinstance(part, Words):
        said = _said(speaker, part.text, "text", language)
        # Blanks between words and a value count in languages that are written with blanks.
        before, behind = part.text[:1].isspace() * " ", part.text[-1:].isspace() * " "
        return [*_cut(f"{before}{said}{behind}")]
    following = rest[0].text if rest and isinstance(rest[0], Words) else ""
    said = _said(speaker, part.value, part.say_as, language, following, part.now)
    return list(_cut_value(said, part.sensitive))


def _said(speaker: Speaker, value: Any, say_as: str, language: str, following: str = "", now: str = "") -> str:
    """The value in words; as it is written in a language without rules, but figures of numbers to note one by one."""
    try:
        return speaker.say(value, say_as, language, following=following, now=now)
    except LanguageNotSpokenError:
        written = "" if value is None else str(value)
        return " ".join(written) if say_as in _ONE_BY_ONE else written


def _cut_value(said: str, sensitive: bool) -> Iterable[_Piece]:
    """A value is cut where its own sentences end, and long ones at commas: nobody waits for a paragraph.

    What stands behind a value belongs to its last piece, whatever mark that ends with: the fixed words of the menu are
    cut the same for every value.
    """
    # A value without words is a piece, too: a sentence is cut whether or not there is something to say in it.
    for sentence_end, sentence in _counted_down(_split(_SENTENCE, said) or [""]):
        clauses = _split(_CLAUSE, sentence) if len(sentence) > _LONG_VALUE else [sentence]
        for clause_end, clause in _counted_down(clauses):
            yield _Piece(
                clause,
                is_value=True,
                sensitive=sensitive,
                ends_clause=clause_end > 0,
                ends_sentence=clause_end == 0 and sentence_end > 0,
            )


def _cut(text: str) -> Iterable[_Piece]:
    for sentence_end, sentence in _counted_down(_split(_SENTENCE, text)):
        for clause_end, clause in _counted_down(_split(_CLAUSE, sentence)):
            yield _Piece(
                clause,
                ends_clause=bool(clause_end) or clause.rstrip().endswith(("，", "：", ",", ":")),
                ends_sentence=not clause_end and (bool(sentence_end) or _ends(sentence)),
            )


def _ends(sentence: str) -> bool:
    return sentence.rstrip().endswith(("。", "！", "？", "；", ".", "!", "?", ";")) or sentence.endswith("\n")


def _split(mark: re.Pattern[str], text: str) -> list[str]:
    return [piece for piece in mark.split(text) if piece]


def _counted_down(pieces: list[str]) -> Iterable[tuple[int, str]]:
    """Each piece with the number of those behind it."""
    return ((len(pieces) - 1 - index, piece) for index, piece in enumerate(pieces))


def _units_of_sentence(pieces: list[_Piece]) -> list[Unit]:
    if not any(piece.is_value for piece in pieces):
        return _unit(pieces)
    units: list[Unit] = []
    clause: list[_Piece] = []
    for piece in pieces:
        clause.append(piece)
        if piece.ends_clause:
            units += _unit(clause)
            clause = []
    return units + _unit(clause)


def _unit(pieces: list[_Piece]) -> list[Unit]:
    text = _one_mark("".join(piece.text for piece in pieces))
    if any(piece.unknown for piece in pieces) or not _SOUND.search(text):
        return []
    shown = _one_mark("".join(MASK if piece.sensitive else piece.text for piece in pieces))
    dynamic = any(piece.is_value for piece in pieces)
    return [Spoken(text, shown, dynamic, any(piece.sensitive for piece in pieces))]


def _one_mark(text: str) -> str:
    """The text with one mark where a value and the words behind it both brought theirs."""
    return _MARKS.sub(r"\1", text.strip())
