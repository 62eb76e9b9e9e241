"""Where the sound of a prompt is kept: the keys of the store, and what wins over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import audio
from audio import wav
from audio.pcm import Pcm
from audio.recordings import Recordings
from audio.store import PromptStore, key_of
from audio.telephone import RATE, for_telephone
from speech.spoken import Lexicon
from speech.voices.figures import VERSION as FIGURES
from speech.voices.figures import has_row
from speech.voices.identity import ROUGH_LANGUAGES, best_engine
from speech.voices.manner import manner_for
from speech.voices.tone import ToneVoice

#: Changes when the processing for the telephone changes, so that everything is rendered anew.
PROCESSING = 3
#: What was rendered in calls may take so much of the disk, in bytes: some five hours of speech.
MOST_DYNAMIC_BYTES = 300_000_000
#: It is measured once for so many prompts that are kept.
_MEASURE_EVERY = 50

#: Recordings by people, which win over every voice.
SHIPPED_RECORDINGS = Path(audio.__file__).resolve().parent / "prompts"
#: Name and version of an engine.
Engine = tuple[str, str]
#: How names are said, by language: written -> said as.
Readings = Mapping[str, Mapping[str, str]]


def prompt_key(text: str, language: str, pace: str, engine: Engine, lexicon: Lexicon, voice: str = "") -> str:
    """Key of a text in the manner of its language and pace, said by an engine.

    Pauses are no part of the sound, so paces that differ only in them share it.
    What the engine is given decides, so a new reading in the lexicon renders anew only what it changes.
    """
    manner = asdict(manner_for(language, pace, voice).sound)
    said = lexicon.respelled(text, language)
    decides = {"text": said, "language": language, "manner": manner, "engine": engine, "processing": PROCESSING}
    return key_of({**decides, "figures": FIGURES} if has_row(said) else decides)


class Shelf:
    """Finds the sound of a text: a recording by a person, else what was rendered before.

    Args:
        recordings: folder with one folder for each language.
        prompts: folder of what is rendered; `rendered/` ahead of calls, `dynamic/` in calls.
        engine: the engine that speaks when nothing is wrong. Raises OSError when `prompts` cannot be written.
        others: language -> the engine that speaks it in its place.
    """

    def __init__(
        self,
        recordings: Path,
        prompts: Path,
        engine: Engine,
        lexicon: Lexicon,
        others: Mapping[str, Engine] | None = None,
    ) -> None:
        self._engine = engine
        self._others = dict(others or {})
        self._recordings = Recordings(recordings)
        self.rendered = PromptStore(prompts / "rendered")
        self.dynamic = PromptStore(prompts / "dynamic")
        self._lexicon = lexicon
        self._kept = 0
        #: What is played when nothing else can be: made now, because then it may be too late.
        self.tone = self._made_tone()

    def engine_of(self, language: str) -> Engine:
        """The engine that speaks a language when nothing is wrong."""
        return self._others.get(language, self._engine)

    def use_readings(self, readings: Readings) -> None:
        """Say names as the authors of the menus want them said. What that changes is looked for and kept anew."""
        self._lexicon = Lexicon(readings)

    def respelled(self, text: str, language: str) -> str:
        """A text as a voice is to be given it."""
        return self._lexicon.respelled(text, language)

    def key(self, text: str, language: str, pace: str, voice: str = "") -> str:
        return prompt_key(text, language, pace, self.engine_of(language), self._lexicon, voice)

    def recording(self, text: str, language: str) -> Path | None:
        """A person's recording of exactly this text, in whatever format it has."""
        return self._recordings.find(text, language)

    def playable(self, recording: Path) -> Path | None:
        """The recording as a line can play it, if that is there already."""
        if wav.is_for_telephone(recording):
            return recording
        return self.rendered.find(_recording_key(recording))

    def converted(self, recording: Path) -> Path:
        """Make a recording playable; takes some milliseconds. Raises BadAudio, OSError."""
        sound = for_telephone(wav.read(recording))
        return self.rendered.put(_recording_key(recording), sound, {"recording": recording.name})

    def find(self, text: str, language: str, pace: str, voice: str = "") -> Path | None:
        """What was rendered of a text, or None."""
        key = self.key(text, language, pace, voice)
        return self.rendered.find(key) or self.dynamic.find(key)

    def keep(self, text: str, language: str, pace: str, pcm: Pcm, *, dynamic: bool, voice: str = "") -> Path:
        """Keep what was rendered. Raises OSError.

        Of a text with a value of a call only the sound is kept, not the words.
        """
        key = self.key(text, language, pace, voice)
        described = {"language": language, "pace": pace, "engine": " ".join(self.engine_of(language))}
        if not dynamic:
            return self.rendered.put(key, pcm, {"text": text, **described})
        path = self.dynamic.put(key, pcm, described)
        self._kept += 1
        if self._kept % _MEASURE_EVERY == 0:
            remove_oldest(self.dynamic, MOST_DYNAMIC_BYTES)
        return path

    def pause(self, ms: int) -> Path:
        """Silence of a length. Raises OSError."""
        key = key_of({"silence": ms})
        return self.rendered.find(key) or self.rendered.put(key, Pcm.silence(ms, RATE), {"silence_ms": ms})

    def _made_tone(self) -> Path:
        voice = ToneVoice()
        key = key_of({"engine": voice.name, "version": voice.version, "processing": PROCESSING})
        there = self.rendered.find(key)
        return there or self.rendered.put(key, for_telephone(voice.synthesise("", "", "", 1.0)), {"tone": True})


def open_shelf(prompts: Path, models: Path, readings: Readings | None = None) -> Shelf:
    """The shelf of a gateway: the recordings of the project, and what its installed voice renders.

    Args:
        readings: those of the menus.

    Raises:
        OSError: the folder `prompts` cannot be written.
    """
    others = {language: best_engine(models, language) for language in ROUGH_LANGUAGES}
    return Shelf(SHIPPED_RECORDINGS, prompts, best_engine(models), Lexicon(readings), others)


def remove_oldest(store: PromptStore, most_bytes: int) -> int:
    """Remove the prompts that were made first until the store is small enough; how many went."""
    files = []
    for path in store.root.glob("??/??/*.wav"):
        try:
            status = path.stat()
        except FileNotFoundError:  # another process has just removed it
            continue
        files.append((status.st_mtime_ns, status.st_size, path))
    total = sum(size for _, size, _ in files)
    removed = 0
    for _, size, path in sorted(files):
        if total <= most_bytes:
            break
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
        total -= size
        removed += 1
    return removed


def _recording_key(recording: Path) -> str:
    return key_of({"recording": str(recording), "changed": recording.stat().st_mtime_ns, "processing": PROCESSING})
