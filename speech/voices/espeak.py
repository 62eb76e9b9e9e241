"""The emergency voice: espeak-ng through pyttsx3, for when no model is installed or the good voice is out of order.
For Korean and Cantonese it is the only one.

Mandarin goes through pinyin: espeak-ng's own Chinese voice (`cmn`) reads hanzi as English letters and tone numbers.
pyttsx3 has one engine per process, so one process speaks one text after the other (`speech.voices.espeak_process`).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from audio import wav
from audio.pcm import Pcm
from speech.voices.base import VoiceError
from speech.voices.espeak_process import SpeakingProcess
from speech.voices.identity import espeak_version

#: Identifiers of espeak-ng's voices. `cmn` must never be one of them.
VOICES = {"zh": "sit/cmn-latn-pinyin", "en": "gmw/en-us", "ko": "ko", "yue": "sit/yue"}
#: Words per minute at speed 1.0.
_RATE = 160
#: What Chinese clerks call the letters, as pinyin.
_LETTER_NAMES = """
    ei1 bi4 xi1 di4 yi4 ai2-fu5 ji4 ei1-chi5 ai4 zhei4 kai4 ai2-lou5 ai2-mu5
    en1 ou1 pi4 kiu1 a4-er5 ai2-si5 ti4 you1 wei4 da2-bu5-liu5 ai2-ke5-si5 wai4 zei4
"""
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _LETTER_NAMES.split(), strict=True))


class EspeakVoice:
    """See `Synthesiser`. Needs nothing but the system's espeak-ng."""

    name = "espeak"
    voices: Mapping[str, str] = MappingProxyType({voice: language for language, voice in VOICES.items()})

    @property
    def version(self) -> str:
        return espeak_version()

    def __init__(self) -> None:
        self._process = SpeakingProcess()

    def synthesise(self, text: str, language: str, voice: str, speed: float) -> Pcm:
        """See `Synthesiser`. The `voice` is passed over: there is one for each language."""
        if language not in VOICES:
            raise VoiceError(f"espeak does not speak {language!r}")
        said = as_pinyin(text) if language == "zh" else text
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "speech.wav"
            self._process.speak(said, VOICES[language], round(_RATE * speed), file)
            return read(file)


def read(file: Path) -> Pcm:
    """What the process has spoken. Raises VoiceError."""
    try:
        pcm = wav.read(file)
    except wav.BadAudio as error:
        raise VoiceError(f"espeak: {error}") from error
    if not len(pcm.samples):
        raise VoiceError("espeak gave no sound")
    return pcm


def as_pinyin(text: str) -> str:
    """Mandarin words as pinyin with tone numbers; letters by their names; marks as they are heard by espeak-ng."""
    from pypinyin import Style, lazy_pinyin

    said = []
    for run in re.findall(r"[\u3400-\u9fff〇]+|[A-Za-z]|[^\u3400-\u9fff〇A-Za-z]+", text):
        if run.upper() in _LETTERS:
            said.append(_LETTERS[run.upper()].replace("-", " "))
        elif re.match(r"[\u3400-\u9fff〇]", run):
            said += lazy_pinyin(run.replace("〇", "零"), style=Style.TONE3, neutral_tone_with_five=True)
        else:
            said.append(run.translate(str.maketrans("，、。；：？！", ",,.;:?!")))
    return " ".join(said)
