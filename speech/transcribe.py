"""The independent recogniser: Whisper writes down what a recording says.

It is independent of the voices and of the recognisers that callers talk to, so it can judge both. A free transcript
is full of homophones: compare it with `speech.heard`, never as text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from audio.pcm import Pcm
from audio.resample import resample
from speech.heard import contains_phrase, phrase_error, pinyin_error, word_error

__all__ = ["Segment", "Transcriber", "Transcript", "contains_phrase", "phrase_error", "pinyin_error", "word_error"]

#: Samples per second that Whisper works on.
RATE = 16_000
#: Silence put before and behind the sound: Whisper tends to miss a first or last syllable at the very edge.
_EDGE_MS = 300
#: Nobody speaks faster. Whisper sometimes repeats itself without end; this many tokens end that.
_TOKENS_PER_SECOND = 12
_FEWEST_TOKENS = 24
#: Whisper's own limit for one window of 30 s.
_MOST_TOKENS = 220
_WINDOW_SECONDS = 30
_BEAM = 5
#: -1 stands for what Whisper itself never wrote in training, such as speaker names.
_USUAL_SUPPRESSED = (-1,)
#: Whisper's vocabulary of text ends here; behind it stand languages, tasks and times.
_FIRST_SPECIAL_TOKEN = 50_257
_FIGURE = re.compile(r"[0-9０-９]|^\s*[-–—]+$")
#: Where figures are forbidden, a row of so many tokens may not come twice: it ends endless rows of 零.
_MOST_REPEATED = 10
#: The same two or more characters said over and over at the end of a stuck window; digits do repeat in codes.
_LOOP = re.compile(r"([^\d零一二三四五六七八九\s]{2,30}?)\1{3,}")


@dataclass(frozen=True)
class Segment:
    """A stretch of speech.

    Attributes:
        text: what was heard.
        start: seconds from the start of the recording.
        end: seconds from the start of the recording.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Transcript:
    """What was heard in a recording. No segments: nothing was heard."""

    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """All of it, segments separated by blanks."""
        return " ".join(segment.text for segment in self.segments)


class Transcriber:
    """A loaded Whisper model (CTranslate2). Loading takes about a second and starts threads: do not fork after.

    It computes in 32-bit floats, which takes 1.8 times as long as 8-bit integers and hears the same on every processor:
    those without VNNI (before 2019, and many office PCs after) saturate in 8 bits, and hear worse.

    Args:
        model: folder with model.bin, config.json, tokenizer.json and vocabulary.txt.
        threads: processor threads for one transcription.

    Raises:
        FileNotFoundError: the folder holds no model; the text says which file is missing.
    """

    def __init__(self, model: Path, threads: int = 2) -> None:
        for name in ("model.bin", "config.json", "tokenizer.json"):
            if not (model / name).is_file():
                raise FileNotFoundError(f"no Whisper model in {model}: {name} is missing")
        # Heavy: only who transcribes pays for it.
        from faster_whisper import WhisperModel  # type: ignore[import-untyped]

        self._model = WhisperModel(str(model), device="cpu", compute_type="float32", cpu_threads=threads)

    def transcribe(self, pcm: Pcm, language: str, hint: str | None = None, *, figures: bool = True) -> Transcript:
        """Write down what is said. Deterministic: beam search, no sampling.

        Args:
            pcm: sound of any rate and length; recordings over 30 s go through window by window.
            language: `zh`, `en` or another of Whisper's codes.
            hint: text in the style of what is expected. It biases the result: measurements give none.
            figures: False forbids figures, so that numbers come in words. Whisper makes what it thinks a number should
                be of a row of digits: it merges equal ones and groups others anew. In words it writes what it hears.
        """
        if len(pcm.samples) == 0:
            return Transcript(())
        seconds = pcm.duration_ms / 1000
        sound = _prepared(pcm)
        found, _ = self._model.transcribe(
            sound,
            language=language.partition("-")[0],
            beam_size=_BEAM,
            temperature=0.0,
            condition_on_previous_text=False,
            initial_prompt=hint,
            max_new_tokens=_most_tokens(seconds),
            suppress_tokens=_USUAL_SUPPRESSED + (() if figures else self._figures),
            no_repeat_ngram_size=0 if figures else _MOST_REPEATED,
            vad_filter=False,
        )
        return Transcript(tuple(_segments(found, seconds)))

    def language_of(self, pcm: Pcm, among: Sequence[str]) -> str:
        """The language of these (Whisper's codes) that the first 30 s most likely are in."""
        _, _, found = self._model.detect_language(_prepared(pcm))
        likely = dict(found)
        return max(among, key=lambda language: likely.get(language, 0.0))

    @cached_property
    def _figures(self) -> tuple[int, ...]:
        """Tokens with a figure in them, and dashes, with which Whisper groups figures."""
        tokenizer = self._model.hf_tokenizer
        pieces = ((token, tokenizer.decode([token])) for token in range(_FIRST_SPECIAL_TOKEN))
        return tuple(token for token, text in pieces if _FIGURE.search(text))


def _prepared(pcm: Pcm) -> npt.NDArray[np.float32]:
    edge = Pcm.silence(_EDGE_MS, pcm.rate)
    return resample(Pcm.concat([edge, pcm, edge]), RATE).to_floats().astype(np.float32)


def _most_tokens(seconds: float) -> int:
    window = min(seconds, _WINDOW_SECONDS)
    return min(_MOST_TOKENS, _FEWEST_TOKENS + math.ceil(window * _TOKENS_PER_SECOND))


def _segments(found: Iterable[Any], seconds: float) -> Iterable[Segment]:
    for segment in found:
        text = without_loops(segment.text.strip())
        start = min(max(0.0, segment.start - _EDGE_MS / 1000), seconds)
        end = min(max(start, segment.end - _EDGE_MS / 1000), seconds)
        if text:
            yield Segment(text, start, end)


def without_loops(text: str) -> str:
    """Text with what is said four times and more in a row said once."""
    return _LOOP.sub(r"\1", text)
