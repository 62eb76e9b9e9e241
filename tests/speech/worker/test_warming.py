"""No caller is the first."""

from __future__ import annotations

from speech.worker.warming import warm_up
from tests.speech.worker.fakes import FakeRecogniser


def test_every_language_is_heard_once_on_each_place() -> None:
    recogniser = FakeRecogniser({})
    warm_up({"zh": recogniser, "en": recogniser}, at_once=2)
    assert len(recogniser.lengths) == 4


def test_a_language_without_words_is_no_obstacle() -> None:
    recogniser = FakeRecogniser({})
    warm_up({"eo": recogniser}, at_once=1)
    assert len(recogniser.lengths) == 1
