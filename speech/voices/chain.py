"""Voices in line: when one cannot say something, the next one does, and the log says why."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audio.pcm import Pcm
from speech.models.catalogue import KOKORO
from speech.models.store import ModelStore
from speech.spoken import Lexicon
from speech.voices.base import Synthesiser, VoiceError
from speech.voices.espeak import EspeakVoice
from speech.voices.figures import FigureVoice

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spoken:
    """What was said.

    Attributes:
        pcm: the sound, at the engine's own rate.
        engine: `name` of the engine that said it.
        version: its version.
    """

    pcm: Pcm
    engine: str
    version: str


class VoiceChain:
    """Voices, best first.

    Args:
        voices: at least one.
        lexicon: respells words that voices misread.
    """

    def __init__(self, voices: Sequence[Synthesiser], lexicon: Lexicon) -> None:
        if not voices:
            raise ValueError("a chain of voices needs at least one voice")
        self.voices = tuple(voices)
        self._lexicon = lexicon

    def language_of(self, voice: str) -> str:
        """The language of a voice by its name; that of the first voice of all if there is none of this name."""
        voices = {name: language for engine in reversed(self.voices) for name, language in engine.voices.items()}
        return voices.get(voice) or next(
            (language for engine in self.voices for language in engine.voices.values()), ""
        )

    def say(self, text: str, language: str, voice: str, speed: float) -> Spoken:
        """The text by the first voice that can say it.

        Raises:
            VoiceError: no voice can; the message has the reason of each.
        """
        reasons = []
        text = self._lexicon.respelled(text, language)
        for engine in self.voices:
            if engine.voices and language not in engine.voices.values():
                reasons.append(f"{engine.name} does not speak {language!r}")
                continue
            try:
                pcm = engine.synthesise(text, language, voice, speed)
            except VoiceError as error:
                log.warning("the voice %s cannot say this, the next one tries: %s", engine.name, error)
                reasons.append(str(error))
                continue
            return Spoken(pcm, engine.name, engine.version)
        raise VoiceError("; ".join(reasons))


def installed_voices(models: Path, threads: int = 1) -> VoiceChain:
    """The voices that can be used on this machine; loads them.

    Args:
        models: the models folder.
        threads: threads for one text.
    """
    voices: list[Synthesiser] = []
    store = ModelStore(models)
    if store.state(KOKORO) == "installed":
        # Imported here: it brings half a second of libraries that the emergency voice does not need.
        from speech.voices.kokoro import KokoroVoice

        try:
            voices.append(FigureVoice(KokoroVoice(store.folder(KOKORO.name), threads)))
        except VoiceError as error:
            log.warning("the voice kokoro cannot be used: %s", error)
    else:
        log.warning("没有安装好的声音，用应急声音；请运行 / no good voice is installed; run: ivr models install")
    return VoiceChain([*voices, EspeakVoice()], Lexicon())
