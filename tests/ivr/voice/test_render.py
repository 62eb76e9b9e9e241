"""Rendering in processes of its own, with fake voices."""

from __future__ import annotations

from pathlib import Path

import pytest

from audio import wav
from ivr.voice.ahead import Prompt, missing
from ivr.voice.prompts import Shelf
from ivr.voice.render import Rendered, render
from speech.spoken import Lexicon
from tests.speech.voices.fakes import MS_PER_CHARACTER, chain_of_broken_voices, chain_of_models, chain_that_dies

pytestmark = pytest.mark.system

PROMPTS = [Prompt(text, "zh", pace) for text in ("一二三四五六。", "七八九十，", "百") for pace in ("normal", "slow")]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "recordings", tmp_path / "prompts", ("fake", "1"), Lexicon())


def test_everything_is_rendered(shelf: Shelf, tmp_path: Path) -> None:
    told: list[Rendered] = []
    results = render(PROMPTS, shelf, tmp_path, told.append, processes=2, voices_of=chain_of_models)
    assert results == told
    assert {result.prompt for result in results} == set(PROMPTS)
    assert not [result.problem for result in results if result.problem]
    assert missing(PROMPTS, shelf) == []
    file = shelf.find("一二三四五六。", "zh", "slow")
    assert file is not None
    assert wav.read(file).duration_ms == pytest.approx(7 * MS_PER_CHARACTER, abs=20)


def test_rendered_again_the_file_is_the_same(shelf: Shelf, tmp_path: Path) -> None:
    contents = []
    for _ in range(2):
        render(PROMPTS[:1], shelf, tmp_path, lambda _: None, voices_of=chain_of_models)
        file = shelf.find("一二三四五六。", "zh", "normal")
        assert file is not None
        contents.append(file.read_bytes())
    assert contents[0] == contents[1]


def test_names_are_rendered_by_their_readings(shelf: Shelf, tmp_path: Path) -> None:
    shelf.use_readings({"zh": {"六安": "陆安安安"}})
    render([Prompt("六安。", "zh", "normal")], shelf, tmp_path, lambda _: None, 1, chain_of_models)
    file = shelf.find("六安。", "zh", "normal")
    assert file is not None
    assert wav.read(file).duration_ms == pytest.approx(5 * MS_PER_CHARACTER, abs=20)


def test_what_a_stand_in_says_is_not_kept(shelf: Shelf, tmp_path: Path) -> None:
    results = render(PROMPTS[:2], shelf, tmp_path, lambda _: None, 1, chain_of_broken_voices)
    assert [result.problem for result in results] == ["only stand-in could say it; fake should"] * 2
    assert missing(PROMPTS[:2], shelf) == PROMPTS[:2]


def test_processes_that_die_are_told(shelf: Shelf, tmp_path: Path) -> None:
    results = render(PROMPTS, shelf, tmp_path, lambda _: None, 2, chain_that_dies)
    assert len(results) == len(PROMPTS)
    assert all("died" in result.problem for result in results)


def test_nothing_to_render_starts_nothing(shelf: Shelf, tmp_path: Path) -> None:
    assert render([], shelf, tmp_path, lambda _: None, voices_of=chain_that_dies) == []
