"""What the test phone does when: keys in groups and speech, each sent when the prompt has been heard to its end.

Pure: times are given, in milliseconds of one clock.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

#: A key sounds for so long, and so long after it nothing does.
TONE_MS = 100
PAUSE_MS = 100
#: A prompt that a key interrupts is gone within so long; what sounds later, or after any pause, is the next one.
TAIL_MS = 400

_KEYS = re.compile(r"^[0-9*#A-Da-d]+$")
_SPEECH = re.compile(r"^say:(\S+)$")
_SECONDS = re.compile(r"^(wait|barge):(\d{1,4}(?:\.\d{1,3})?)$")


class ScriptError(ValueError):
    """A script that cannot be understood; the message says which group and what is allowed."""


@dataclass(frozen=True)
class Press:
    """Press these keys when the prompt has been heard to its end, or when a `Barge` before it says."""

    keys: str


@dataclass(frozen=True)
class Say:
    """Speak a sound when the prompt has been heard to its end, or when a `Barge` before it says.

    Attributes:
        sound: its name, such as a file.
    """

    sound: str


@dataclass(frozen=True)
class Wait:
    """Do nothing for so long, whatever is heard."""

    seconds: float


@dataclass(frozen=True)
class Barge:
    """Go on so long after the beginning of the next prompt, without waiting for its end."""

    seconds: float


@dataclass(frozen=True)
class HangUpNow:
    """Hang up at once."""


Step = Press | Say | Wait | Barge | HangUpNow


def parse_script(text: str) -> tuple[Step, ...]:
    """Read groups separated by blanks: keys, `say:FILE`, `wait:SECONDS`, `barge:SECONDS` or `hangup`.

    Raises:
        ScriptError: a group is none of these.
    """
    return tuple(_parse_group(group) for group in text.split())


def _parse_group(group: str) -> Step:
    if group == "hangup":
        return HangUpNow()
    speech = _SPEECH.match(group)
    if speech:
        return Say(speech[1])
    timed = _SECONDS.match(group)
    if timed:
        seconds = float(timed[2])
        return Wait(seconds) if timed[1] == "wait" else Barge(seconds)
    if _KEYS.match(group):
        return Press(group.upper())
    raise ScriptError(f"{group!r}: must be keys (0-9 * # A-D), say:FILE, wait:SECONDS, barge:SECONDS or hangup")


class Ear:
    """Follows the sound of a call as it comes in.

    Attributes:
        started_ms: when the first sound since `forget` began; None while there was none.
    """

    def __init__(self) -> None:
        self.started_ms: float | None = None
        self._sound_until_ms: float | None = None
        self._is_loud = False
        self._ignore_until_ms: float | None = None

    def hear(self, start_ms: float, end_ms: float, is_loud: bool) -> None:
        """Take the next stretch of what is heard."""
        self._is_loud = is_loud
        if not is_loud or (self._ignore_until_ms is not None and start_ms >= self._ignore_until_ms):
            self._ignore_until_ms = None
        if not is_loud or self._ignore_until_ms is not None:
            return
        if self.started_ms is None:
            self.started_ms = start_ms
        self._sound_until_ms = end_ms

    def forget(self, now_ms: float) -> None:
        """A key was pressed: what is heard from now on is another prompt, but for the tail of the one it interrupts."""
        self.started_ms = self._sound_until_ms = None
        self._ignore_until_ms = now_ms + TAIL_MS if self._is_loud else None

    def is_quiet(self, now_ms: float, for_ms: float) -> bool:
        """True if there was sound since `forget` and then none for so long."""
        return self._sound_until_ms is not None and now_ms - self._sound_until_ms >= for_ms


@dataclass(frozen=True)
class Key:
    """Press one key now. `group` counts groups of keys from 0."""

    digit: str
    group: int


@dataclass(frozen=True)
class Speak:
    """Speak this sound now."""

    sound: str


@dataclass(frozen=True)
class HangUp:
    """End the call now.

    Attributes:
        reason: `hangup` (the script says so), `finished` (all was done and heard) or `no_sound` (a prompt was waited
            for in vain).
    """

    reason: str


class Script:
    """Decides from what is heard what to do next.

    Args:
        steps: what to do, in order.
        ear: kept up to date by the caller; told here when keys are pressed and when speech has ended.
        lengths_ms: how long each sound is that the steps speak.
        prompt_end_ms: a prompt is over after so much silence.
        last_silence_ms: after the last step the call is over after so much silence behind sound.
        patience_ms: for so long a prompt is waited for.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        ear: Ear,
        lengths_ms: Mapping[str, float] = MappingProxyType({}),
        *,
        prompt_end_ms: float = 1200,
        last_silence_ms: float = 3000,
        patience_ms: float = 15000,
    ) -> None:
        self._steps = deque(steps)
        self._ear = ear
        self._lengths_ms = lengths_ms
        self._speaking_until_ms: float | None = None
        self._prompt_end_ms = prompt_end_ms
        self._last_silence_ms = last_silence_ms
        self._patience_ms = patience_ms
        self._since_ms = 0.0
        self._keys: deque[str] = deque()
        self._next_key_ms = 0.0
        self._group = -1
        self._now_is_the_time = False

    def unsent(self) -> tuple[str, ...]:
        """Groups of keys that were not sent, or not wholly, and sounds that were not spoken."""
        begun = ("".join(self._keys),) if self._keys else ()
        left = [step for step in self._steps if isinstance(step, (Press, Say))]
        return (*begun, *(step.keys if isinstance(step, Press) else f"say:{step.sound}" for step in left))

    def next(self, now_ms: float) -> Key | Speak | HangUp | None:
        """What to do now, if anything. To be asked often: keys are as exact as the asking."""
        if self._is_speaking(now_ms):
            return None
        if self._keys:
            return self._next_key(now_ms)
        if now_ms < self._next_key_ms:
            return None  # the last key still sounds
        while self._steps:
            step = self._steps[0]
            if isinstance(step, HangUpNow):
                return HangUp("hangup")
            if not self._is_due(step, now_ms):
                return self._lost_patience(now_ms) if not isinstance(step, Wait) else None
            self._steps.popleft()
            self._since_ms = now_ms
            self._now_is_the_time = isinstance(step, Barge)
            if isinstance(step, Press):
                self._keys.extend(step.keys)
                self._group += 1
                return self._next_key(now_ms)
            if isinstance(step, Say):
                self._speaking_until_ms = now_ms + self._lengths_ms[step.sound]
                return Speak(step.sound)
        return HangUp("finished") if self._ear.is_quiet(now_ms, self._last_silence_ms) else self._lost_patience(now_ms)

    def _is_speaking(self, now_ms: float) -> bool:
        """Whether a sound is being spoken. What is heard after its end is the answer to it."""
        if self._speaking_until_ms is None:
            return False
        if now_ms < self._speaking_until_ms:
            return True
        self._speaking_until_ms = None
        self._ear.forget(now_ms)
        self._since_ms = now_ms
        return False

    def _is_due(self, step: Press | Say | Wait | Barge, now_ms: float) -> bool:
        if isinstance(step, Wait):
            return now_ms - self._since_ms >= step.seconds * 1000
        if isinstance(step, Barge):
            return self._ear.started_ms is not None and now_ms - self._ear.started_ms >= step.seconds * 1000
        return self._now_is_the_time or self._ear.is_quiet(now_ms, self._prompt_end_ms)

    def _next_key(self, now_ms: float) -> Key | None:
        if now_ms < self._next_key_ms:
            return None
        self._ear.forget(now_ms)
        self._since_ms = now_ms
        self._next_key_ms = now_ms + TONE_MS + PAUSE_MS
        return Key(self._keys.popleft(), self._group)

    def _lost_patience(self, now_ms: float) -> HangUp | None:
        waited = self._ear.started_ms is None and now_ms - self._since_ms >= self._patience_ms
        return HangUp("no_sound") if waited else None
