"""Recordings come back from the studio: what is right is heard in calls, what is wrong is refused with the reason."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from audio import wav
from audio.pcm import Pcm
from audio.recordings import Recordings
from audio.telephone import TARGET_LUFS, loudness
from ivr.commands.menus import command as menus_command
from ivr.commands.prompts import command as prompts_command
from ivr.voice.script import Line, as_html, file_name, script
from ivr.voice.studio import bring_back
from menus.model import MenuSet
from speech.spoken import Speaker
from tests.menus.small import SMALL, load_text, menu_set

TEXT = "请问您要办什么事？办事，请按一。"


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    return Speaker()


@pytest.fixture
def menus(tmp_path: Path) -> MenuSet:
    return menu_set(load_text(tmp_path, SMALL))


@pytest.fixture
def line(menus: MenuSet, speaker: Speaker) -> Line:
    return next(line for line in script(menus, speaker, "zh") if line.text == "再见。")


def voice(seconds: float, rate: int = 44100, level: float = 0.2, noise: float = 0.0) -> Pcm:
    """Something as loud and as uneven as a voice, with silence around it."""
    time = np.arange(int(seconds * rate)) / rate
    random = np.random.default_rng(1)
    sound = level * np.sin(2 * np.pi * 400 * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))
    quiet = np.zeros(rate // 4)
    whole = np.concatenate([quiet, sound, quiet])
    return Pcm.from_floats(np.clip(whole + noise * random.standard_normal(len(whole)), -1, 1), rate)


def given(folder: Path, name: str, pcm: Pcm) -> Path:
    folder.mkdir(exist_ok=True)
    wav.write(folder / name, pcm)
    return folder


def test_the_script_has_every_sentence_with_its_place(menus: MenuSet, speaker: Speaker) -> None:
    lines = script(menus, speaker, "zh", recorded=["再见。"])
    texts = [line.text for line in lines]
    assert len(set(texts)) == len(texts)
    assert {"请问您要办什么事？", "办事，请按一。", "再见。"} <= set(texts)
    goodbye = next(line for line in lines if line.text == "再见。")
    assert (goodbye.recorded, goodbye.where) == (True, "small/bye")
    assert goodbye.file == file_name("再见。", "zh")
    assert file_name("再见.", "zh") == goodbye.file  # a difference that nobody hears
    assert file_name("再见了。", "zh") != goodbye.file


def test_a_good_file_is_made_fit_for_the_telephone_and_found_in_calls(tmp_path: Path, line: Line) -> None:
    kept = tmp_path / "kept"
    (returned,) = bring_back(given(tmp_path / "in", line.file, voice(1.0)), {"zh": [line]}, kept)
    assert (returned.refused, returned.remarks) == ("", ())
    found = Recordings(kept).find("再见。", "zh")
    assert found is not None
    assert wav.is_for_telephone(found)
    sound = wav.read(found)
    assert abs(loudness(sound) - TARGET_LUFS) < 1
    assert 900 < sound.duration_ms < 1200  # the silence around it is cut


def test_a_second_take_replaces_the_first_and_leaves_the_others(tmp_path: Path, line: Line) -> None:
    kept = tmp_path / "kept"
    (kept / "zh").mkdir(parents=True)
    (kept / "zh" / "index.tsv").write_text("file\ttext\nold.wav\t再见。\nother.wav\t您好。\n", "utf-8")
    bring_back(given(tmp_path / "in", line.file, voice(1.0)), {"zh": [line]}, kept)
    index = (kept / "zh" / "index.tsv").read_text("utf-8").splitlines()
    assert index == ["file\ttext", "other.wav\t您好。", f"{line.file}\t再见。"]


@pytest.mark.parametrize(
    ("pcm", "reason"),
    [
        (voice(1.0, rate=6000), "too low"),
        (Pcm.silence(1000, 44100), "no sound"),
        (voice(1.0, level=4.0), "clipped"),
        (voice(1.0, level=0.008), "too quiet"),
        (voice(9.0), "another one"),
        (voice(0.15), "another one"),
    ],
    ids=["rate", "silence", "clipping", "level", "long", "short"],
)
def test_a_bad_file_is_refused(tmp_path: Path, line: Line, pcm: Pcm, reason: str) -> None:
    kept = tmp_path / "kept"
    (returned,) = bring_back(given(tmp_path / "in", line.file, pcm), {"zh": [line]}, kept)
    assert reason in returned.refused
    assert not kept.exists()


def test_noise_and_much_silence_are_remarked(tmp_path: Path, line: Line) -> None:
    sound = Pcm.concat([voice(1.0), Pcm.silence(3000, 44100)])
    (returned,) = bring_back(given(tmp_path / "in", line.file, sound), {"zh": [line]}, tmp_path / "kept")
    assert any("silence was cut" in remark for remark in returned.remarks)
    (noisy,) = bring_back(
        given(tmp_path / "noisy", line.file, voice(1.0, noise=0.02)), {"zh": [line]}, tmp_path / "kept"
    )
    assert any("noise" in remark for remark in noisy.remarks)


def test_files_that_fit_no_sentence_are_told(tmp_path: Path, line: Line) -> None:
    folder = given(tmp_path / "in", "zh-0123456789.wav", voice(1.0))
    given(folder, "take 3.wav", voice(1.0))
    (folder / "broken.txt").write_text("x")
    (folder / line.file).write_bytes(b"RIFF")
    reasons = {one.file: one.refused for one in bring_back(folder, {"zh": [line]}, tmp_path / "kept")}
    assert "its text has changed" in reasons["zh-0123456789.wav"]
    assert "in no script" in reasons["take 3.wav"]
    assert "not a WAV file" in reasons[line.file]
    assert set(reasons) == {"zh-0123456789.wav", "take 3.wav", line.file}


def test_the_printed_script_escapes_what_it_prints() -> None:
    page = as_html([Line("zh-1.wav", "a<b>", 1.0, "x&y", False)], "zh", "<t>")
    assert "a&lt;b&gt;" in page
    assert "<t>" not in page


def test_from_the_script_to_the_recording_by_command(tmp_path: Path) -> None:
    folder = tmp_path / "menus"
    folder.mkdir()
    (folder / "small.yaml").write_text(SMALL, "utf-8")
    printed = CliRunner().invoke(menus_command, ["script", str(folder)])
    assert printed.exit_code == 0, printed.output
    rows = list(csv.DictReader(io.StringIO(printed.output.lstrip("\ufeff"))))
    row = next(row for row in rows if row["text"] == "再见。")
    page = tmp_path / "script.html"
    assert CliRunner().invoke(menus_command, ["script", str(folder), "-o", str(page)]).exit_code == 0
    assert row["file"] in page.read_text("utf-8")
    studio, kept = given(tmp_path / "in", row["file"], voice(1.0)), tmp_path / "kept"
    arguments = ["import", str(studio), "--menus", str(folder), "--to", str(kept)]
    taken = CliRunner().invoke(prompts_command, arguments)
    assert taken.exit_code == 0, taken.output
    assert "1 taken, 0 refused" in taken.output
    assert Recordings(kept).find("再见。", "zh") is not None
