"""Vosk: streaming recognition against a grammar of the expected phrases, at 8 kHz.

The grammar has the phrases and a few everyday words beside them, so that other speech has somewhere to go. A word that
the model's dictionary lacks can never be heard; Chinese words are cut into ones that it has, and what is left over is
told by `unknown`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import vosk  # type: ignore[import-untyped]

from audio.pcm import Samples
from speech.recognisers.audible import audible_ms, may_hold_speech
from speech.recognisers.base import RATE, Evidence, Expected, HeardText, RecogniserError
from speech.recognisers.dictionary import words_of

_ALTERNATIVES = 5
#: What the model itself calls a word that it does not know; some models have no such word.
_UNKNOWN_WORD = "[unk]"
#: Everyday words that belong to no menu; other speech is heard as these. Short ones would be heard everywhere.
_EVERYDAY = {
    "zh": "今天 没有 一个 我们 知道 什么 怎么样 时候 孩子 吃饭",
    "ko": "오늘은 여보세요 안녕하세요 감사합니다 사람들 그래서 좋아요 먹었어요",
    "en": "today something people because where think",
}
_FIGURES = {
    "zh": "零 一 二 三 四 五 六 七 八 九 幺 两 十 百 千 万 双 个 点",
    "ko": "공 영 일 이 삼 사 오 육 칠 팔 구 십",
    "en": "zero oh one two three four five six seven eight nine double triple",
}


class VoskRecogniser:
    """See `Recogniser`. Loading takes a second and about four times the model's size.

    Args:
        folder: the installed model; verified by content, because Kaldi ends the process over a broken one.
        language: code of what it hears.

    Raises:
        RecogniserError: the model cannot be loaded.
    """

    name = "vosk"
    streams = True

    def __init__(self, folder: Path, language: str) -> None:
        vosk.SetLogLevel(-1)
        self._language = language
        try:
            self._model: Any = vosk.Model(model_path=str(folder))
        except Exception as error:
            # Vosk raises nothing more exact.
            raise RecogniserError(f"{folder}: {error}") from error
        self._everyday = [word for word in _EVERYDAY.get(language, "").split() if self._knows(word)]

    def start(self, expected: Expected) -> VoskRecognition:
        """See `Recogniser`."""
        if expected.kind == "open":
            return VoskRecognition(vosk.KaldiRecognizer(self._model, RATE), self._language)
        lines = [" ".join(words) for words in map(self._words, expected.phrases) if all(map(self._knows, words))]
        if expected.kind in ("digits", "date"):
            lines += [word for word in _FIGURES.get(self._language, "").split() if self._knows(word)]
        grammar = [*dict.fromkeys(lines + self._everyday)]
        if self._knows(_UNKNOWN_WORD):
            grammar.append(_UNKNOWN_WORD)
        if not grammar:
            raise RecogniserError("none of the expected words is in the model")
        recogniser = vosk.KaldiRecognizer(self._model, RATE, json.dumps(grammar, ensure_ascii=False))
        return VoskRecognition(recogniser, self._language)

    def unknown(self, expected: Expected) -> tuple[str, ...]:
        """See `Recogniser`."""
        words = (word for phrase in expected.phrases for word in self._words(phrase))
        return tuple(dict.fromkeys(word for word in words if not self._knows(word)))

    def _knows(self, word: str) -> bool:
        return int(self._model.vosk_model_find_word(word)) >= 0

    def _words(self, phrase: str) -> list[str]:
        """The phrase in words of the model's dictionary where that is possible."""
        return words_of(phrase, self._language, self._knows)


class VoskRecognition:
    """See `Recognition`."""

    def __init__(self, recogniser: Any, language: str) -> None:
        recogniser.SetMaxAlternatives(_ALTERNATIVES)
        self._recogniser = recogniser
        self._joint = "" if language == "zh" else " "
        #: Vosk ends an utterance where it likes; what came before stays.
        self._ended: list[list[HeardText]] = []
        self._audible_ms = 0.0

    def accept(self, samples: Samples) -> str:
        """See `Recognition`."""
        self._audible_ms += audible_ms(samples)
        if self._recogniser.AcceptWaveform(samples.astype("<i2").tobytes()):
            self._ended.append(self._alternatives(self._recogniser.Result()))
        partial = str(json.loads(self._recogniser.PartialResult()).get("partial", ""))
        return self._text([*(texts[0].text for texts in self._ended if texts), self._without_unknown(partial)])

    def finish(self) -> Evidence:
        """See `Recognition`."""
        if not may_hold_speech(self._audible_ms):
            return Evidence(speech=0.0)
        parts = [*self._ended, self._alternatives(self._recogniser.FinalResult())]
        whole: list[HeardText] = [HeardText("", 0.0)]
        for texts in parts:
            joined = [
                HeardText(self._text([one.text, other.text]), one.score + other.score)
                for one in whole
                for other in texts or [HeardText("", 0.0)]
            ]
            whole = sorted(joined, key=lambda text: -text.score)[:_ALTERNATIVES]
        return Evidence(tuple(text for text in whole if text.text))

    def _alternatives(self, result: str) -> list[HeardText]:
        """Texts of a result with the logarithms of their shares of the probability of all."""
        found = json.loads(result).get("alternatives", [])
        if not found:
            return []
        scores = [float(one.get("confidence", 0.0)) for one in found]
        total = max(scores) + math.log(sum(math.exp(score - max(scores)) for score in scores))
        return [
            HeardText(self._without_unknown(str(one.get("text", ""))), score - total)
            for one, score in zip(found, scores, strict=True)
        ]

    def _without_unknown(self, text: str) -> str:
        return self._text([word for word in text.split() if word != _UNKNOWN_WORD])

    def _text(self, parts: Sequence[str]) -> str:
        return self._joint.join(part for part in parts if part)
