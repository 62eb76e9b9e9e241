"""Whether a call may be placed now. Pure: no clock, no disk, no telephone.

The rules stand between the backend's list and the trunk, so that nothing that the list says can be worse than a call
too few: a number must be of a kind that the settings allow and is never abroad, nobody who asked to be left alone is
called, nobody is called at night, again and again, or too soon again, and an hour has only so many calls.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import Literal, Union

from ivr.outbound.settings import OutboundSettings

#: How a try ended. What is reported to the backend, and besides: `failed` is the trunk's fault and counts as no try;
#: empty while it goes on, or for ever if the gateway broke off.
Reported = Literal["talked", "no_answer", "busy", "wrong_number", "refused_further_calls"]
Outcome = Union[Reported, Literal["failed", ""]]
Verdict = Literal[
    "place", "settled", "wrong_number", "not_wanted", "unknown_purpose", "not_hours", "too_many", "too_soon", "enough"
]
_NO_MORE: frozenset[Outcome] = frozenset({"talked", "wrong_number", "refused_further_calls"})
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Wanted:
    """A call on the backend's list.

    Attributes:
        id: names it to the backend.
        purpose: `callback` or `rating`.
        number: the telephone number, digits only.
        text: what it is about, in words that are said.
        is_waiting: the backend still wants it.
        tries: tries that the backend knows of.
    """

    id: str
    purpose: str
    number: str
    ticket: str
    text: str
    is_waiting: bool = True
    tries: int = 0


@dataclass(frozen=True)
class Try:
    """One time that somebody was called about something."""

    at: datetime
    outcome: Outcome


def plain_number(written: str) -> str:
    """A number as it is dialled at home: digits, without +86 or 0086 and without separators."""
    digits = re.sub(r"[ ()-]", "", written)
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    return digits


def is_allowed(number: str, settings: OutboundSettings) -> bool:
    """Whether a number is of a kind that may be called: digits alone, not abroad, and one of the patterns."""
    return (
        number.isascii()
        and number.isdecimal()
        and not number.startswith("00")
        and any(fnmatchcase(number, pattern) for pattern in settings.numbers)
    )


def is_time(moment: datetime, settings: OutboundSettings) -> bool:
    """Whether people may be called at this moment, which is local."""
    first, last = settings.span
    now = time(moment.hour, moment.minute, moment.second)
    within = first <= now < last if first <= last else now >= first or now < last
    return within and (settings.weekends or moment.weekday() < 5)


def decide(
    wanted: Wanted,
    moment: datetime,
    tries: Sequence[Try],
    *,
    not_wanted: bool,
    in_last_hour: int,
    settings: OutboundSettings,
) -> Verdict:
    """Whether a call may be placed now, or why not.

    Args:
        moment: now, local.
        tries: about the same matter, the oldest first; what the trunk failed with among them.
        not_wanted: this number wants no calls.
        in_last_hour: calls placed in the hour before, to whomever.
    """
    counted = [one for one in tries if one.outcome != "failed"]
    if not wanted.is_waiting or any(one.outcome in _NO_MORE for one in counted):
        return "settled"
    if not is_allowed(wanted.number, settings):
        return "wrong_number"
    if not_wanted:
        return "not_wanted"
    if wanted.purpose not in settings.trees:
        return "unknown_purpose"
    if max(len(counted), wanted.tries) >= settings.most_tries:
        return "enough"
    if not is_time(moment, settings):
        return "not_hours"
    if in_last_hour >= settings.most_per_hour:
        return "too_many"
    if tries and moment - tries[-1].at < timedelta(minutes=settings.pause_min):
        return "too_soon"
    return "place"


def outcome_of_refusal(code: int) -> Outcome:
    """What a final SIP answer other than 200 says of the person (RFC 3261 section 21). What speaks of the trunk is
    `failed`: nobody was rung.
    """
    if code in (486, 600):
        return "busy"
    if code in (408, 480, 487, 603):
        return "no_answer"
    return "wrong_number" if code in (404, 410, 484, 604) else "failed"
