"""The last resort: two short tones, so that a caller hears that somebody is there and that something went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from audio import tones
from audio.pcm import Pcm

_HIGH_HZ, _LOW_HZ = 660.0, 440.0
_LEVEL_DBM0 = -15.0
_LENGTH_MS = 180.0


class ToneVoice:
    """See `Synthesiser`. Speaks every language equally badly, and never fails."""

    name = "tone"
    version = "1"
    voices: Mapping[str, str] = MappingProxyType({})

    def synthesise(self, text: str, language: str, voice: str, speed: float) -> Pcm:
        """See `Synthesiser`. Every text sounds the same."""
        return Pcm.concat(tones.tone([(hertz, _LEVEL_DBM0)], _LENGTH_MS) for hertz in (_HIGH_HZ, _LOW_HZ))
