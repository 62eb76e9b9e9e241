"""Which words the recognisers of this machine can hear, and of which languages that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ivr.config import HearingSettings
from menus.problems import Bilingual
from speech.recognisers.base import RecogniserError
from speech.recognisers.choice import VOSK_MODELS, installed_dictionaries


class Vocabulary:
    """Answers the check of what callers may say. A language is looked up when the first phrase of it is asked about.

    Args:
        models: the models folder.
        hearing: who recognises.
    """

    def __init__(self, models: Path, hearing: HearingSettings) -> None:
        ours = {} if hearing.worker else installed_dictionaries(models)
        self._dictionaries = {name: one for name, one in ours.items() if name not in hearing.recognisers}
        self._elsewhere = bool(hearing.worker), frozenset(hearing.recognisers)
        self._unchecked: dict[str, Bilingual] = {}

    def unknown_words(self, language: str, phrase: str) -> Sequence[str]:
        """The words of a phrase that are never heard; none where that is not known."""
        dictionary = self._dictionaries.get(language)
        if dictionary is None:
            self._unchecked.setdefault(language, self._why(language))
            return ()
        try:
            return dictionary.unknown(phrase)
        except RecogniserError as error:
            self._unchecked.setdefault(language, Bilingual(str(error), ""))
            return ()

    @property
    def notes(self) -> list[str]:
        """Of what was asked, the languages that could not be looked up, in words."""
        head = Bilingual("识别的词汇没有查", "words not compared with the recogniser's")
        return [f"{head} ({language}): {why}" for language, why in sorted(self._unchecked.items())]

    def _why(self, language: str) -> Bilingual:
        whole, some = self._elsewhere
        if whole or language in some:
            return Bilingual("由别的服务器识别", "another server recognises it")
        if language not in VOSK_MODELS:
            return Bilingual("这种语言没有 Vosk 模型", "there is no Vosk model of this language")
        name = VOSK_MODELS[language].name
        return Bilingual(f"没有装 Vosk 模型：ivr models install {name}", "no Vosk model is installed")
