"""The emergency voice: espeak-ng through pyttsx3, for when no model is installed or the good voice is out of order.
For Korean and Cantonese it is the only one.

Mandarin goes through pinyin: espeak-ng's own Chinese voice (`cmn`) reads hanzi as English letters and tone numbers.
pyttsx3 has one engine per process and prints to standard output, so each text is spoken in a process of its own; that
process is this module.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from audio import wav
from audio.pcm import Pcm
from speech.voices.base import VoiceError
from speech.voices.identity import espeak_version

#: Identifiers of espeak-ng's voices. `cmn` must never be one of them.
VOICES = {"zh": "sit/cmn-latn-pinyin", "en": "gmw/en-us", "ko": "ko", "yue": "sit/yue"}
#: The process needs half a second at most; a machine under load gets much more.
LONGEST_SECONDS = 20.0
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

    def synthesise(self, text: str, language: str, voice: str, speed: float) -> Pcm:
        """See `Synthesiser`. The `voice` is passed over: there is one for each language."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "speech.wav"
            _run(command(language, speed, file), text)
            return read(file)


def command(language: str, speed: float, file: Path) -> list[str]:
    """The command that speaks its standard input into a WAV file. Raises VoiceError for a language it cannot."""
    if language not in VOICES:
        raise VoiceError(f"espeak does not speak {language!r}")
    return [sys.executable, "-m", "speech.voices.espeak", language, str(speed), str(file)]


def _run(speaking: list[str], text: str) -> None:
    """Run the process that speaks. Raises VoiceError."""
    try:
        done = subprocess.run(speaking, input=text.encode(), capture_output=True, timeout=LONGEST_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VoiceError(f"espeak: {error}") from error
    if done.returncode:
        raise VoiceError(f"espeak: {_last_line(done.stderr)}")


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


def _speak(text: str, language: str, speed: float, file: str) -> None:
    """Write the WAV file, in this process."""
    import pyttsx3  # type: ignore[import-untyped]

    engine = pyttsx3.init("espeak")
    written = threading.Event()
    engine.connect("finished-utterance", lambda name, completed: written.set())
    engine.setProperty("voice", VOICES[language])
    engine.setProperty("rate", round(_RATE * speed))
    engine.save_to_file(as_pinyin(text) if language == "zh" else text, file)
    engine.runAndWait()
    # A thread of espeak-ng writes the file, and on a busy machine runAndWait comes back before it has.
    if not written.wait(LONGEST_SECONDS):
        raise SystemExit("espeak-ng did not end")


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it ended without a word"


if __name__ == "__main__":
    _speak(sys.stdin.buffer.read().decode(), sys.argv[1], float(sys.argv[2]), sys.argv[3])
