"""Which recogniser hears which language: a Wyoming server where one is named, else Vosk where its model is
installed, else Whisper, else none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from speech.models.catalogue import VOSK_SMALL_KO, VOSK_SMALL_ZH, WHISPER_BASE
from speech.models.model import Model
from speech.models.store import ModelStore
from speech.recognisers.base import Recogniser, RecogniserError
from speech.recognisers.dictionary import Dictionary
from speech.recognisers.wyoming import WyomingRecogniser
from speech.wire import Address

log = logging.getLogger(__name__)

#: Languages that a recogniser can be chosen for; Whisper base hears closed sets of all of them.
RECOGNISED_LANGUAGES = ("zh", "en", "ko")
VOSK_MODELS: Mapping[str, Model] = {"zh": VOSK_SMALL_ZH, "ko": VOSK_SMALL_KO}


def engine_by_language(models: Path) -> dict[str, str]:
    """Language -> name of the engine that hears it, by what is installed; a language that nobody hears is missing."""
    store = ModelStore(models)
    found = {}
    for language in RECOGNISED_LANGUAGES:
        if language in VOSK_MODELS and store.state(VOSK_MODELS[language]) == "installed":
            found[language] = "vosk"
        elif store.state(WHISPER_BASE) == "installed":
            found[language] = "whisper"
    return found


def installed_dictionaries(models: Path) -> dict[str, Dictionary]:
    """Language -> the words that its engine can hear, for engines that have a dictionary. Reads nothing yet."""
    store = ModelStore(models)
    return {
        language: Dictionary(store.folder(VOSK_MODELS[language].name), language)
        for language, engine in engine_by_language(models).items()
        if engine == "vosk"
    }


def installed_recognisers(
    models: Path, at_once: int, foreign: Mapping[str, Address] | None = None
) -> dict[str, Recogniser]:
    """Language -> engine, loaded; a language that nobody hears is missing, and the log says why.

    Args:
        models: the models folder.
        at_once: utterances that may be recognised at once.
        foreign: language -> Wyoming server that hears it in place of our own engines.
    """
    found: dict[str, Recogniser] = {
        language: WyomingRecogniser(address) for language, address in (foreign or {}).items()
    }
    store = ModelStore(models)
    for language, model in VOSK_MODELS.items():
        if language in found:
            continue
        vosk = _loaded(store, model, lambda folder, language=language: _vosk(folder, language))  # type: ignore[misc]
        if vosk is not None:
            found[language] = vosk
    missing = [language for language in RECOGNISED_LANGUAGES if language not in found]
    whisper = _loaded(store, WHISPER_BASE, lambda folder: _whisper(folder, at_once)) if missing else None
    if whisper is not None:
        found.update(dict.fromkeys(missing, whisper))
    for language in dict.fromkeys((*RECOGNISED_LANGUAGES, *found)):
        engine = found[language].name if language in found else "none, callers use keys"
        log.info("recogniser for %s: %s", language, engine)
    return found


def _loaded(store: ModelStore, model: Model, load: Callable[[Path], Recogniser]) -> Recogniser | None:
    """The engine, or None when its model is not here or not whole."""
    if store.state(model) == "missing":
        return None
    # By content: what is broken inside would end the process.
    if faults := store.verify(model):
        named = ", ".join(f"{fault.path} {fault.what}" for fault in faults)
        log.error("the model %s is damaged (%s); run: ivr models install %s", model.name, named, model.name)
        return None
    try:
        return load(store.folder(model.name))
    except RecogniserError as error:
        log.error("the model %s cannot be used: %s", model.name, error)
        return None


def _vosk(folder: Path, language: str) -> Recogniser:
    from speech.recognisers.vosk import VoskRecogniser

    return VoskRecogniser(folder, language)


def _whisper(folder: Path, at_once: int) -> Recogniser:
    from speech.recognisers.whisper import WhisperRecogniser

    return WhisperRecogniser(folder, at_once)
