"""Telling music from talk: notes are held, syllables are not."""

from __future__ import annotations

import numpy as np

from audio.pcm import FULL_SCALE, Samples

_FRAME, _APART = 256, 4
#: Likeness of the spectra of frames 128 ms apart, on average, from which on sound counts as held notes.
_HELD = 0.8
#: Frames softer than this share of the loudest do not count.
_SOFT = 0.03
_FEWEST_FRAMES = 30


def is_music(samples: Samples) -> bool:
    """Whether at least a second of sound, int16 [n] at 8 kHz, is mostly held notes."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64) / FULL_SCALE
    if len(frames) < _FEWEST_FRAMES:
        return False
    spectra = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), axis=1))
    size = np.linalg.norm(spectra, axis=1)
    early, late = spectra[:-_APART], spectra[_APART:]
    loud = np.minimum(size[:-_APART], size[_APART:]) > _SOFT * size.max(initial=1e-9)
    if np.count_nonzero(loud) < _FEWEST_FRAMES // 2:
        return False
    likeness = np.sum(early * late, axis=1) / (size[:-_APART] * size[_APART:] + 1e-12)
    return bool(np.mean(likeness[loud]) > _HELD)
