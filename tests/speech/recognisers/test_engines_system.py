"""The real engines on real sound: Korean by Vosk, Mandarin by Whisper, each from what another program says."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from audio import tones, wav
from audio.pcm import Pcm, Samples
from audio.resample import resample
from speech.matching.bands import judge_of
from speech.matching.options import Option
from speech.matching.understanding import Question, understand
from speech.models.catalogue import VOSK_SMALL_KO, WHISPER_BASE
from speech.models.store import ModelStore
from speech.recognisers.base import RATE, Evidence, Expected, Recogniser, RecogniserError
from speech.recognisers.choice import installed_dictionaries
from speech.telephone_sound import telephone_sound
from tests.speech.matching.test_understanding import TODAY
from tests.speech.turns.sounds import noise

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[3]
STORE = ModelStore(Path(os.environ.get("XIANGYIN_DATA", ROOT / "var")) / "models")
CLIPS = ROOT.parent / "shared" / "data" / "speech_zh"
WORDS = ("人民", "时间", "住房", "水电", "政策", "报告", "可以", "离婚")


def vosk() -> Recogniser:
    if STORE.state(VOSK_SMALL_KO) != "installed":
        pytest.skip(f"ivr models install {VOSK_SMALL_KO.name}")
    from speech.recognisers.vosk import VoskRecogniser

    return VoskRecogniser(STORE.folder(VOSK_SMALL_KO.name), "ko")


@pytest.fixture(scope="module")
def korean() -> Iterator[Recogniser]:
    yield vosk()


@pytest.fixture(scope="module")
def whisper() -> Iterator[Recogniser]:
    if STORE.state(WHISPER_BASE) != "installed":
        pytest.skip(f"ivr models install {WHISPER_BASE.name}")
    from speech.recognisers.whisper import WhisperRecogniser

    yield WhisperRecogniser(STORE.folder(WHISPER_BASE.name))


def espeak(text: str, voice: str) -> Samples:
    """The emergency voice's own engine says a text, with a little silence around it."""
    program = shutil.which("espeak-ng")
    if program is None:
        pytest.skip("apt install espeak-ng")
    sound = subprocess.run(
        [program, "-v", voice, "-s", "120", "--stdout", text], capture_output=True, check=True
    ).stdout
    pcm = resample(Pcm(np.frombuffer(sound[44:], dtype="<i2").astype(np.int16), 22_050), RATE)
    return Pcm.concat([Pcm.silence(200, RATE), pcm, Pcm.silence(400, RATE)]).samples


def hear(recogniser: Recogniser, expected: Expected, samples: Samples) -> tuple[list[str], Evidence]:
    """Partial texts, and the evidence at the end."""
    recognition = recogniser.start(expected)
    partial = [recognition.accept(samples[start : start + 800]) for start in range(0, len(samples), 800)]
    return list(dict.fromkeys(text for text in partial if text)), recognition.finish()


KOREAN = Expected("ko", "phrases", ("아니요", "연금 보험", "상담원 연결", "신분증"))


@pytest.mark.parametrize("phrase", ["아니요", "연금 보험"])
def test_vosk_hears_korean_phrases_while_they_are_said(korean: Recogniser, phrase: str) -> None:
    partial, evidence = hear(korean, KOREAN, espeak(phrase, "ko"))
    assert partial[-1] == phrase
    assert evidence.texts[0].text == phrase
    options = tuple(Option(text, (text,)) for text in KOREAN.phrases)
    heard = understand(Question("ko", "options", options), evidence, judge_of("vosk"), TODAY)
    assert (heard.band, heard.candidates[0].id) == ("accept", phrase)


def test_vosk_gives_alternatives_with_shares_of_probability(korean: Recogniser) -> None:
    _, evidence = hear(korean, KOREAN, espeak("오늘 날씨가 어때요", "ko"))
    assert len(evidence.texts) > 1
    shares = [np.exp(text.score) for text in evidence.texts]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.001


def test_vosk_tells_words_that_it_can_never_hear(korean: Recogniser) -> None:
    assert korean.unknown(Expected("ko", "phrases", ("처음으로 돌아가기", "연금 보험"))) == ("돌아가기",)
    assert korean.unknown(KOREAN) == ()


def test_the_dictionary_of_the_files_is_the_one_of_the_model(korean: Recogniser) -> None:
    dictionary = installed_dictionaries(STORE.directory)["ko"]
    phrases = (
        *KOREAN.phrases,
        "처음으로 돌아가기",
        "신청 결과 조회",
        "한글 맞춤법 xyz",
        *sorted(dictionary.words)[::10_007],
    )
    for phrase in phrases:
        assert dictionary.unknown(phrase) == korean.unknown(Expected("ko", "phrases", (phrase,))), phrase


def test_vosk_refuses_what_it_can_never_hear(korean: Recogniser) -> None:
    recognition = korean.start(Expected("ko", "phrases", ("돌아가기",)))
    recognition.accept(noise(500, 100))
    assert "돌아가기" not in [text.text for text in recognition.finish().texts]


@pytest.mark.skipif(not CLIPS.is_dir(), reason="the human clips of ../shared/data are not here")
@pytest.mark.parametrize("word", WORDS)
def test_whisper_hears_a_human_word_among_eight(whisper: Recogniser, word: str) -> None:
    sound = telephone_sound(wav.read(CLIPS / "words" / f"cmn-{word}.wav"))
    _, evidence = hear(whisper, Expected("zh", "phrases", WORDS), sound.samples)
    options = tuple(Option(text, (text,)) for text in WORDS)
    heard = understand(Question("zh", "options", options), evidence, judge_of("whisper"), TODAY)
    assert heard.candidates[0].id == word
    assert heard.band != "none"


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(RATE, dtype=np.int16),
        noise(1500, 400),
        tones.tone([(770.0, -10.0), (1336.0, -10.0)], 800, RATE).samples,
        np.zeros(0, dtype=np.int16),
        np.full(10, 9, dtype=np.int16),
    ],
    ids=["silence", "noise", "key", "nothing", "a click"],
)
def test_what_is_no_speech_is_never_accepted(whisper: Recogniser, sound: Samples) -> None:
    _, evidence = hear(whisper, Expected("zh", "phrases", WORDS), sound)
    options = tuple(Option(text, (text,)) for text in WORDS)
    assert understand(Question("zh", "options", options), evidence, judge_of("whisper"), TODAY).band != "accept"


def test_another_language_is_never_accepted(whisper: Recogniser) -> None:
    _, evidence = hear(whisper, Expected("zh", "phrases", WORDS), espeak("please bring the blue umbrella home", "en"))
    options = tuple(Option(text, (text,)) for text in WORDS)
    assert understand(Question("zh", "options", options), evidence, judge_of("whisper"), TODAY).band != "accept"


def test_whisper_refuses_a_language_that_it_does_not_know(whisper: Recogniser) -> None:
    with pytest.raises(RecogniserError):
        hear(whisper, Expected("xx", "phrases", WORDS), noise(500, 100))


def test_a_long_recording_ends_within_its_token_limit(whisper: Recogniser) -> None:
    _, evidence = hear(whisper, Expected("zh"), noise(12_000, 800))
    assert sum(len(text.text) for text in evidence.texts) < 200
