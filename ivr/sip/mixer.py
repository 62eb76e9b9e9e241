"""PJSIP's mixer: what plays into a call, and calls that hear each other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from ivr.sip.library import CLOCK_RATE

log = logging.getLogger(__name__)

#: The ringing tone of the Chinese network: 450 Hz, one second in five (GB/T 3380).
_RINGING_HZ, _RINGING_ON_MS, _RINGING_OFF_MS = 450, 1000, 4000


def join(source: Any, destination: Any) -> None:
    """Let one pjsua2 `AudioMedia` be heard by another. Joining twice does nothing."""
    try:
        source.startTransmit(destination)
    except pj.Error as error:
        log.info("join: %s", error.info())


def part(source: Any, destination: Any) -> None:
    """Undo `join`."""
    try:
        source.stopTransmit(destination)
    except pj.Error as error:
        log.info("part: %s", error.info())


class Source:
    """A pjsua2 source in the mixer, the one call it plays to, and the taps that hear it too.

    Args:
        media: a pjsua2 `AudioMedia` that is registered with the mixer.
        release: takes it back when it has fallen silent.
    """

    def __init__(self, media: Any, release: Callable[[Any], None]) -> None:
        self._media = media
        self._release = release
        self._to: Any = None
        self._taps: list[Any] = []

    def play_to(self, audio: Any) -> None:
        """Connect with a call's port, again if need be: a re-INVITE may have given it a new one."""
        if self._media is not None and audio is not None:
            self._to = audio
            join(self._media, audio)

    def join_also(self, tap: Any) -> None:
        """Let a tap hear it until it falls silent."""
        if self._media is not None:
            self._taps.append(tap)
            tap.hear(self._media)

    def part_from(self, tap: Any) -> None:
        """Undo `join_also`."""
        if self._media is not None and tap in self._taps:
            self._taps.remove(tap)
            tap.leave(self._media)

    def stop(self) -> None:
        """Fall silent for good."""
        media, self._media = self._media, None
        if media is None:
            return
        for tap in self._taps:
            tap.leave(media)
        self._taps = []
        if self._to is not None:
            part(media, self._to)
        self._release(media)


def make_ringing() -> Any:
    """A generator of the tone that a caller hears while the other side rings."""
    tone = pj.ToneDesc()
    tone.freq1 = _RINGING_HZ
    tone.on_msec, tone.off_msec = _RINGING_ON_MS, _RINGING_OFF_MS
    tones = pj.ToneDescVector()
    tones.append(tone)
    generator = pj.ToneGenerator()
    generator.createToneGenerator(CLOCK_RATE, 1)
    generator.play(tones, True)
    return generator
