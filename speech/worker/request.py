"""What a `transcribe` asks for, read from its `context`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

from speech.matching.options import Option
from speech.matching.templates import TemplateError, wordings
from speech.matching.understanding import Expect, Question
from speech.worker.refusal import RefusedError

#: Options, and wordings of all options together, that one turn may have.
MOST_OPTIONS, MOST_PHRASES = 64, 400
LONGEST_PHRASE = 60
LONGEST_MS = 60_000
_LONGEST_NAME = 64


@dataclass(frozen=True)
class TurnRequest:
    """A turn that a gateway opens.

    Attributes:
        turn: the gateway's number of it; goes into every answer.
        question: what is asked.
        barge_in: whether speech over a prompt counts.
        longest_ms: speech that is cut off.
        call: the gateway's name of the call, for the log.
    """

    turn: int
    question: Question
    barge_in: bool = True
    longest_ms: float = 15_000.0
    call: str = ""


def turn_request(data: Mapping[str, Any]) -> TurnRequest:
    """The `data` of a `transcribe`. Without a context, everything that is said is to be written down.

    Raises:
        RefusedError: `bad-request`, saying what is wrong.
    """
    try:
        return _read(data)
    except (ValueError, TypeError, TemplateError) as error:
        raise RefusedError("bad-request", f"transcribe: {error}") from error


def _read(data: Mapping[str, Any]) -> TurnRequest:
    context = data.get("context") or {}
    if not isinstance(context, dict):
        raise ValueError("context must be an object")
    expect = context.get("expect", "free")
    if expect not in get_args(Expect):
        raise ValueError(f"expect must be one of {', '.join(get_args(Expect))}, not {expect!r}")
    values = _slots(context.get("slots") or {})
    options = (*_options(context.get("options"), values), *_options(context.get("universals"), values))
    if sum(len(option.phrases) for option in options) > MOST_PHRASES:
        raise ValueError(f"more than {MOST_PHRASES} wordings")
    digits = context.get("digits") or {}
    least, most = _number(digits, "least", 1, 0, 64), _number(digits, "most", 64, 0, 64)
    if least > most:
        raise ValueError(f"digits: least {least} is more than most {most}")
    return TurnRequest(
        _number(context, "turn", 0, 0, 1 << 53),
        Question(str(data.get("language") or "zh"), cast(Expect, expect), options, least, most),
        context.get("barge_in", True) is not False,
        _number(context, "longest_ms", 15_000, 1000, LONGEST_MS),
        _name(context.get("call")),
    )


def _name(call: Any) -> str:
    return call[:_LONGEST_NAME] if isinstance(call, str) and call.isprintable() else ""


def _options(listed: Any, values: Mapping[str, Sequence[str]]) -> tuple[Option, ...]:
    if listed is None:
        return ()
    if not isinstance(listed, list) or len(listed) > MOST_OPTIONS:
        raise ValueError(f"options must be a list of at most {MOST_OPTIONS}")
    return tuple(_option(one, values) for one in listed)


def _option(one: Any, values: Mapping[str, Sequence[str]]) -> Option:
    if not isinstance(one, dict) or not isinstance(one.get("id"), str):
        raise ValueError("an option must be an object with an id")
    phrases = one.get("phrases")
    if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
        raise ValueError(f"option {one['id']!r}: phrases must be a list of texts")
    if any(len(phrase) > LONGEST_PHRASE for phrase in phrases):
        raise ValueError(f"option {one['id']!r}: a phrase is longer than {LONGEST_PHRASE} characters")
    return Option(one["id"], tuple(dict.fromkeys(text for phrase in phrases for text in wordings(phrase, values))))


def _slots(slots: Any) -> Mapping[str, Sequence[str]]:
    if not isinstance(slots, dict) or not all(isinstance(texts, list) for texts in slots.values()):
        raise ValueError("slots must be an object of lists")
    return {str(name): [str(text) for text in texts] for name, texts in slots.items()}


def _number(data: Any, name: str, usual: int, least: int, most: int) -> int:
    if not isinstance(data, dict):
        raise ValueError("digits must be an object")
    value = data.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{name} must be {least} to {most}, not {value!r}")
    return value
