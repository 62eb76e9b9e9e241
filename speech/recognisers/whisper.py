"""Whisper in closed-set mode: every expected phrase is weighed against one encoding of the utterance.

Written freely, short telephone speech comes out as homophones. So the utterance is encoded once, over as many frames
as it needs instead of thirty seconds; the decoder then gives the probability of each phrase's own tokens, all phrases
in one batch. Two transcripts of limited length say what was heard: a free one, and one for which the phrases stand as
what was said before, so that a name of the menu is written as the menu has it and not as some homophone. Other speech
comes out as other speech in both. Where the free transcript is a phrase already, neither the second one nor most of the
weighing could change the answer, and the caller has it sooner without them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from audio.pcm import Pcm, Samples
from audio.resample import resample
from speech.matching.sounds import WHOLE, likeness, place_of, sounds
from speech.recognisers.audible import audible_ms, may_hold_speech
from speech.recognisers.base import RATE, Evidence, Expected, HeardText, RecogniserError

#: Samples per second, and feature frames per second, that Whisper works on.
_MODEL_RATE, _FRAMES_PER_SECOND = 16_000, 100
#: Frames of a short utterance; more are taken in steps. Below it Whisper repeats what it hears.
_FEWEST_FRAMES, _STEP_FRAMES, _MOST_FRAMES = 600, 300, 3000
#: Silence put around the sound: Whisper tends to miss a first or last syllable at the very edge.
_BEFORE_MS, _BEHIND_MS = 100, 200
_TOKENS_PER_SECOND, _FEWEST_TOKENS, _MOST_TOKENS = 8, 10, 200
_LEAST_PROBABILITY = 1e-10
#: Tokens of the phrases that the hinted transcript is given; Whisper takes 223 at most.
_MOST_HINT_TOKENS = 160
#: Figures take up to three tokens each; so many readings of them are looked at.
_TOKENS_PER_FIGURE_SECOND, _READINGS = 16, 4
#: What figures and days are written with, where that has been tried.
_CHARACTERS: dict[str, dict[str, str]] = {
    "digits": {"zh": "零一二三四五六七八九幺两十百千万双个"},
    "date": {"zh": "零一二三四五六七八九十年月日号今明后昨前去天下上这周星期礼拜"},
}
#: So many phrases are weighed: to weigh all of a large menu takes longer than everything else.
_MOST_WEIGHED = 6
#: So many are weighed where one of them was written freely, and so many syllables make it more than a chance.
_WEIGHED_BESIDE, _LEAST_SYLLABLES, _LEAST_LETTERS = 4, 2, 4
#: So many phrases are weighed within what was written freely, if they sound like a part of it at all.
_MOST_WITHIN, _LEAST_LIKE = 4, 0.3
#: Phrases weighed in one batch: bounds the memory.
_BATCH = 48
#: Keeps the free transcript from going round in circles.
_LOOP_PENALTY = 1.1

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Wording:
    """A phrase with the words around it: in 我想查一下进度, the phrase 进度 is only likely behind the others."""

    phrase: str
    before: str = ""
    behind: str = ""


class WhisperRecogniser:
    """See `Recogniser`. Loading takes a second and 200 MB, and starts threads: do not fork after.

    Args:
        folder: the installed model.
        at_once: utterances that are recognised at once, and threads that each may use.

    Raises:
        RecogniserError: the model is not there or cannot be loaded.
    """

    name = "whisper"
    streams = False

    def __init__(self, folder: Path, at_once: int = 2) -> None:
        # Heavy: only who hears pays for it.
        import ctranslate2  # type: ignore[import-untyped]
        from faster_whisper import WhisperModel  # type: ignore[import-untyped]

        self._storage_view = ctranslate2.StorageView
        try:
            self._whisper = WhisperModel(
                str(folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=at_once,
                num_workers=at_once,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise RecogniserError(f"{folder}: {error}") from error
        self._tokens_of = lru_cache(maxsize=4096)(self._encoded_text)
        self._hint_tokens = lru_cache(maxsize=256)(self._tokens_of_hint)
        self._tokens_without = lru_cache(maxsize=8)(self._all_tokens_without)

    def start(self, expected: Expected) -> WhisperRecognition:
        """See `Recogniser`."""
        return WhisperRecognition(self, expected)

    def unknown(self, expected: Expected) -> tuple[str, ...]:
        """See `Recogniser`. Whisper's tokens can spell every word."""
        return ()

    def recognise(self, samples: Samples, expected: Expected) -> Evidence:
        """What an utterance, int16 [n] at 8 kHz, is evidence of."""
        start = self._start_tokens(expected.language)
        seconds = len(samples) / RATE
        encoded, frames = self._encoded(samples)
        free, speech = self._written(encoded, start, seconds)
        if free and is_phrase(expected, free.text):
            phrases = likeliest(expected, [free.text], _WEIGHED_BESIDE)
            return Evidence((free,), self._scores(encoded, frames, start, list(map(Wording, phrases))), speech)
        hint = self._hint_tokens(expected.phrases, expected.language)
        hinted = self._written(encoded, [*hint, *start], seconds)[0] if hint else None
        phrases = likeliest(expected, [text.text for text in (free, hinted) if text])
        if expected.kind in _CHARACTERS:
            allowed = _CHARACTERS[expected.kind].get(expected.language.partition("-")[0], "")
            phrases += self._in_characters(encoded, start, seconds, allowed)
        phrases = list(dict.fromkeys(phrases))
        spoken = [Wording(phrase) for phrase in phrases]
        if free and expected.language.startswith("zh"):
            spoken += _within(phrases, free.text)
        scores = self._scores(encoded, frames, start, spoken)
        return Evidence((free,) if free else (), scores, speech, hinted)

    def weighed(self, samples: Samples, expected: Expected) -> dict[str, float]:
        """How likely each of the expected phrases is in an utterance: mean natural logarithm of its tokens."""
        encoded, frames = self._encoded(samples)
        start = self._start_tokens(expected.language)
        return self._scores(encoded, frames, start, [Wording(phrase) for phrase in expected.phrases])

    def _encoded(self, samples: Samples) -> tuple[Any, int]:
        """The encoder's output, a StorageView [1, frames / 2, 512], and the number of frames."""
        silence = Pcm.silence(_BEFORE_MS, RATE), Pcm.silence(_BEHIND_MS, RATE)
        sound = resample(Pcm.concat([silence[0], Pcm(samples, RATE), silence[1]]), _MODEL_RATE)
        features = self._whisper.feature_extractor(sound.to_floats().astype(np.float32), padding=0)
        used = min(features.shape[1], _MOST_FRAMES)
        frames = _FEWEST_FRAMES + max(0, math.ceil((used - _FEWEST_FRAMES) / _STEP_FRAMES)) * _STEP_FRAMES
        padded: Floats = np.full((features.shape[0], frames), features.min(), dtype=np.float32)
        padded[:, :used] = features[:, :used]
        return self._whisper.encode(padded), frames

    def _scores(self, encoded: Any, frames: int, start: list[int], wordings: Sequence[Wording]) -> dict[str, float]:
        """Mean natural logarithm of the probability of each phrase's tokens, in the wording where that is highest."""
        scores: dict[str, float] = {}
        one = np.array(encoded)
        for place in range(0, len(wordings), _BATCH):
            batch = wordings[place : place + _BATCH]
            many = np.ascontiguousarray(np.repeat(one, len(batch), axis=0))
            aligned = self._whisper.model.align(
                self._storage_view.from_array(many),
                start,
                [self._wording_tokens(wording) for wording in batch],
                [frames] * len(batch),
                median_filter_width=1,
            )
            for wording, result in zip(batch, aligned, strict=True):
                first = len(self._tokens_of(wording.before))
                own = result.text_token_probs[first : first + len(self._tokens_of(wording.phrase))]
                score = float(np.mean(np.log(np.maximum(own, _LEAST_PROBABILITY))))
                scores[wording.phrase] = max(score, scores.get(wording.phrase, score))
        return scores

    def _wording_tokens(self, wording: Wording) -> list[int]:
        parts = (wording.before, wording.phrase, wording.behind)
        return [token for part in parts for token in self._tokens_of(part)]

    def _written(self, encoded: Any, start: list[int], seconds: float) -> tuple[HeardText | None, float]:
        """What Whisper writes, and the probability that there is speech."""
        most = min(_MOST_TOKENS, _FEWEST_TOKENS + math.ceil(seconds * _TOKENS_PER_SECOND))
        (result,) = self._whisper.model.generate(
            encoded,
            [start],
            beam_size=1,
            max_length=len(start) + most,
            repetition_penalty=_LOOP_PENALTY,
            return_scores=True,
            return_no_speech_prob=True,
        )
        text = self._whisper.hf_tokenizer.decode(result.sequences_ids[0], skip_special_tokens=True).strip()
        heard = HeardText(text, float(result.scores[0])) if text else None
        return heard, 1.0 - float(result.no_speech_prob)

    def _tokens_of_hint(self, phrases: tuple[str, ...], language: str) -> tuple[int, ...]:
        """The phrases as a text that came before; the shortest, if they are too many. None for too few to tell."""
        shown: list[str] = []
        length = 0
        for phrase in sorted(dict.fromkeys(phrases), key=len):
            length += len(self._tokens_of(phrase)) + 1
            if length > _MOST_HINT_TOKENS:
                break
            shown.append(phrase)
        if not shown:
            return ()
        comma, end = ("，", "。") if language.startswith("zh") else (", ", ".")
        before = int(self._whisper.hf_tokenizer.token_to_id("<|startofprev|>"))
        in_order = [phrase for phrase in dict.fromkeys(phrases) if phrase in shown]
        return (before, *self._tokens_of(comma.join(in_order) + end))

    def _in_characters(self, encoded: Any, start: list[int], seconds: float, allowed: str) -> list[str]:
        """What was said, in these characters only: several readings, best first. None where none are allowed.

        Written freely, a row of figures is merged and grouped into what a number usually looks like.
        """
        if not allowed:
            return []
        most = min(_MOST_TOKENS, _FEWEST_TOKENS + math.ceil(seconds * _TOKENS_PER_FIGURE_SECOND))
        (result,) = self._whisper.model.generate(
            encoded,
            [start],
            beam_size=_READINGS,
            num_hypotheses=_READINGS,
            max_length=len(start) + most,
            suppress_blank=False,
            suppress_tokens=list(self._tokens_without(allowed)),
        )
        decode = self._whisper.hf_tokenizer.decode
        texts = (decode(tokens, skip_special_tokens=True).strip() for tokens in result.sequences_ids)
        return list(dict.fromkeys(text for text in texts if text and "\ufffd" not in text))

    def _all_tokens_without(self, allowed: str) -> tuple[int, ...]:
        """Every token but those that spell the characters, and the end."""
        tokenizer = self._whisper.hf_tokenizer
        kept = {token for char in allowed for token in self._tokens_of(char)}
        kept.add(int(tokenizer.token_to_id("<|endoftext|>")))
        return tuple(token for token in range(tokenizer.get_vocab_size()) if token not in kept)

    def _start_tokens(self, language: str) -> list[int]:
        tokenizer = self._whisper.hf_tokenizer
        names = ("<|startoftranscript|>", f"<|{language.partition('-')[0]}|>", "<|transcribe|>", "<|notimestamps|>")
        tokens = [tokenizer.token_to_id(name) for name in names]
        if None in tokens:
            raise RecogniserError(f"whisper does not know the language {language!r}")
        return [int(token) for token in tokens]

    def _encoded_text(self, text: str) -> tuple[int, ...]:
        return tuple(self._whisper.hf_tokenizer.encode(text, add_special_tokens=False).ids)


