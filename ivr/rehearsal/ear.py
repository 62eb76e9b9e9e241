"""Ears for virtual calls: what the caller says arrives as text, and is understood at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.call.ports import EarListener
from ivr.flow.commands import Listen, SpokenOption
from ivr.flow.events import Band, Candidate, Heard, HeardNothing
from speech.matching.fillers import is_filler
from speech.matching.sounds import likeness
from speech.matching.templates import TemplateError, wordings

#: Languages in which virtual callers may speak.
LANGUAGES = ("zh", "en")
#: From which likeness on words are taken for a phrase, and from which on the caller is asked. A recogniser has its own
#: calibration; here the words are certain, and only how near they are to a phrase counts.
_ACCEPT, _CONFIRM = 0.85, 0.6
_YES_NO: Mapping[str, tuple[SpokenOption, ...]] = {
    "zh": (
        SpokenOption("yes", ("是", "是的", "对", "对的", "没错", "嗯")),
        SpokenOption("no", ("不是", "不对", "错了", "没有")),
    ),
    "en": (
        SpokenOption("yes", ("yes", "yeah", "right", "that is right")),
        SpokenOption("no", ("no", "wrong", "that is wrong")),
    ),
}
_ENGLISH_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {
    **{
        character: digit
        for digit, names in enumerate(("零〇", "一幺", "二两", *"三四五六七八九"))
        for character in names
    },
    **{word: digit for digit, word in enumerate(_ENGLISH_DIGITS)},
    **{str(digit): digit for digit in range(10)},
}
_DIGIT = re.compile("|".join(_DIGITS), re.IGNORECASE)


@dataclass
class _Turn:
    wanted: Listen
    listener: EarListener


class VirtualEar:
    """Implements `ivr.call.ports.Hearing` and `Ear` for one call."""

    def __init__(self, *, understands: bool) -> None:
        self.languages: tuple[str, ...] = LANGUAGES if understands else ()
        self._turn: _Turn | None = None

    def ear(self, call_id: str) -> VirtualEar:
        return self

    def listen(self, turn: Listen, listener: EarListener) -> None:
        self._turn = _Turn(turn, listener)

    def sound(self, chunk: bytes) -> None:
        """The line has no sound."""

    def stop(self) -> None:
        self._turn = None

    def close(self) -> None:
        self._turn = None

    @property
    def listens(self) -> bool:
        return self._turn is not None

    def say(self, text: str, *, unsure: bool = False) -> None:
        """The caller says something.

        Args:
            unsure: the recogniser has heard it badly, and asks the caller whether it was meant.
        """
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.listener.speech_started()
            turn.listener.heard(understood(turn.wanted, text, unsure=unsure))


def understood(wanted: Listen, text: str, *, unsure: bool = False) -> Heard | HeardNothing:
    """What words mean to a node that listens."""
    options = (*wanted.options, *wanted.universals)
    if wanted.expect == "yes_no":
        options += _YES_NO["en" if wanted.language.startswith("en") else "zh"]
    ranked = sorted((_fit(option, text, wanted.language) for option in options), key=lambda found: -found.confidence)
    sure: Band = "confirm" if unsure else "accept"
    if ranked and ranked[0].confidence >= _CONFIRM:
        band: Band = sure if ranked[0].confidence >= _ACCEPT else "confirm"
        return Heard(wanted.token, band, text, tuple(ranked[:3]))
    values = _values(wanted, text)
    if values or (wanted.expect in ("question", "free") and not is_filler(text, wanted.language)):
        return Heard(wanted.token, sure, text, values=values)
    return HeardNothing(wanted.token, "filler" if is_filler(text, wanted.language) else "out_of_set", text)


def _fit(option: SpokenOption, text: str, language: str) -> Candidate:
    """An option by its wording that is nearest."""
    spoken = [wording for phrase in option.phrases for wording in _wordings(phrase)]
    near = [(1.0 if wording == text else likeness(wording, text, language), wording) for wording in spoken]
    confidence, phrase = max(near, default=(0.0, ""))
    return Candidate(option.id, phrase, round(confidence, 3))


def _wordings(phrase: str) -> tuple[str, ...]:
    try:
        return wordings(phrase)
    except TemplateError:
        # The check of menus tells it to the author; here the phrase stands for itself.
        return (phrase,)


def _values(wanted: Listen, text: str) -> tuple[str, ...]:
    if wanted.expect not in ("digits", "date"):
        return ()
    digits = "".join(str(_DIGITS[found.lower()]) for found in _DIGIT.findall(text))
    return (digits,) if digits else ()
