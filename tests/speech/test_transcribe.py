from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from audio import wav
from audio.pcm import Pcm
from speech.heard import pinyin_error
from speech.transcribe import Segment, Transcriber, Transcript, without_loops

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "var" / "models" / "whisper-base"
SPEECH = ROOT.parent / "shared" / "data" / "speech_zh"


def test_loops_are_said_once_and_digits_are_left_alone() -> None:
    assert without_loops("谢谢观看" * 20) == "谢谢观看"
    assert without_loops("零零零零零零零零零零零零") == "零零零零零零零零零零零零"
    assert without_loops("10101010101010") == "10101010101010"
    assert without_loops("请按一，请按一，请按一。") == "请按一，请按一，请按一。"


def test_text_of_a_transcript() -> None:
    assert Transcript((Segment("您好", 0.0, 1.0), Segment("再见", 1.5, 2.0))).text == "您好 再见"
    assert Transcript(()).text == ""


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"model\.bin is missing"):
        Transcriber(tmp_path)


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    if not (MODEL / "model.bin").is_file():
        pytest.skip("the Whisper model is not installed (ivr models install whisper-base)")
    return Transcriber(MODEL)


@pytest.mark.system
def test_silence_and_noise_end(transcriber: Transcriber) -> None:
    noise = np.random.default_rng(1).normal(0, 2000, 8000 * 4).astype(np.int16)
    for sound in (Pcm.silence(0, 8000), Pcm.silence(3000, 8000), Pcm(noise, 8000)):
        assert len(transcriber.transcribe(sound, "zh").text) < 60


def human_sentences() -> list[tuple[Pcm, str]]:
    manifest = SPEECH / "manifest.tsv"
    if not manifest.is_file():
        pytest.skip("test recordings are not beside the project (../shared/data/speech_zh)")
    rows = (line.split("\t") for line in manifest.read_text(encoding="utf-8").splitlines()[1:])
    return [(wav.read(SPEECH / row[0]), row[1]) for row in rows if row[0].startswith("sentences/")]


@pytest.mark.system
@pytest.mark.long
def test_human_speech_is_understood(transcriber: Transcriber) -> None:
    errors = []
    for sound, said in human_sentences():
        heard = transcriber.transcribe(sound, "zh")
        errors.append(pinyin_error(said, heard.text))
        assert all(0 <= part.start <= part.end <= sound.duration_ms / 1000 for part in heard.segments)
    assert sum(errors) / len(errors) < 0.2


@pytest.mark.system
@pytest.mark.long
def test_long_sound_goes_through_window_by_window(transcriber: Transcriber) -> None:
    sentences = human_sentences()
    gap = Pcm.silence(700, sentences[0][0].rate)
    sound = Pcm.concat(piece for sentence, _ in sentences * 2 for piece in (sentence, gap))
    assert sound.duration_ms > 60_000
    heard = transcriber.transcribe(sound, "zh")
    assert heard.segments[-1].end > 50
    assert pinyin_error("，".join(said for _, said in sentences * 2), heard.text) < 0.4


@pytest.mark.system
def test_numbers_in_words(transcriber: Transcriber) -> None:
    sound, said = next(pair for pair in human_sentences() if "百" in pair[1])
    heard = transcriber.transcribe(sound, "zh", figures=False).text
    assert not any(char.isdigit() for char in heard)
    assert pinyin_error(said, heard) <= 0.1


@pytest.mark.system
def test_the_same_sound_gives_the_same_text(transcriber: Transcriber) -> None:
    sound, _ = human_sentences()[1]
    assert transcriber.transcribe(sound, "zh") == transcriber.transcribe(sound, "zh")


@pytest.mark.system
@pytest.mark.long
def test_the_language_is_told_from_the_sound(transcriber: Transcriber, tmp_path: Path) -> None:
    assert {transcriber.language_of(sound, ("en", "zh")) for sound, _ in human_sentences()} == {"zh"}
    english = tmp_path / "english.wav"
    words = "Welcome. For the state of your application, press one. For the operator, press zero."
    subprocess.run(["espeak-ng", "-v", "en-gb", "-w", english, words], check=True)
    assert transcriber.language_of(wav.read(english), ("en", "zh")) == "en"
