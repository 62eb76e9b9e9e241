"""What an utterance means for a question: the option, the figures, the date, or the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from speech.matching.bands import Band, Judge
from speech.matching.fillers import is_filler
from speech.matching.options import Candidate, Option, rank
from speech.recognisers.base import Evidence, Expected

Expect = Literal["options", "digits", "date", "yes_no", "question", "free"]
Reason = Literal["", "silence", "noise", "filler", "music", "too_long", "out_of_set"]

#: Below this probability of speech, with no option near, it was no speech.
_LEAST_SPEECH = 0.3


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

    def expected(self) -> Expected:
        """The same for a recogniser."""
        phrases = tuple(dict.fromkeys(phrase for option in self.options for phrase in option.phrases))
        return Expected(self.language, "open", phrases)


@dataclass(frozen=True)
class Understanding:
    """What was understood.

    Attributes:
        text: what was heard, best.
        band: how sure that is.
        candidates: options, best first.
        values: figures or dates, best first.
        reason: why the band is `none`.
    """

    text: str
    band: Band
    candidates: tuple[Candidate, ...] = ()
    values: tuple[str, ...] = ()
    reason: Reason = ""


def understand(question: Question, evidence: Evidence, judge: Judge) -> Understanding:
    """What the evidence means."""
    text = evidence.texts[0].text if evidence.texts else ""
    candidates = rank(question.options, evidence, question.language, judge)
    band = judge.band(candidates[0].confidence) if candidates else "none"
    if band != "none":
        return Understanding(text, band, candidates)
    if question.expect in ("question", "free") and text and not is_filler(text, question.language):
        return Understanding(text, "accept")
    return Understanding(text, "none", candidates, reason=_why_nothing(text, evidence, question.language))


def _why_nothing(text: str, evidence: Evidence, language: str) -> Reason:
    if is_filler(text, language):
        return "filler"
    return "noise" if not text or evidence.speech < _LEAST_SPEECH else "out_of_set"


def phrases_of(options: Sequence[Option]) -> tuple[str, ...]:
    """All wordings, each once."""
    return tuple(dict.fromkeys(phrase for option in options for phrase in option.phrases))
