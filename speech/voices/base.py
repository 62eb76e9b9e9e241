"""What a voice is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from audio.pcm import Pcm


class VoiceError(Exception):
    """A voice cannot say this. The message says why; the next voice in line may be able to."""


class Synthesiser(Protocol):
    """An engine that speaks. The same text gives the same samples, always.

    Attributes:
        name: such as `kokoro`.
        version: changes whenever the sound of the same text may change; part of the key of every cached prompt.
        voices: name of each of its voices to the code of its language, the usual voice of a language first. Empty for
            an engine that makes no difference between languages.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def voices(self) -> Mapping[str, str]: ...

    def synthesise(self, text: str, language: str, voice: str, speed: float) -> Pcm:
        """The text as sound, at the engine's own rate, with whatever silence the engine puts around it.

        Args:
            text: words and marks of pause.
            language: code such as `zh` or `en`.
            voice: name of a voice of this engine; empty for its usual voice of the language.
            speed: 1.0 is the voice's own speed, 0.8 is slower.

        Raises:
            VoiceError: it cannot.
        """
