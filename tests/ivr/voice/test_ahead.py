"""What can be rendered before anybody calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from audio import wav
from audio.pcm import Pcm
from ivr.voice.ahead import Prompt, missing, only_trees, pauses_of, prepare_recordings, prompts_of
from ivr.voice.clauses import Silence, Spoken, units_of_parts
from ivr.voice.prompts import Shelf
from menus.compose import every_template
from menus.loader import load_menus
from menus.model import MenuSet
from menus.template import fill
from speech.spoken import Lexicon, Speaker
from speech.voices.manner import Sound, manner_for

TREES = Path(__file__).resolve().parents[3] / "menus" / "trees"
SPEAKER = Speaker()


@pytest.fixture(scope="module")
def menus() -> MenuSet:
    return load_menus(TREES)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "recordings", tmp_path / "prompts", ("fake", "1"), Lexicon())


def test_prompts_are_words_each_once_in_both_languages(menus: MenuSet) -> None:
    prompts = prompts_of(menus, SPEAKER)
    assert len(set(prompts)) == len(prompts) > 100
    assert {prompt.language for prompt in prompts} == {"zh", "en"}
    assert not [prompt.text for prompt in prompts if any(char.isdigit() for char in prompt.text)]
    assert any(prompt.text.endswith("请按一。") for prompt in prompts)


def sound_of(prompt: Prompt) -> Sound:
    return manner_for(prompt.language, prompt.pace, prompt.voice).sound


def test_what_sounds_the_same_is_rendered_once(menus: MenuSet) -> None:
    found = [(prompt.text, prompt.language, sound_of(prompt)) for prompt in prompts_of(menus, SPEAKER)]
    assert len(found) == len(set(found))


def test_a_call_needs_nothing_else_but_its_values(menus: MenuSet) -> None:
    """Filled with any values, every template of the shipped menus gives units that were rendered, or dynamic ones."""
    known = {(found.text, found.language, sound_of(found)) for found in prompts_of(menus, SPEAKER)}
    pauses = set(pauses_of(menus, SPEAKER))
    for value in ("2026-12-05", "已经受理，正在办。", None, ["身份证", "户口本"]):
        for language, pace, template, _ in every_template(menus):
            parts = fill(template, lambda path, value=value: value)  # type: ignore[misc]
            for unit in units_of_parts(parts, SPEAKER, language):
                if isinstance(unit, Silence):
                    assert unit.ms in pauses
                elif not unit.dynamic:
                    assert (unit.text, language, manner_for(language, pace).sound) in known
                else:
                    assert isinstance(unit, Spoken)


def test_one_tree_has_fewer_prompts(menus: MenuSet) -> None:
    some = prompts_of(only_trees(menus, ["case_status"]), SPEAKER)
    assert 0 < len(some) < len(prompts_of(menus, SPEAKER))


def test_what_is_missing(shelf: Shelf) -> None:
    prompts = [Prompt("一。", "zh", "normal"), Prompt("一。", "en", "normal"), Prompt("二。", "zh", "normal")]
    shelf.keep("一。", "zh", "normal", Pcm.silence(10, 8000), dynamic=False)
    shelf.keep("二。", "zh", "normal", Pcm.silence(10, 8000), dynamic=True)
    assert missing(prompts, shelf) == prompts[1:]


def test_a_recording_is_not_rendered_but_prepared(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "recordings" / "zh"
    folder.mkdir(parents=True)
    wav.write(folder / "a.wav", Pcm.from_floats([0.1, -0.1] * 4000, 16_000))
    (folder / "index.tsv").write_text("a.wav\t一。\n", encoding="utf-8")
    prompts = [Prompt("一。", "zh", "normal")]
    assert missing(prompts, shelf) == prompts
    assert prepare_recordings(prompts, shelf) == 1
    assert missing(prompts, shelf) == []
    assert prepare_recordings(prompts, shelf) == 0
