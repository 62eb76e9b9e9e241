"""The shelf: what is there, under which key, and what wins."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from audio import wav
from audio.pcm import Pcm
from audio.store import PromptStore, key_of
from ivr.voice import prompts
from ivr.voice.prompts import Shelf, prompt_key, remove_oldest
from speech.spoken import Lexicon

ENGINE = ("kokoro", "1")


def tone(ms: int = 400, rate: int = 8000) -> Pcm:
    return Pcm.from_floats(np.sin(np.arange(rate * ms // 1000) / 4) / 4, rate)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "recordings", tmp_path / "prompts", ENGINE, Lexicon())


def record(shelf_root: Path, text: str, pcm: Pcm) -> Path:
    folder = shelf_root / "recordings" / "zh"
    folder.mkdir(parents=True, exist_ok=True)
    wav.write(folder / "a.wav", pcm)
    (folder / "index.tsv").write_text(f"file\ttext\na.wav\t{text}\n", encoding="utf-8")
    return folder / "a.wav"


def test_what_is_kept_is_found(shelf: Shelf) -> None:
    assert shelf.find("您好。", "zh", "normal") is None
    kept = shelf.keep("您好。", "zh", "normal", tone(), dynamic=False)
    assert shelf.find("您好。", "zh", "normal") == kept
    assert "您好" in kept.with_suffix(".json").read_text(encoding="utf-8")


def test_the_words_of_a_call_are_not_written_down(shelf: Shelf) -> None:
    kept = shelf.keep("王小明的低保。", "zh", "normal", tone(), dynamic=True)
    assert shelf.find("王小明的低保。", "zh", "normal") == kept
    assert "王小明" not in kept.with_suffix(".json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "other",
    [
        ("您好！", "zh", "normal", ENGINE),
        ("您好。", "en", "normal", ENGINE),
        ("您好。", "zh", "normal", ("espeak", "1")),
        ("您好。", "zh", "normal", ("kokoro", "2")),
    ],
)
def test_everything_that_decides_the_sound_is_in_the_key(other: tuple[str, str, str, tuple[str, str]]) -> None:
    assert prompt_key("您好。", "zh", "normal", ENGINE, Lexicon()) != prompt_key(*other, Lexicon())


def test_other_clips_of_figures_make_rows_of_them_anew_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def keys() -> list[str]:
        return [prompt_key(text, "zh", "normal", ENGINE, Lexicon()) for text in ("二零二六，零零零幺。", "您好。")]

    before = keys()
    monkeypatch.setattr(prompts, "FIGURES", 99)
    after = keys()
    assert (before[0] != after[0], before[1] == after[1]) == (True, True)


def test_a_new_reading_renders_anew_only_what_it_changes() -> None:
    plain, own = Lexicon(), Lexicon({"zh": {"六安": "陆安"}})
    assert prompt_key("六安市。", "zh", "normal", ENGINE, plain) != prompt_key("六安市。", "zh", "normal", ENGINE, own)
    assert prompt_key("您好。", "zh", "normal", ENGINE, plain) == prompt_key("您好。", "zh", "normal", ENGINE, own)


def test_a_language_without_a_good_voice_has_the_emergency_voice(tmp_path: Path) -> None:
    shelf = prompts.open_shelf(tmp_path / "prompts", tmp_path / "models")
    assert {shelf.engine_of(language)[0] for language in ("ko", "yue")} == {"espeak"}
    two = Shelf(tmp_path / "recordings", tmp_path / "prompts", ENGINE, Lexicon(), {"ko": ("espeak", "1")})
    assert (two.engine_of("zh"), two.engine_of("ko")) == (ENGINE, ("espeak", "1"))
    assert two.key("A", "ko", "normal") != Shelf(tmp_path, tmp_path / "p", ENGINE, Lexicon()).key("A", "ko", "normal")


def test_a_recording_for_the_telephone_is_played_as_it_is(shelf: Shelf, tmp_path: Path) -> None:
    recording = record(tmp_path, "您好。", tone())
    assert shelf.recording("您好。", "zh") == recording
    assert shelf.playable(recording) == recording


def test_another_recording_is_converted_once(shelf: Shelf, tmp_path: Path) -> None:
    recording = record(tmp_path, "您好。", tone(rate=44_100))
    assert shelf.playable(recording) is None
    converted = shelf.converted(recording)
    assert wav.is_for_telephone(converted)
    assert shelf.playable(recording) == converted
    os.utime(recording, (1, 1))
    assert shelf.playable(recording) is None


def test_pauses_and_the_tone_are_files(shelf: Shelf) -> None:
    assert wav.read(shelf.pause(300)).duration_ms == 300
    assert shelf.pause(300) == shelf.pause(300)
    assert wav.is_for_telephone(shelf.tone)


def test_what_calls_rendered_is_bounded(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "MOST_DYNAMIC_BYTES", 20_000)
    monkeypatch.setattr(prompts, "_MEASURE_EVERY", 5)
    for number in range(10):
        shelf.keep(f"{number}", "zh", "normal", tone(), dynamic=True)
    assert shelf.dynamic.size().bytes < 20_000 + 3000


def test_the_oldest_go_first(tmp_path: Path) -> None:
    store = PromptStore(tmp_path)
    paths = [store.put(key_of({"n": number}), tone(), {}) for number in range(4)]
    for age, path in zip((1, 3, 2, 4), paths, strict=True):
        os.utime(path, (age, age))
    size = paths[0].stat().st_size
    assert remove_oldest(store, 2 * size) == 2
    assert [path.exists() for path in paths] == [False, True, False, True]
    assert remove_oldest(store, 2 * size) == 0
