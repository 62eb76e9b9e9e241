"""What a gateway may wish of a speech worker beyond what Wyoming has words for; it travels as `context`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Wish:
    """What the `context` of a `synthesize` may say.

    Attributes:
        language: language code; Wyoming does not carry it beside the name of a voice. Empty: that of the voice.
        speed: 1.0 is the voice's own speed.
        urgency: smaller is sooner; 0 is for a caller who hears nothing until it is there.
        telephone: True for 8 kHz in telephone band and loudness, without silence around it; False for the engine's own
            sound.
    """

    language: str = ""
    speed: float = 1.0
    urgency: int = 0
    telephone: bool = False

    def context(self) -> dict[str, Any]:
        """As it travels."""
        return asdict(self)

    @staticmethod
    def from_context(context: Any) -> Wish:
        """Read it. Raises ValueError for what cannot be meant."""
        if context is None:
            return Wish()
        if not isinstance(context, dict):
            raise ValueError("context must be an object")
        speed, urgency = context.get("speed", 1.0), context.get("urgency", 0)
        if not isinstance(speed, (int, float)) or not 0.3 <= speed <= 3:
            raise ValueError(f"speed must be 0.3 to 3, not {speed!r}")
        if not isinstance(urgency, int):
            raise ValueError(f"urgency must be a whole number, not {urgency!r}")
        language = str(context.get("language") or "")
        return Wish(language, float(speed), urgency, bool(context.get("telephone", False)))
