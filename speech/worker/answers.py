"""The events with which a turn is answered."""

from __future__ import annotations

from wyoming.error import Error
from wyoming.event import Event

from speech.matching.understanding import Understanding
from speech.worker.refusal import RefusedError
from speech.worker.request import TurnRequest


def voice(kind: str, at_ms: float, turn: int) -> Event:
    """`voice-started` or `voice-stopped`."""
    return Event(kind, {"timestamp": max(0, round(at_ms)), "turn": turn})


def transcript(
    request: TurnRequest,
    understanding: Understanding,
    engine: str,
    *,
    speech_ms: float,
    decision_ms: float,
    early: bool,
) -> Event:
    """The decision.

    Args:
        speech_ms: how much was voiced.
        decision_ms: from the end of speech to this event.
        early: whether the words ended the turn, not silence.
    """
    context = {
        "turn": request.turn,
        "band": understanding.band,
        "candidates": [vars(candidate) for candidate in understanding.candidates],
        "values": list(understanding.values),
        "engine": engine,
        "speech_ms": round(speech_ms),
        "decision_ms": round(decision_ms),
        "early": early,
        "reason": understanding.reason,
    }
    return Event("transcript", {"text": understanding.text, "language": request.question.language, "context": context})


def refused(error: RefusedError, turn: int | None = None) -> Event:
    """An error, about a turn if there is one."""
    event = Error(str(error), error.code).event()
    if turn is not None:
        event.data["turn"] = turn
    return event
