"""What callers may say everywhere, and how it goes together with the options of a menu."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from menus.model import UniversalAction
from menus.phrases import sayable_at, standard_phrases
from tests.menus.small import load_text, small


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_universal_action_can_be_said(language: str) -> None:
    said = standard_phrases(language)
    assert set(said) == set(get_args(UniversalAction))
    everything = [phrase for phrases in said.values() for phrase in phrases]
    assert len(everything) == len(set(everything)), "no phrase means two things"


def test_a_language_without_phrases() -> None:
    assert standard_phrases("xx") == {}


def test_an_option_is_called_by_its_label_too(tmp_path: Path) -> None:
    tree = load_text(tmp_path, small())
    sayable = sayable_at(tree, tree.nodes["ask"], "zh")
    assert sayable.options["1"] == ("办事",)


def test_universals_can_be_switched_off_at_a_node(tmp_path: Path) -> None:
    tree = load_text(tmp_path, small(("    kind: menu", "    kind: menu\n    universals: false")))
    assert sayable_at(tree, tree.nodes["ask"], "zh").universals == {}


def test_an_option_takes_over_the_words_of_a_universal_action(tmp_path: Path) -> None:
    tree = load_text(tmp_path, small(("label: 办事", "label: 找人工")))
    sayable = sayable_at(tree, tree.nodes["ask"], "zh")
    assert sayable.options["1"][0] == "找人工" and "接线员" in sayable.options["1"]
    assert "operator" not in sayable.universals
