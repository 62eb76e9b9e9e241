"""How a text is spoken: which engine, which of its voices, how fast. It is part of the key of every cached prompt.

Old callers on bad lines decide the speeds: a little slower than the voices' own. Much slower is not clearer: an
independent recogniser gets more syllables wrong (docs/speech.md has the figures).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Pace = Literal["normal", "slow"]


@dataclass(frozen=True)
class Sound:
    """What of a manner an engine is told.

    Attributes:
        voice: name of the voice in its engine; empty for the engine's usual one.
        speed: 1.0 is the voice's own speed.
    """

    voice: str
    speed: float


@dataclass(frozen=True)
class Manner:
    """One voice at one speed, and the silence between what it says.

    Attributes:
        voice: see `Sound`.
        speed: see `Sound`.
        clause_ms: silence after a clause.
        sentence_ms: silence after a sentence.
    """

    voice: str
    speed: float
    clause_ms: int = 200
    sentence_ms: int = 400

    @property
    def sound(self) -> Sound:
        return Sound(self.voice, self.speed)

    def at(self, pace: str) -> Manner:
        """The manner for a pace. A slow one has longer silences and the same voice: a slower voice is understood worse.

        At speed 0.8 the recogniser got 14 % of the syllables of slow prompts wrong, at 0.9 some 2 %.
        """
        if pace != "slow":
            return self
        return replace(self, clause_ms=self.clause_ms * 5 // 2, sentence_ms=self.sentence_ms * 5 // 2)

    def pause_after(self, text: str) -> int:
        """Milliseconds of silence that belong behind a text, by the mark at its end."""
        text = text.rstrip()
        if text.endswith(tuple("。！？；.!?;")):
            return self.sentence_ms
        return self.clause_ms if text.endswith(tuple("，、：,:")) else 0


#: The usual manner of each language; another language gets the last.
MANNERS: Mapping[str, Manner] = {
    # Deep, because age takes the high tones first; understood best of all, too.
    "zh": Manner("zm_yunjian", speed=0.9),
    "en": Manner("af_heart", speed=0.95),
    # espeak-ng, which has one voice for each.
    "ko": Manner("", speed=0.8),
    "yue": Manner("", speed=0.8),
}


def manner_for(language: str, pace: str, wish: str = "") -> Manner:
    """The manner in which a language is spoken at a pace.

    Args:
        wish: another voice, another speed or both: `zf_xiaobei`, `@0.8`, `zf_xiaobei@0.8`. Raises ValueError for a
            speed that is no number.
    """
    usual = MANNERS.get(language, MANNERS["en"])
    voice, _, speed = wish.partition("@")
    return replace(usual, voice=voice or usual.voice, speed=float(speed) if speed else usual.speed).at(pace)
