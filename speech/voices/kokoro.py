"""Kokoro-82M v1.0: the voice of Mandarin and English, run by onnxruntime.

The model takes token ids with 0 at both ends, a style (the row of the voice's table that belongs to the number of
tokens) and a speed, and gives 24 kHz samples. The same tokens give the same samples, with any number of threads.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]

from audio.pcm import Pcm
from speech.voices.base import VoiceError
from speech.voices.identity import KOKORO_LANGUAGES, kokoro_version
from speech.voices.phonemes import Phonemizer

RATE = 24_000
#: The model's positions without the two ends.
MOST_TOKENS = 510
MODEL_FILE = "kokoro-v1.0.int8.onnx"
_USUAL_VOICES = {"zh": "zm_yunjian", "en": "af_heart"}
_AFTER_MARK = re.compile(r"(?<=[，。；：？！、,.;:?!])")
_BETWEEN_PIECES_MS = 150.0


class KokoroVoice:
    """See `Synthesiser`. Loading takes one to two seconds and 300 MB.

    Args:
        folder: the installed model, with its voices in `voices/`.
        threads: threads that compute one text.

    Raises:
        VoiceError: the model is not there or cannot be loaded.
    """

    name = "kokoro"

    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that wait must not burn what RTP needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = folder / MODEL_FILE
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise VoiceError(f"{model}: {error}") from error
        self._folder = folder
        self._tokens: dict[str, int] = json.loads(
            resources.files("speech.voices").joinpath("kokoro_tokens.json").read_text(encoding="utf-8")
        )
        names = sorted(path.stem for path in (folder / "voices").glob("*.bin"))
        usual = [name for name in _USUAL_VOICES.values() if name in names]
        self.voices = {name: KOKORO_LANGUAGES[name[0]] for name in [*usual, *names] if name[0] in KOKORO_LANGUAGES}
        self._styles: dict[str, npt.NDArray[np.float32]] = {}
        self._phonemizer = Phonemizer(folder)

    @property
    def version(self) -> str:
        return kokoro_version()

    def synthesise(self, text: str, language: str, voice: str, speed: float) -> Pcm:
        """See `Synthesiser`."""
        if language not in _USUAL_VOICES:
            raise VoiceError(f"kokoro does not speak {language!r}")
        style = self._style(voice or _USUAL_VOICES[language])
        pieces = self._token_pieces(text, language)
        if not pieces or not any(char.isalnum() for char in text):
            # Not with the text: it may be private, and this goes to the log.
            raise VoiceError("nothing in this text can be said")
        sounds = [self._said(tokens, style, speed) for tokens in pieces]
        gap = Pcm.silence(_BETWEEN_PIECES_MS, RATE)
        return Pcm.concat([part for sound in sounds for part in (sound, gap)][:-1])

    def _said(self, tokens: list[int], style: npt.NDArray[np.float32], speed: float) -> Pcm:
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": style[min(len(tokens), len(style) - 1)],
            "speed": np.array([speed], dtype=np.float32),
        }
        samples = self._session.run(None, inputs)[0]
        return Pcm.from_floats(samples.ravel(), RATE)

    def _style(self, voice: str) -> npt.NDArray[np.float32]:
        """Float32 [510, 1, 256]."""
        if voice not in self._styles:
            if not re.fullmatch(r"[a-z]{2}_[a-z]+", voice):
                raise VoiceError(f"no such voice: {voice!r}")
            path = self._folder / "voices" / f"{voice}.bin"
            try:
                self._styles[voice] = np.fromfile(path, dtype="<f4").reshape(510, 1, 256)
            except (OSError, ValueError) as error:
                raise VoiceError(f"{path}: {error}") from error
        return self._styles[voice]

    def _token_pieces(self, text: str, language: str) -> list[list[int]]:
        """The text as token ids, cut after marks into pieces that the model can take."""
        pieces: list[list[int]] = []
        for clause in _AFTER_MARK.split(text):
            said = self._phonemizer.phonemes(clause, language)
            tokens = [self._tokens[symbol] for symbol in said if symbol in self._tokens]
            for start in range(0, len(tokens), MOST_TOKENS):
                part = tokens[start : start + MOST_TOKENS]
                blank = [self._tokens[" "]]
                if pieces and len(pieces[-1]) + 1 + len(part) <= MOST_TOKENS:
                    pieces[-1] += blank + part
                else:
                    pieces.append(part)
        return pieces
