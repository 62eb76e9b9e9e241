"""The question of a turn as a Wyoming event, and the worker's answer as an event of the call. Pure; what comes from the
worker may be anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast, get_args

from wyoming.asr import Transcribe
from wyoming.event import Event

from ivr.flow.commands import Listen, SpokenOption
from ivr.flow.events import Band, Candidate, Heard, HeardNothing, HearingFailure, NotHeard

#: Speech that is longer is cut off by the worker, in milliseconds. A caller reads a long number in less.
LONGEST_MS = 15_000
#: What of an answer is looked at: more is no answer of a recogniser.
_MOST_TEXT, _MOST_NAME, _MOST_CANDIDATES = 500, 20, 10

_Kind = TypeVar("_Kind")


class GarbledError(ValueError):
    """The worker said what is no answer."""


def question_of(turn: Listen, call_id: str) -> Event:
    """`transcribe` for a turn. The number of the turn is its token."""
    context: dict[str, Any] = {
        "turn": turn.token,
        "call": call_id,
        "expect": turn.expect,
        "options": _listed(turn.options),
        "universals": _listed(turn.universals),
        "barge_in": True,
        "longest_ms": LONGEST_MS,
    }
    if turn.most:
        context["digits"] = {"least": turn.least, "most": turn.most}
    return Transcribe(language=turn.language, context=context).event()


def turn_of(event: Event) -> int | None:
    """The turn that an event of the worker is about; None if it does not say."""
    context = event.data.get("context")
    number = context.get("turn") if isinstance(context, dict) else event.data.get("turn")
    return number if isinstance(number, int) else None


def answer_of(event: Event, token: int) -> Heard | HeardNothing:
    """What a `transcript` says.

    Raises:
        GarbledError: it says nothing that can be used.
    """
    context = event.data.get("context")
    if not isinstance(context, dict):
        raise GarbledError("a transcript without a decision: is it our speech worker?")
    text = str(event.data.get("text") or "")[:_MOST_TEXT]
    engine = str(context.get("engine") or "")[:40]
    speech_ms, decision_ms = _whole(context, "speech_ms"), _whole(context, "decision_ms")
    band = context.get("band")
    if band == "none":
        reason = context.get("reason")
        known = reason if reason in get_args(NotHeard) else "out_of_set"
        return HeardNothing(token, cast(NotHeard, known), text, engine, speech_ms, decision_ms)
    if band not in get_args(Band):
        raise GarbledError(f"no band of an answer: {band!r:.40}")
    return Heard(
        token=token,
        band=cast(Band, band),
        text=text,
        candidates=tuple(map(_candidate, _list(context, "candidates", dict)[:_MOST_CANDIDATES])),
        values=tuple(value[:64] for value in _list(context, "values", str)[:_MOST_CANDIDATES]),
        engine=engine,
        speech_ms=speech_ms,
        decision_ms=decision_ms,
        early=context.get("early") is True,
    )


def refusal_of(event: Event) -> tuple[HearingFailure, str]:
    """What an `error` means for the call, and a detail for the log."""
    code = event.data.get("code")
    reason: HearingFailure = "busy" if code == "busy" else "away" if code == "stopping" else "refused"
    return reason, f"{code}: {event.data.get('text')}"[:200]


def languages_of(event: Event) -> tuple[str, ...]:
    """The languages in which an `info` says that speech is understood."""
    found: dict[str, None] = {}
    for program in _list(event.data, "asr", dict):
        if program.get("installed"):
            for model in _list(program, "models", dict):
                found.update(dict.fromkeys(_list(model, "languages", str)))
    return tuple(sorted(found))


def _listed(options: tuple[SpokenOption, ...]) -> list[dict[str, Any]]:
    return [{"id": option.id, "phrases": list(option.phrases)} for option in options]


def _candidate(given: Mapping[str, Any]) -> Candidate:
    confidence = given.get("confidence", 0.0)
    if not isinstance(given.get("id"), str) or not isinstance(confidence, (int, float)):
        raise GarbledError("a candidate without id or confidence")
    phrase = str(given.get("phrase") or "")[:_MOST_TEXT]
    mergers = tuple(name[:_MOST_NAME] for name in _list(given, "mergers", str)[:_MOST_CANDIDATES])
    known = given.get("mergers") is not None
    return Candidate(given["id"], phrase, min(max(float(confidence), 0.0), 1.0), mergers if known else None)


def _whole(data: Mapping[str, Any], name: str) -> int:
    value = data.get(name) or 0
    if not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise GarbledError(f"{name} is no length of time")
    return round(value)


def _list(data: Mapping[str, Any], name: str, of: type[_Kind]) -> list[_Kind]:
    value = data.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, of) for item in value):
        raise GarbledError(f"{name} is no list of {of.__name__}")
    return value
