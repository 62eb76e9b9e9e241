"""Which recogniser hears which language: Vosk where its model is installed, else Whisper, else none."""

from __future__ import annotations

import logging
from pathlib import Path

from speech.models.catalogue import WHISPER_BASE
from speech.models.store import ModelStore
from speech.recognisers.base import Recogniser, RecogniserError

log = logging.getLogger(__name__)

#: Languages that a recogniser can be chosen for; Whisper base hears closed sets of all of them.
RECOGNISED_LANGUAGES = ("zh", "en", "ko")


def engine_by_language(models: Path) -> dict[str, str]:
    """Language -> name of the engine that hears it, by what is installed; a language that nobody hears is missing."""
    if ModelStore(models).state(WHISPER_BASE) == "installed":
        return dict.fromkeys(RECOGNISED_LANGUAGES, "whisper")
    return {}


def installed_recognisers(models: Path, threads: int) -> dict[str, Recogniser]:
    """Language -> engine, loaded; a language that nobody hears is missing.

    Args:
        models: the models folder.
        threads: processor threads for one utterance.
    """
    found: dict[str, Recogniser] = {}
    if "whisper" in engine_by_language(models).values():
        from speech.recognisers.whisper import WhisperRecogniser

        try:
            whisper = WhisperRecogniser(ModelStore(models).folder(WHISPER_BASE.name), threads)
        except RecogniserError as error:
            log.warning("the recogniser whisper cannot be used: %s", error)
        else:
            found.update(dict.fromkeys(RECOGNISED_LANGUAGES, whisper))
    return found