def is_phrase(expected: Expected, text: str) -> bool:
    """Whether a free transcript is one of the phrases, and long enough for that to be no accident."""
    least = _LEAST_SYLLABLES if expected.language.startswith("zh") else _LEAST_LETTERS
    return any(
        len(sounds(phrase, expected.language)) >= least and likeness(phrase, text, expected.language) >= WHOLE
        for phrase in expected.phrases
    )


def likeliest(expected: Expected, texts: Sequence[str], most: int = _MOST_WEIGHED) -> list[str]:
    """The phrases that are worth weighing: those that sound most like what was written."""
    if len(expected.phrases) <= most:
        return list(expected.phrases)

    def alike(phrase: str) -> float:
        return max((likeness(phrase, text, expected.language) for text in texts), default=0.0)

    return sorted(expected.phrases, key=alike, reverse=True)[:most]


def _within(phrases: Sequence[str], text: str) -> Iterator[Wording]:
    """The phrases that sound most like some part of what was written freely, each in its place there."""
    alike = sorted(((likeness(phrase, text, "zh"), phrase) for phrase in phrases), reverse=True)[:_MOST_WITHIN]
    for like, phrase in alike:
        before, behind = place_of(phrase, text)
        if like >= _LEAST_LIKE and before + behind:
            yield Wording(phrase, before, behind)


class WhisperRecognition:
    """See `Recognition`."""

    def __init__(self, recogniser: WhisperRecogniser, expected: Expected) -> None:
        self._recogniser = recogniser
        self._expected = expected
        self._pieces: list[Samples] = []

    def accept(self, samples: Samples) -> str:
        """See `Recognition`."""
        self._pieces.append(samples)
        return ""

    def finish(self) -> Evidence:
        """See `Recognition`."""
        samples = np.concatenate([*self._pieces, np.zeros(0, dtype=np.int16)])
        if not may_hold_speech(audible_ms(samples)):
            return Evidence(speech=0.0)
        return self._recogniser.recognise(samples, self._expected)
