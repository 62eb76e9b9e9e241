"""The real Kokoro voice."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from audio.telephone import trim_silence
from speech.models.catalogue import KOKORO
from speech.models.store import ModelStore
from speech.voices.base import VoiceError
from speech.voices.kokoro import MOST_TOKENS, KokoroVoice

ROOT = Path(__file__).resolve().parents[3]
STORE = ModelStore(Path(os.environ.get("XIANGYIN_DATA", ROOT / "var")) / "models")

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def kokoro() -> KokoroVoice:
    if STORE.state(KOKORO) != "installed":
        pytest.skip("the Kokoro model is not installed (ivr models install)")
    return KokoroVoice(STORE.folder("kokoro"), threads=2)


def test_the_same_text_gives_the_same_samples(kokoro: KokoroVoice) -> None:
    first, second = (kokoro.synthesise("请按一。", "zh", "", 0.9) for _ in range(2))
    assert np.array_equal(first.samples, second.samples)
    assert first.rate == 24_000


@pytest.mark.long
def test_the_same_samples_with_another_number_of_threads(kokoro: KokoroVoice) -> None:
    other = KokoroVoice(STORE.folder("kokoro"), threads=1)
    texts = [voice.synthesise("请按二。", "zh", "", 0.9).samples for voice in (kokoro, other)]
    assert np.array_equal(*texts)


@pytest.mark.parametrize("text", ["一", "是", "A", "零。"])
def test_a_short_text_is_one_syllable_long(kokoro: KokoroVoice, text: str) -> None:
    assert 150 < trim_silence(kokoro.synthesise(text, "zh", "", 0.9)).duration_ms < 900


@pytest.mark.long
def test_slower_is_longer(kokoro: KokoroVoice) -> None:
    normal, slow = (trim_silence(kokoro.synthesise("谢谢您的来电。", "zh", "", speed)) for speed in (1.0, 0.7))
    assert slow.duration_ms > normal.duration_ms * 1.2


def test_voices_and_their_languages(kokoro: KokoroVoice) -> None:
    assert next(iter(kokoro.voices)) == "zm_yunjian"
    assert kokoro.voices["af_heart"] == "en"


def test_a_long_text_is_said_in_pieces(kokoro: KokoroVoice) -> None:
    sentence = "您的申请已经受理，预计十二月五日办结。"
    pieces = kokoro._token_pieces(sentence * 12, "zh")
    assert len(pieces) > 1
    assert all(0 < len(piece) <= MOST_TOKENS for piece in pieces)
    whole = [token for piece in pieces for token in piece]
    assert len(whole) >= 12 * len(kokoro._token_pieces(sentence, "zh")[0]) - 12


def test_a_text_without_a_mark_is_cut_anyway(kokoro: KokoroVoice) -> None:
    assert all(len(piece) <= MOST_TOKENS for piece in kokoro._token_pieces("办" * 700, "zh"))


@pytest.mark.parametrize(
    ("text", "language", "voice", "reason"),
    [
        ("。", "zh", "", "nothing in this text"),
        ("안녕", "ko", "", "does not speak 'ko'"),
        ("一", "zh", "zf_nobody", "zf_nobody"),
        ("一", "zh", "../../secret", "no such voice"),
    ],
)
def test_what_it_cannot_say(kokoro: KokoroVoice, text: str, language: str, voice: str, reason: str) -> None:
    with pytest.raises(VoiceError, match=reason):
        kokoro.synthesise(text, language, voice, 1.0)


def test_a_broken_model_is_a_voice_error(tmp_path: Path) -> None:
    (tmp_path / "kokoro-v1.0.int8.onnx").write_bytes(b"no model")
    with pytest.raises(VoiceError):
        KokoroVoice(tmp_path)
