"""What decides how an engine sounds, told without loading the engine: for the keys of cached prompts."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from speech.models.catalogue import KOKORO
from speech.models.store import ModelStore

#: To be raised when our way from text to tokens, or from tokens to samples, changes.
_OURS = 1
#: Libraries that turn words into phonemes: another version may read a character differently.
_READERS = ("espeakng-loader", "jieba", "misaki", "pypinyin")
_ESPEAK = "espeak-ng/1"
#: Languages for which there is no good voice: people should record what is said in them.
ROUGH_LANGUAGES = ("ko", "yue")
#: Voice -> language of every voice that is installed with Kokoro; the first letter of its name says what it speaks.
KOKORO_LANGUAGES = {"z": "zh", "a": "en", "b": "en"}
KOKORO_VOICES = {
    Path(file.path).stem: KOKORO_LANGUAGES[Path(file.path).stem[0]]
    for file in KOKORO.files
    if file.path.startswith("voices/")
}


def kokoro_version() -> str:
    """Version of the Kokoro voice and of everything that leads to it."""
    return "/".join([f"v1.0-int8/{_OURS}", *(f"{name}-{metadata.version(name)}" for name in _READERS)])


def espeak_version() -> str:
    """Version of the emergency voice."""
    return _ESPEAK


def best_engine(models: Path, language: str = "zh") -> tuple[str, str]:
    """Name and version of the engine that speaks a language on this machine when nothing is wrong."""
    if language not in ROUGH_LANGUAGES and ModelStore(models).state(KOKORO) == "installed":
        return "kokoro", kokoro_version()
    return "espeak", espeak_version()
