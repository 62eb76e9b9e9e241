"""Templates to pages. Everything is escaped unless it is markup that we made ourselves."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ivr.console import words
from ivr.console.roles import ROLE_NAMES
from ivr.console.web import NOTICE_COOKIE, Answer, Cookie, Visit

#: Pages that stand in the navigation.
PAGES = frozenset({"calls", "live", "work", "menus", "authoring", "reports", "health", "audit", "people"})

_STATIC = resources.files("ivr.console") / "static"


def page(visit: Visit, template: str, *, status: int = 200, cookies: tuple[Cookie, ...] = (), **facts: Any) -> Answer:
    """The page that a template makes of the facts."""
    text = environment().get_template(template).render(visit=visit, _=visit.say, word=_word(visit), **facts)
    if visit.notice:
        cookies = (*cookies, Cookie(NOTICE_COOKIE, ""))
    return Answer(text.encode(), status, cookies=cookies)


def part(visit: Visit, template: str, **facts: Any) -> Markup:
    """A piece of a page."""
    return Markup(environment().get_template(template).render(visit=visit, _=visit.say, word=_word(visit), **facts))


@lru_cache(maxsize=1)
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("ivr.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        clock=clock, moment=moment, minute=minute, hour=hour, seconds=seconds, percent=percent, number=number
    )
    made.globals.update(static=static, ROLE_NAMES=ROLE_NAMES, PAGES=PAGES, len=len, min=min, max=max)
    return made


def _word(visit: Visit) -> Any:
    """Looks words of the call log up in the language of the visit: `word('outcome', 'served')`."""

    def word(kind: str, value: str) -> str:
        pair = words.WORDS[kind].get(value)
        return visit.say(*pair) if pair else value

    return word


@lru_cache(maxsize=64)
def static(name: str) -> str:
    """Address of a static file that changes with its content, so that browsers may keep it for ever."""
    content = (_STATIC / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"


def clock(milliseconds: int | None) -> str:
    """A length of time as `1:05` (minutes, seconds); empty when unknown."""
    if milliseconds is None:
        return ""
    whole = round(milliseconds / 1000)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def seconds(milliseconds: float | None) -> str:
    """A short length of time as `0.25 s`; empty when unknown."""
    return "" if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def moment(at: datetime | None) -> str:
    """Day and time to the second on the gateway's own clock."""
    return "" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def minute(at: datetime | None) -> str:
    """Day and time to the minute."""
    return "" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"


def hour(at: datetime | None) -> str:
    """The time of the day to the second."""
    return "" if at is None else f"{at.astimezone():%H:%M:%S}"


def percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.1f} %"


def number(value: float) -> str:
    """A number with separators of thousands."""
    return f"{value:,.0f}"


def lasting(visit: Visit, span: timedelta) -> str:
    """A length of time in words, in its largest unit."""
    minutes = round(span.total_seconds() / 60)
    if minutes >= 48 * 60:
        return visit.say(f"{minutes // 1440} 天", f"{minutes // 1440} days")
    if minutes >= 120:
        return visit.say(f"{minutes // 60} 小时", f"{minutes // 60} hours")
    return visit.say(f"{minutes} 分钟", f"{minutes} minutes")
