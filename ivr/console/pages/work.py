"""The work queues: what waits for people, the most urgent first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ivr.console.call_filters import ticked
from ivr.console.cursors import cursor_of, cursor_text
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.time_left import urgency
from ivr.console.townships import township_names
from ivr.console.web import Answer, BadRequestError, Visit
from ivr.storage.work import QUEUES, Place, WorkFilter

_PAGE = 50
_LONGEST = 200


def show(services: Services, visit: Visit) -> Answer:
    """One page of items."""
    now = services.now()
    wanted = filter_of(visit.query, visit.who, now)
    found = services.office.work.page(wanted, place_of(visit.query.get("after", "")), _PAGE)
    return page(
        visit,
        "work.html",
        here="work",
        items=found.items,
        following=visit.here(after=place_text(found.next)) if found.next else "",
        waiting=services.office.work.waiting(now),
        values=services.office.work.values(),
        townships=township_names(services.menus(), visit.language),
        urgency={item.id: urgency(visit, item.due_at, now) for item in found.items},
        names={person.name: person.full_name or person.name for person in services.office.accounts.everyone()},
        queue=visit.query.get("queue", ""),
        closed=visit.query.get("state") == "closed",
    )


def filter_of(query: Mapping[str, str], who: str, now: datetime) -> WorkFilter:
    """The items that a query of somebody means.

    Raises:
        BadRequestError: a value cannot be.
    """
    queue, state = query.get("queue", ""), query.get("state", "") or "open"
    if queue not in ("", *QUEUES):
        raise BadRequestError("没有这个队列", f"queue is none of {', '.join(QUEUES)}")
    if state not in ("open", "closed"):
        raise BadRequestError("状态只有待办和已办结", "state is open or closed")
    if any(len(value) > _LONGEST for value in query.values()):
        raise BadRequestError("筛选太长", "a value is too long")
    named = {"": "", "mine": who, "free": "-"}
    whose = query.get("whose", "")
    if whose not in named:
        raise BadRequestError("只能是自己的或没人领的", "whose is mine or free")
    return WorkFilter(
        queue,
        state,
        named[whose],
        query.get("township", ""),
        query.get("category", ""),
        query.get("ticket", "").strip(),
        now if ticked(query, "overdue") else None,
    )


def place_text(place: Place) -> str:
    """A place of the list as it stands in a URL."""
    return cursor_text(place.at, place.id)


def place_of(text: str) -> Place | None:
    """The place that a URL names; None for the beginning.

    Raises:
        BadRequestError: it is none of ours.
    """
    cursor = cursor_of(text, _number)
    return Place(*cursor) if cursor else None


def _number(text: str) -> int:
    if len(text) > 12:
        raise ValueError("no number of an item")
    return int(text)
