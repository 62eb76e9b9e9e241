"""The voice of calls: gives each unit of speech a file, from whatever source has it first.

In order: a recording by a person; what was rendered before; the speech worker; the emergency voice; a tone. What the
worker makes is kept for the next caller, also when it comes too late for this one, unless it is sensitive or was said
by a stand-in.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed

from audio import wav
from audio.pcm import Pcm
from ivr.call.ports import Clip
from ivr.voice.clauses import Silence, Spoken, units_of_parts
from ivr.voice.prompts import Readings, Shelf
from ivr.voice.worker import Answer, SpeechClient, WorkerError
from menus.parts import Part
from speech.spoken import Speaker
from speech.telephone_sound import telephone_sound
from speech.voices.base import VoiceError
from speech.voices.chain import VoiceChain
from speech.voices.manner import Manner, manner_for

log = logging.getLogger(__name__)

#: How long the sound of something sensitive stays on the disk, in seconds.
SENSITIVE_FOR_S = 600.0
#: Memory that is a file system on Linux; ours alone in it.
MEMORY = Path("/dev/shm") / f"xiangyin-{os.getuid()}"
_FULL = (errno.ENOSPC, errno.EDQUOT)
#: How long a caller waits for the first unit of a prompt from a worker that works, in seconds, hearing the filler. The
#: emergency voice is understood so badly (docs/speech.md) that a late sentence is better; a worker that is away fails
#: at once.
PATIENCE_S = 20.0
#: Every unit before it gives a later one so much more time, because it is heard first.
PATIENCE_PER_UNIT_S = 2.5


@dataclass(frozen=True)
class _Way:
    """How something is spoken; see `manner_for`."""

    language: str
    pace: str
    voice: str

    @property
    def manner(self) -> Manner:
        return manner_for(self.language, self.pace, self.voice)


class PreparedVoice:
    """Implements `ivr.call.ports.Voice`. Lives in the asyncio reactor; what takes long is done in threads.

    Args:
        private: folder for sensitive sound; only its owner may look into it.
        in_memory: the same in a file system that needs no disk, for when the disk is full.
        emergency: the voices that speak when the worker gives nothing.
        clock: the reactor.
    """

    def __init__(
        self,
        shelf: Shelf,
        speaker: Speaker,
        client: SpeechClient,
        private: Path,
        emergency: VoiceChain,
        clock: Any,
        *,
        in_memory: Path = MEMORY,
    ) -> None:
        self._shelf = shelf
        self._speaker = speaker
        self._client = client
        self._private = private
        self._in_memory = in_memory
        self._emergency = emergency
        self._clock = clock
        self._under_way: dict[str, asyncio.Task[Path]] = {}
        self._hearings: set[asyncio.Task[Path]] = set()
        self._deletions: dict[Path, Any] = {}
        self._forget_the_dead()

    def clips(self, parts: Sequence[Part], language: str, pace: str, voice: str = "") -> list[Clip]:
        """See `ivr.call.ports.Voice`."""
        units = units_of_parts(parts, self._speaker, language)
        way = _Way(language, pace, voice)
        clips: list[Clip] = []
        for position, unit in enumerate(units):
            clips.append(self._clip(unit, way, position))
            pause_ms = way.manner.pause_after(unit.text) if isinstance(unit, Spoken) else 0
            if pause_ms:
                clips.append(Clip(self._pause(pause_ms), ""))
        return clips

    def use_readings(self, readings: Readings) -> None:
        """Say names as the menus of new calls want them said."""
        self._shelf.use_readings(readings)

    def close(self) -> None:
        """Stop what is under way and delete what must not stay."""
        for task in [*self._hearings, *self._under_way.values()]:
            task.cancel()
        for path in list(self._deletions):
            self._delete(path)

    def _clip(self, unit: Spoken | Silence, way: _Way, position: int) -> Clip:
        if isinstance(unit, Silence):
            return Clip(self._pause(unit.ms), "")
        if unit.sensitive:
            return Clip(self._heard(secrets.token_hex(8), unit, way, position), unit.shown)
        file = self._at_hand(unit, way)
        if file is not None:
            return Clip(succeed(file), unit.shown)
        # Two callers who need the same at the same time get one rendering.
        key = self._shelf.key(unit.text, way.language, way.pace, way.voice)
        return Clip(self._heard(key, unit, way, position), unit.shown)

    def _pause(self, ms: int) -> Deferred[Path]:
        try:
            return succeed(self._shelf.pause(ms))
        except OSError as error:
            log.error("a pause cannot be made, a tone is played: %s", error)
            return succeed(self._shelf.tone)

    def _at_hand(self, unit: Spoken, way: _Way) -> Path | None:
        """A file that can be played at once."""
        recording = self._shelf.recording(unit.text, way.language)
        if recording is not None:
            return self._shelf.playable(recording)
        return self._shelf.find(unit.text, way.language, way.pace, way.voice)

    def _heard(self, key: str, unit: Spoken, way: _Way, position: int) -> Deferred[Path]:
        """What one caller hears of a unit: fires within that caller's patience, with something to play.

        One Deferred for each caller: one who hangs up takes nothing from another who waits for the same.
        """
        hearing = asyncio.ensure_future(
            self._within_patience(self._made(key, unit, way, position), unit, way, position)
        )

        def dropped(_: Deferred[Path]) -> None:
            hearing.cancel()

        waiting: Deferred[Path] = Deferred(dropped)
        self._hearings.add(hearing)
        hearing.add_done_callback(self._hearings.discard)
        hearing.add_done_callback(lambda done: self._tell(waiting, done))
        return waiting

    def _made(self, key: str, unit: Spoken, way: _Way, position: int) -> asyncio.Task[Path]:
        """The work on a file with the good voice; work with a key that is under way already is not begun again."""
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.ensure_future(self._by_recording_or_worker(unit, way, position))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
            task.add_done_callback(_noted)
        return task

    def _tell(self, waiting: Deferred[Path], done: asyncio.Task[Path]) -> None:
        """Whatever became of the work, there is something to play."""
        if waiting.called:
            return
        if done.cancelled():
            waiting.callback(self._shelf.tone)
        elif (error := done.exception()) is not None:
            log.error("a text could not be made into sound", exc_info=error)
            waiting.callback(self._shelf.tone)
        else:
            waiting.callback(done.result())

    async def _within_patience(self, made: asyncio.Task[Path], unit: Spoken, way: _Way, position: int) -> Path:
        """The file that is being made, or what the emergency voice says when it fails or takes too long."""
        patience_s = PATIENCE_S + position * PATIENCE_PER_UNIT_S
        try:
            # Who loses patience does not end the work: the next caller hears what comes of it.
            return await asyncio.wait_for(asyncio.shield(made), patience_s)
        except asyncio.TimeoutError:
            log.warning("the emergency voice speaks: no answer in %.0f s", patience_s)
        except (WorkerError, wav.BadAudio, OSError) as error:
            log.warning("the emergency voice speaks: %s", error)
        speaking = asyncio.ensure_future(asyncio.to_thread(self._said_in_emergency, unit, way))
        # Whoever hears it: a thread goes on when its caller does not wait any more.
        speaking.add_done_callback(self._spoken_in_emergency)
        try:
            return await asyncio.shield(speaking)
        except (VoiceError, OSError) as error:
            log.error("only a tone is heard: %s", error)
        return self._shelf.tone

    def _spoken_in_emergency(self, done: asyncio.Task[Path]) -> None:
        if not done.cancelled() and done.exception() is None:
            self._delete_later(done.result())

    async def _by_recording_or_worker(self, unit: Spoken, way: _Way, position: int) -> Path:
        recording = None if unit.sensitive else self._shelf.recording(unit.text, way.language)
        if recording is not None:
            return await asyncio.to_thread(self._shelf.converted, recording)
        said = self._shelf.respelled(unit.text, way.language)
        answer = await self._client.say(said, way.language, way.pace, position, way.voice)
        wanted = self._shelf.engine_of(way.language)
        stands_in = answer.engine is not None and answer.engine != wanted
        if stands_in:
            log.warning("the speech worker speaks with %s, not with %s", answer.engine, wanted)
        # Other readings may have come with other menus meanwhile.
        is_old = said != self._shelf.respelled(unit.text, way.language)
        if unit.sensitive or stands_in or is_old:
            return self._delete_later(await asyncio.to_thread(self._kept_privately, answer))
        try:
            return await asyncio.to_thread(self._kept, unit, way, answer)
        except OSError as error:
            log.warning("a sound is not kept for the next caller: %s", error)
            return self._delete_later(await asyncio.to_thread(self._kept_privately, answer))

    # In threads

    def _kept(self, unit: Spoken, way: _Way, answer: Answer) -> Path:
        sound = _finished(answer)
        return self._shelf.keep(unit.text, way.language, way.pace, sound, dynamic=unit.dynamic, voice=way.voice)

    def _kept_privately(self, answer: Answer) -> Path:
        return self._private_file(_finished(answer))

    def _said_in_emergency(self, unit: Spoken, way: _Way) -> Path:
        """What is made in an emergency is not kept: the next call shall hear the real voice."""
        said = self._shelf.respelled(unit.text, way.language)
        spoken = self._emergency.say(said, way.language, "", way.manner.speed)
        return self._private_file(telephone_sound(spoken.pcm))

    def _private_file(self, pcm: Pcm) -> Path:
        try:
            return _written(self._private, pcm)
        except OSError as error:
            if error.errno not in _FULL:
                raise
        # The disk is full. Callers shall go on hearing words, and sound for a minute fits into memory.
        return _written(self._in_memory, pcm)

    # Files that must not stay

    def _delete_later(self, path: Path) -> Path:
        self._deletions[path] = self._clock.callLater(SENSITIVE_FOR_S, self._delete, path)
        return path

    def _delete(self, path: Path) -> None:
        timer = self._deletions.pop(path)
        if timer.active():
            timer.cancel()
        path.unlink(missing_ok=True)

    def _forget_the_dead(self) -> None:
        """Delete what a process left behind that had no time to delete it."""
        oldest = time.time() - SENSITIVE_FOR_S
        for path in (*self._private.glob("*.wav"), *self._in_memory.glob("*.wav")):
            # Its own process may delete it at this moment.
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()


def _written(folder: Path, pcm: Pcm) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{secrets.token_hex(12)}.wav"
    wav.write(path, pcm)
    return path


def _finished(answer: Answer) -> Pcm:
    return answer.pcm if answer.finished else telephone_sound(answer.pcm)


def _noted(done: asyncio.Task[Path]) -> None:
    """Look at the error of work that callers may have ceased to wait for; those who wait are told themselves."""
    if not done.cancelled() and (error := done.exception()) is not None:
        log.debug("the good voice gave nothing: %s", error)
