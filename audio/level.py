"""How loud, and where there is sound at all. Levels are dBFS: 0 is the largest 16-bit sample, for peak and RMS alike.

(A sine of full scale so has a peak of 0 dBFS and an RMS of -3 dBFS.)
"""

from __future__ import annotations

import math

import numpy as np

from audio.pcm import FULL_SCALE, Floats, Pcm

#: Sound is looked for in pieces of this length, so a start or an end is right to within it.
STEP_MS = 5.0
#: Quieter than any prompt, louder than the noise that an idle A-law line decodes to.
DEFAULT_THRESHOLD_DBFS = -50.0


def rms_dbfs(pcm: Pcm) -> float:
    """Mean level; minus infinity for digital silence or no samples."""
    if len(pcm.samples) == 0:
        return -math.inf
    return _decibels(math.sqrt(float(np.mean(pcm.to_floats() ** 2))))


def peak_dbfs(pcm: Pcm) -> float:
    """Level of the largest sample; minus infinity for digital silence or no samples."""
    if len(pcm.samples) == 0:
        return -math.inf
    return _decibels(float(np.max(np.abs(pcm.to_floats()))))


def first_sound_ms(pcm: Pcm, threshold_dbfs: float = DEFAULT_THRESHOLD_DBFS) -> float | None:
    """When the first sample louder than the threshold comes, exact to the sample; None if none is.

    The threshold is compared with a single sample: this is for finding when a prompt begins on a quiet line, where a
    delay is measured, not for finding speech in noise.
    """
    loud = np.abs(pcm.samples.astype(np.int32)) > FULL_SCALE * 10 ** (threshold_dbfs / 20)
    first = int(np.argmax(loud)) if len(loud) else 0
    return first * 1000 / pcm.rate if len(loud) and loud[first] else None


def sounds(
    pcm: Pcm, threshold_dbfs: float = DEFAULT_THRESHOLD_DBFS, join_ms: float = 200, shortest_ms: float = 20
) -> list[tuple[float, float]]:
    """Stretches of sound as (start_ms, end_ms), in steps of `STEP_MS`.

    Args:
        threshold_dbfs: a step with a higher RMS counts as sound.
        join_ms: stretches with a shorter pause between them are one: the gaps within words do not count.
        shortest_ms: shorter stretches, such as clicks, are left out.
    """
    loud = _step_rms(pcm) > 10 ** (threshold_dbfs / 20)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    joined: list[tuple[float, float]] = []
    for start, end in (edges.reshape(-1, 2) * STEP_MS).tolist():
        if joined and start - joined[-1][1] < join_ms:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(start, min(end, pcm.duration_ms)) for start, end in joined if end - start >= shortest_ms]


def _step_rms(pcm: Pcm) -> Floats:
    """RMS of every step, float64 [ceil(n / step)]; the last one may be filled with silence."""
    step = round(STEP_MS * pcm.rate / 1000)
    values = pcm.to_floats()
    padded = np.concatenate([values, np.zeros(-len(values) % step)])
    rms: Floats = np.sqrt(np.mean(padded.reshape(-1, step) ** 2, axis=1))
    return rms


def _decibels(value: float) -> float:
    return 20 * math.log10(value) if value > 0 else -math.inf
