"""The last step of every voice: its sound as a telephone plays it."""

from __future__ import annotations

from audio.pcm import Pcm
from audio.telephone import for_telephone, trim_silence

#: Silence left around the sound: softly spoken consonants lie in it.
_KEEP_MS = 40.0


def telephone_sound(pcm: Pcm) -> Pcm:
    """An engine's sound at 8 kHz, in telephone band and loudness, without silence around it."""
    return for_telephone(trim_silence(pcm, keep_ms=_KEEP_MS))
