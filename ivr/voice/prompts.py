"""Where the sound of a prompt is kept: the keys of the store, and what wins over it."""

from __future__ import annotations

import logging
from dataclasses import asdict
from pathlib import Path

from audio import wav
from audio.pcm import Pcm
from audio.recordings import Recordings
from audio.store import PromptStore, key_of
from audio.telephone import for_telephone, trim_silence
from speech.voices.manner import manner_for

log = logging.getLogger(__name__)

#: Changes when the processing for the telephone changes, so that everything is rendered anew.
PROCESSING = 1


def prompt_key(text: str, language: str, pace: str, version: str) -> str:
    """Key of a text in the manner of its language and pace.

    Args:
        version: of the engine that renders.
    """
    manner = asdict(manner_for(language, pace))
    return key_of({"text": text, "language": language, "manner": manner, "engine": version, "processing": PROCESSING})


def finished(pcm: Pcm, text: str, language: str, pace: str) -> Pcm:
    """Synthesised sound as it is kept and played: 8 kHz, telephone band and loudness, the pause that belongs behind."""
    sound = for_telephone(trim_silence(pcm))
    return Pcm.concat([sound, Pcm.silence(manner_for(language, pace).pause_after(text), sound.rate)])


class Shelf:
    """Finds the sound of a text: a recording by a person, else what was rendered before.

    Args:
        recordings: folder with one folder for each language.
        rendered: folder of what was rendered ahead of calls.
        dynamic: folder of what was rendered in calls.
        version: of the engine that renders.
    """

    def __init__(self, recordings: Path, rendered: Path, dynamic: Path, version: str) -> None:
        self._recordings = Recordings(recordings)
        self.rendered = PromptStore(rendered)
        self.dynamic = PromptStore(dynamic)
        self._version = version
        self._found: dict[str, Path] = {}

    def key(self, text: str, language: str, pace: str) -> str:
        return prompt_key(text, language, pace, self._version)

    def find(self, text: str, language: str, pace: str) -> Path | None:
        """A WAV file that a line can play, or None."""
        recording = self._recordings.find(text, language)
        if recording is not None:
            return self._playable(recording)
        key = self.key(text, language, pace)
        found = self._found.get(key) or self.rendered.find(key) or self.dynamic.find(key)
        if found is not None:
            self._found[key] = found
        return found

    def _playable(self, recording: Path) -> Path | None:
        """The recording itself, or what it is at 8 kHz; None if it cannot be read."""
        if wav.is_for_telephone(recording):
            return recording
        key = key_of({"recording": str(recording), "changed": recording.stat().st_mtime_ns, "processing": PROCESSING})
        kept = self.rendered.find(key)
        if kept is not None:
            return kept
        try:
            return self.rendered.put(key, for_telephone(wav.read(recording)), {"recording": recording.name})
        except wav.BadAudio as error:
            log.warning("recording not used: %s", error)
            return None

    def pause(self, ms: int) -> Path:
        """Silence of a length."""
        key = key_of({"silence": ms})
        return self.rendered.find(key) or self.rendered.put(key, Pcm.silence(ms, 8000), {"silence_ms": ms})
