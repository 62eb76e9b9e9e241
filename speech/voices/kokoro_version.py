"""The version of the Kokoro voice, apart from the engine: keys of prompts need it where the engine is not loaded."""

from __future__ import annotations

from importlib import metadata

#: To be raised when the way from text to tokens, or from tokens to samples, changes.
_OURS = 1


def version() -> str:
    """What decides the sound of a text, the model and the libraries that make phonemes of it."""
    return f"v1.0-int8/{_OURS}/misaki-{metadata.version('misaki')}/pypinyin-{metadata.version('pypinyin')}"
