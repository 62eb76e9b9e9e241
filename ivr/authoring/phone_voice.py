"""The voice of real calls for the phone on the page, which also tells which words are in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ivr.call.ports import Clip, Voice
from menus.parts import Part


class TellingVoice:
    """Implements `ivr.rehearsal.call.RehearsedVoice` for one call.

    Args:
        voice: makes the sound.
        folder: for what the caller says into recordings.
    """

    def __init__(self, voice: Voice, folder: Path) -> None:
        self.folder = folder
        self._voice = voice
        self._texts: dict[Path, str] = {}

    def clips(self, parts: Sequence[Part], language: str, pace: str, voice: str = "") -> list[Clip]:
        """See `ivr.call.ports.Voice`."""
        clips = self._voice.clips(parts, language, pace, voice)
        for clip in clips:
            clip.file.addCallback(self._learn, clip.text)
        return clips

    def text_of(self, file: Path) -> str:
        """The words in a file; empty for a pause."""
        return self._texts.get(file, "")

    def _learn(self, file: Path, text: str) -> Path:
        if text:
            self._texts[file] = text
        return file
