"""The voice of calls: gives each unit of speech a file, from whatever source has it first.

In order: a recording by a person; what was rendered before; the speech worker; the emergency voice; a tone. What the
worker makes is kept for the next caller, unless it is sensitive.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from audio import wav
from audio.pcm import Pcm
from ivr.call.ports import Clip
from ivr.voice.clauses import Silence, Spoken, units_of_parts
from ivr.voice.prompts import Shelf, finished
from ivr.voice.worker import WorkerError, synthesise
from menus.parts import Part
from speech.spoken.errors import LanguageNotSpokenError
from speech.spoken.speaker import Speaker
from speech.voices.base import VoiceError

log = logging.getLogger(__name__)

#: How long the sound of something sensitive stays on the disk, in seconds.
SENSITIVE_FOR_S = 600.0

#: The emergency: text and language to sound, called in a thread. Raises VoiceError.
Emergency = Callable[[str, str], Pcm]


class PreparedVoice:
    """Implements `ivr.call.ports.Voice`.

    Args:
        worker: address of the speech worker, `unix:PATH` or `tcp:HOST:PORT`.
        private: folder for sensitive sound; only the owner may look into it.
        emergency: voices to try in order when the worker gives nothing; the last one never fails.
    """

    def __init__(
        self, shelf: Shelf, speaker: Speaker, worker: str, private: Path, emergency: Sequence[Emergency], reactor: Any
    ) -> None:
        self._shelf = shelf
        self._speaker = speaker
        self._worker = worker
        self._private = private
        self._emergency = emergency
        self._reactor = reactor
        self._under_way: dict[str, list[Deferred[Path]]] = {}
        self._deletions: dict[Path, Any] = {}

    def clips(self, parts: Sequence[Part], language: str, pace: str) -> list[Clip]:
        try:
            units = units_of_parts(parts, self._speaker, language)
        except LanguageNotSpokenError:
            log.warning("no rules for spoken %s: text is said as it is written", language)
            units = units_of_parts(parts, self._speaker, "zh")
        return [self._clip(unit, language, pace) for unit in units]

    def close(self) -> None:
        """Delete what must not stay."""
        for path in list(self._deletions):
            self._delete(path)

    def _clip(self, unit: Spoken | Silence, language: str, pace: str) -> Clip:
        if isinstance(unit, Silence):
            return Clip(succeed(self._shelf.pause(unit.ms)), "")
        if unit.sensitive:
            return Clip(self._render_privately(unit.text, language, pace), unit.shown)
        found = self._shelf.find(unit.text, language, pace)
        file = succeed(found) if found is not None else self._render_once(unit, language, pace)
        return Clip(file, unit.shown)

    def _render_once(self, unit: Spoken, language: str, pace: str) -> Deferred[Path]:
        """Render, or wait for who renders the same already."""
        waiting: Deferred[Path] = Deferred()
        key = self._shelf.key(unit.text, language, pace)
        if key in self._under_way:
            self._under_way[key].append(waiting)
            return waiting
        self._under_way[key] = [waiting]

        def rendered(path: Path) -> None:
            for waiter in self._under_way.pop(key):
                waiter.callback(path)

        store = self._shelf.dynamic if unit.dynamic else self._shelf.rendered
        described = {"text": unit.text, "language": language, "pace": pace}
        self._sound(unit.text, language, pace, keep=lambda pcm: store.put(key, pcm, described)).addCallback(rendered)
        return waiting

    def _render_privately(self, text: str, language: str, pace: str) -> Deferred[Path]:
        return self._sound(text, language, pace, keep=self._keep_privately)

    def _sound(self, text: str, language: str, pace: str, keep: Callable[[Pcm], Path]) -> Deferred[Path]:
        """A file with the sound of a text. Never fails."""

        def emergency(failure: Failure) -> Deferred[Path]:
            failure.trap(WorkerError, OSError)
            log.warning("speech worker: %s; the emergency voice speaks", failure.getErrorMessage())
            return deferToThread(self._emergency_sound, text, language, pace)

        sound = Deferred.fromFuture(asyncio.ensure_future(synthesise(self._worker, text, language, pace)))
        file = sound.addCallback(lambda pcm: deferToThread(lambda: keep(finished(pcm, text, language, pace))))
        return cast("Deferred[Path]", file.addErrback(emergency))

    def _emergency_sound(self, text: str, language: str, pace: str) -> Path:
        """What is made in an emergency is not kept: the next call shall hear the real voice. In a thread."""
        *voices, last = self._emergency
        for voice in voices:
            try:
                return self._keep_privately(finished(voice(text, language), text, language, pace))
            except VoiceError as error:
                log.warning("emergency voice: %s", error)
        return self._keep_privately(finished(last(text, language), text, language, pace))

    def _keep_privately(self, pcm: Pcm) -> Path:
        """A file that is deleted after a while. In a thread."""
        self._private.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._private / f"{secrets.token_hex(12)}.wav"
        wav.write(path, pcm)
        self._reactor.callFromThread(self._delete_later, path)
        return path

    def _delete_later(self, path: Path) -> None:
        self._deletions[path] = self._reactor.callLater(SENSITIVE_FOR_S, self._delete, path)

    def _delete(self, path: Path) -> None:
        timer = self._deletions.pop(path)
        if timer.active():
            timer.cancel()
        path.unlink(missing_ok=True)
