"""Voices that need no model: tones whose length says how long the text was."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from audio import tones
from audio.pcm import Pcm
from speech.spoken import Lexicon
from speech.voices.base import VoiceError
from speech.voices.chain import VoiceChain

MS_PER_CHARACTER = 50


@dataclass
class FakeVoice:
    """Says texts as a tone, and remembers them.

    Attributes:
        broken: VoiceError for every text.
        held: texts are said only while this is set.
        begun: set when a text is being said.
    """

    name: str = "fake"
    version: str = "1"
    voices: Mapping[str, str] = field(default_factory=lambda: {"zf_fake": "zh", "af_fake": "en"})
    broken: bool = False
    said: list[tuple[str, str, str, float]] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.held.set()

    def synthesise(self, text: str, language: str, voice: str, speed: float) -> Pcm:
        self.begun.set()
        assert self.held.wait(20)
        self.said.append((text, language, voice, speed))
        if self.broken:
            raise VoiceError(f"{self.name} is broken")
        if text == "崩":
            raise RuntimeError("an engine's own error")
        return tones.tone([(440.0, -12.0)], MS_PER_CHARACTER * len(text), 24_000)


def fake_chain(*voices: FakeVoice) -> VoiceChain:
    return VoiceChain(list(voices) or [FakeVoice()], Lexicon())


def chain_of_models(models: Path) -> VoiceChain:
    """For rendering processes, which make their voices themselves."""
    return fake_chain()


def chain_of_broken_voices(models: Path) -> VoiceChain:
    return fake_chain(FakeVoice(broken=True), FakeVoice("stand-in"))


def chain_that_dies(models: Path) -> VoiceChain:
    raise SystemExit(3)
