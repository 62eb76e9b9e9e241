"""What engines and dictionaries load only when they are first used, so that no caller waits for it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from speech.matching.bands import judge_of
from speech.matching.understanding import Question, understand
from speech.recognisers.base import RATE, Recogniser

#: Loud enough to be shown to an engine, as an integer sample.
_LEVEL = 1000.0


def warm_up(recognisers: Mapping[str, Recogniser], at_once: int) -> None:
    """Have every engine hear a second of noise in each of its languages, so often at once as it will have to."""
    noise = np.random.default_rng(0).normal(0, _LEVEL, RATE).astype(np.int16)

    def hear(language: str) -> None:
        recogniser, question = recognisers[language], Question(language, "yes_no")
        recognition = recogniser.start(question.expected())
        recognition.accept(noise)
        understand(question, recognition.finish(), judge_of(recogniser.name), datetime.date.today())

    with ThreadPoolExecutor(at_once) as threads:
        for language in recognisers:
            list(threads.map(hear, [language] * at_once))
