"""Finding speech: Silero's voice activity detector, as it comes with faster-whisper, run by onnxruntime.

It works on 32 ms at 16 kHz; telephone sound is brought to that rate piece by piece.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]

from audio.pcm import FULL_SCALE, Samples

#: Samples of a frame at 8 kHz, and its length.
FRAME = 256
FRAME_MS = 32.0
_CONTEXT = 64
_STATE = (1, 1, 128)
#: Half-band low-pass that fills in every second sample; 33 taps hold the image 50 dB down above 4.6 kHz.
_TAPS = 33

Floats = npt.NDArray[np.float32]


class VoiceModel:
    """The loaded detector. One is shared by all calls: what belongs to a call is in `VoiceDetector`.

    Raises:
        FileNotFoundError: faster-whisper came without it.
    """

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(_asset()), options, providers=["CPUExecutionProvider"])

    def run(self, sound: Floats, h: Floats, c: Floats) -> tuple[float, Floats, Floats]:
        """The probability of speech in float32 [1, 64 + 512] at 16 kHz, and the state behind it, each [1, 1, 128]."""
        probabilities, h, c = self._session.run(None, {"input": sound, "h": h, "c": c})
        return float(np.ravel(probabilities)[-1]), h, c


class VoiceDetector:
    """The probability of speech in one stream of sound."""

    def __init__(self, model: VoiceModel) -> None:
        self._model = model
        self._h: Any = np.zeros(_STATE, dtype=np.float32)
        self._c: Any = np.zeros(_STATE, dtype=np.float32)
        self._context: Floats = np.zeros(_CONTEXT, dtype=np.float32)
        self._before: Floats = np.zeros(_TAPS // 2 + 1, dtype=np.float32)

    def probability(self, frame: Samples) -> float:
        """Probability of speech, 0 to 1, in the next frame: int16 [256] at 8 kHz."""
        sound = self._doubled(frame.astype(np.float32) / np.float32(FULL_SCALE))
        whole = np.concatenate([self._context, sound])[None, :]
        self._context = sound[-_CONTEXT:]
        probability, self._h, self._c = self._model.run(whole, self._h, self._c)
        return probability

    def _doubled(self, frame: Floats) -> Floats:
        """float32 [256] at 8 kHz -> float32 [512] at 16 kHz, one millisecond late."""
        known = np.concatenate([self._before, frame])
        self._before = known[-len(self._before) :]
        spread = np.zeros(2 * len(known), dtype=np.float32)
        spread[::2] = known
        return np.convolve(spread, _HALF_BAND, mode="valid")[-2 * len(frame) :].astype(np.float32)


def _half_band() -> Floats:
    places = np.arange(_TAPS) - _TAPS // 2
    taps = np.sinc(places / 2) * np.kaiser(_TAPS, 5.0)
    return np.asarray(2 * taps / taps.sum(), dtype=np.float32)


_HALF_BAND = _half_band()


def _asset() -> Path:
    from faster_whisper.utils import get_assets_path  # type: ignore[import-untyped]

    found = sorted(Path(get_assets_path()).glob("silero_vad*.onnx"))
    if not found:
        raise FileNotFoundError("faster-whisper came without its voice activity detector")
    return found[-1]
