"""The standard sentences: both languages have all of them, with the right slots, and they sound like people."""

from __future__ import annotations

import re

import pytest

from menus.template import parse_template, slot_paths
from menus.wording import SENTENCES, standard_wording

EVERY = [(language, name) for language in ("zh", "en") for name in SENTENCES]


def test_no_sentence_is_unknown() -> None:
    for language, sentences in standard_wording().items():
        assert set(sentences) == set(SENTENCES), language


@pytest.mark.parametrize(("language", "name"), EVERY)
def test_every_sentence_has_its_slots(language: str, name: str) -> None:
    template = parse_template(standard_wording()[language][name])
    assert set(slot_paths(template)) == set(SENTENCES[name])


@pytest.mark.parametrize(("language", "name"), EVERY)
def test_sentences_are_whole_short_and_in_their_own_script(language: str, name: str) -> None:
    sentence = re.sub(r"\{[^}]*\}", "", standard_wording()[language][name])
    assert sentence.endswith("。" if language == "zh" else ".")
    assert not re.search(r"[A-Za-z0-9]" if language == "zh" else r"[\u4e00-\u9fff0-9]", sentence)
    longest = max(len(clause) for clause in re.split("[。？]|[.?] ", sentence))
    assert longest <= (24 if language == "zh" else 80)


def test_changing_the_answer_changes_nothing() -> None:
    standard_wording()["zh"]["option"] = "x"
    assert standard_wording()["zh"]["option"] != "x"
