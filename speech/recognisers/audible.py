"""What is too short or too soft to hold a syllable: no engine is asked about it, because some hear words in silence."""

from __future__ import annotations

import numpy as np

from audio.pcm import FULL_SCALE, Samples
from speech.recognisers.base import RATE

_FRAME, _FRAME_MS = RATE // 100, 10.0
#: A frame softer than this, in dB full scale, is no part of a voice; the noise of a quiet line lies below.
_LEAST_LEVEL_DB = -60.0
#: The shortest syllables of fast speech take longer than this, in milliseconds.
_LEAST_MS = 80.0


def audible_ms(samples: Samples) -> float:
    """How much of a sound, int16 [n] at 8 kHz, is as loud as a voice; its mean, which A-law shifts, does not count."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64) / FULL_SCALE
    return _FRAME_MS * float(np.count_nonzero(np.std(frames, axis=1) > 10 ** (_LEAST_LEVEL_DB / 20)))


def may_hold_speech(audible: float) -> bool:
    """Whether so many audible milliseconds are enough for a syllable."""
    return audible >= _LEAST_MS
