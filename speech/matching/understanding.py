"""What an utterance means for a question: the option, the figures, the day, or the words."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from speech.matching.bands import Band, Judge
from speech.matching.dates import dates_in
from speech.matching.fillers import is_filler
from speech.matching.numbers import X, digits_in
from speech.matching.options import Candidate, Option, rank
from speech.matching.yes_no import yes_no_options
from speech.recognisers.base import Evidence, Expected, Kind

Expect = Literal["options", "digits", "date", "yes_no", "question", "free"]
Reason = Literal["", "silence", "noise", "filler", "music", "too_long", "out_of_set"]

#: Below this probability of speech it was none, whatever phrase the engine finds in it: forced to choose, an engine
#: finds one in silence. Real speech in the worst conditions of the benchmark has 0.34 and more.
_LEAST_SPEECH = 0.3
#: Ids of values while they are ranked among options.
_VALUE = "value:"
_KINDS: dict[Expect, Kind] = {"options": "phrases", "yes_no": "phrases", "digits": "digits", "date": "date"}


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        language: code such as `zh`.
        expect: what kind of answer.
        options: what can be chosen, universals among them.
        least, most: for `digits`, how many there may be.
    """

    language: str
    expect: Expect
    options: tuple[Option, ...] = ()
    least: int = 1
    most: int = 64

    @property
    def choices(self) -> tuple[Option, ...]:
        """The options, with yes and no where they are asked for."""
        return (*self.options, *(yes_no_options(self.language) if self.expect == "yes_no" else ()))

    def expected(self) -> Expected:
        """The same for a recogniser."""
        phrases = tuple(dict.fromkeys(phrase for option in self.choices for phrase in option.phrases))
        return Expected(self.language, _KINDS.get(self.expect, "open"), phrases)


@dataclass(frozen=True)
class Understanding:
    """What was understood.

    Attributes:
        text: what was heard, best.
        band: how sure that is.
        candidates: options, best first.
        values: figures (with an X at the end where it was said) or days, best first.
        reason: why the band is `none`.
    """

    text: str
    band: Band
    candidates: tuple[Candidate, ...] = ()
    values: tuple[str, ...] = ()
    reason: Reason = ""

    def is_whole(self, question: Question) -> bool:
        """Whether nothing that a caller could add would make it another answer."""
        if self.band != "accept" or question.expect in ("question", "free"):
            return False
        if self.values:
            return question.expect == "digits" and len(self.values[0]) == question.most
        best = self.candidates[0]
        return not any(
            option.id != best.id and phrase != best.phrase and phrase.startswith(best.phrase)
            for option in question.choices
            for phrase in option.phrases
        )


def understand(question: Question, evidence: Evidence, judge: Judge, today: datetime.date) -> Understanding:
    """What the evidence means.

    Args:
        today: the day that 明天 counts from.
    """
    text = evidence.texts[0].text if evidence.texts else ""
    if evidence.speech < _LEAST_SPEECH:
        return Understanding(text, "none", reason="filler" if is_filler(text, question.language) else "noise")
    values = _value_options(question, evidence, today)
    candidates = rank((*question.choices, *values), evidence, question.language, judge)
    band = judge.band(candidates[0].confidence) if candidates else "none"
    said = tuple(one.id.removeprefix(_VALUE) for one in candidates if one.id.startswith(_VALUE))
    chosen = tuple(one for one in candidates if not one.id.startswith(_VALUE))
    if band != "none":
        if candidates[0].id.startswith(_VALUE):
            return Understanding(text, band, (), said)
        return Understanding(evidence.hinted.text if evidence.hinted else text, band, chosen)
    if question.expect in ("question", "free") and text and not is_filler(text, question.language):
        return Understanding(text, "accept")
    return Understanding(text, "none", chosen, said, _why_nothing(text, question.language))


def _value_options(question: Question, evidence: Evidence, today: datetime.date) -> list[Option]:
    """Every value that may have been said, as an option whose wordings are the texts that say it."""
    if question.expect not in ("digits", "date"):
        return []
    phrases = {phrase for option in question.choices for phrase in option.phrases}
    texts = [*(text for text in evidence.scores if text not in phrases), *(text.text for text in evidence.texts)]
    wordings: dict[str, list[str]] = {}
    for text in texts:
        for value in _values(question, text, today):
            wordings.setdefault(value, []).append(text)
    # An engine that may write nothing but figures writes one in place of an X.
    if any(value.endswith(X) for text in evidence.texts for value in _values(question, text.text, today)):
        wordings = {value: found for value, found in wordings.items() if value.endswith(X)}
    return [Option(_VALUE + value, tuple(found)) for value, found in wordings.items()]


def _values(question: Question, text: str, today: datetime.date) -> Sequence[str]:
    if question.expect == "date":
        return dates_in(text, question.language, today)[:1]
    figures = digits_in(text, question.language)
    return [figures] if figures and question.least <= len(figures) <= question.most else []


def _why_nothing(text: str, language: str) -> Reason:
    if is_filler(text, language):
        return "filler"
    return "out_of_set" if text else "noise"
