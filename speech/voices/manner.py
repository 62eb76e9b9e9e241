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
class Manner:
    """One voice at one speed.

    Attributes:
        voice: name of the voice in its engine; empty for the engine's usual one.
        speed: 1.0 is the voice's own speed.
        slow_speed: the speed for callers who need more time.
        clause_ms: silence after a clause.
        sentence_ms: silence after a sentence.
    """

    voice: str
    speed: float
    slow_speed: float
    clause_ms: int = 200
    sentence_ms: int = 400

    def at(self, pace: str) -> Manner:
        """The manner for a pace: a slow one has longer silences, too."""
        if pace != "slow":
            return self
        clause_ms, sentence_ms = self.clause_ms * 3 // 2, self.sentence_ms * 3 // 2
        return replace(self, speed=self.slow_speed, clause_ms=clause_ms, sentence_ms=sentence_ms)

    def pause_after(self, text: str) -> int:
        """Milliseconds of silence that belong behind a text, by the mark at its end."""
        text = text.rstrip()
        if text.endswith(tuple("。！？；.!?;")):
            return self.sentence_ms
        return self.clause_ms if text.endswith(tuple("，、：,:")) else 0


#: The usual manner of each language; another language gets the last.
MANNERS: Mapping[str, Manner] = {
    "zh": Manner("zf_xiaobei", speed=0.9, slow_speed=0.75),
    "en": Manner("af_heart", speed=0.95, slow_speed=0.8),
}


def manner_for(language: str, pace: str) -> Manner:
    """The manner in which a language is spoken at a pace."""
    return MANNERS.get(language, MANNERS["en"]).at(pace)
