"""The work queues in the HTTP API: list, take, note, close. A program is written down as `token:NAME`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field

from ivr.console.pages.work import filter_of, place_of, place_text
from ivr.console.pages.work_item import LONGEST_NOTE, find, not_yours
from ivr.console.program import Asked, Operation, RequestBody
from ivr.console.services import Services
from ivr.console.web import BadRequestError
from ivr.storage.work import WorkItem
from ivr.storage.work_deeds import Doer, NotYoursError

READ, WRITE = "work:read", "work:write"
_MOST = 500
#: What only a person may see, for a reason.
_NOT_GIVEN = ("sealed", "caller_sealed", "transcript")

Words = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=LONGEST_NOTE)]


class NewNote(RequestBody):
    """Something to note."""

    text: Annotated[Words, Field(min_length=1)]


class Closing(RequestBody):
    """What came of it."""

    result: Literal["answered", "passed_on", "unreachable", "withdrawn", "nothing_to_do"]
    text: Words = ""


def work(services: Services, asked: Asked) -> Any:
    """A page of what waits, the most urgent first."""
    limit = asked.query.get("limit", "50")
    if not (limit.isascii() and limit.isdigit()) or not 1 <= int(limit) <= _MOST:
        raise BadRequestError(f"limit 从 1 到 {_MOST}", f"limit is a number from 1 to {_MOST}")
    wanted = filter_of(asked.query, asked.who, services.now())
    found = services.office.work.page(wanted, place_of(asked.query.get("after", "")), int(limit))
    return {"items": [_plain(item) for item in found.items], "next": place_text(found.next) if found.next else None}


def item(services: Services, asked: Asked, item: str) -> Any:
    """One item with its course."""
    found = find(services, item)
    return {"item": _plain(found), "notes": [asdict(note) for note in services.office.work.notes(found.id)]}


def take(services: Services, asked: Asked, item: str) -> Any:
    """Take what nobody has."""
    return _done(services, asked, item, services.office.deeds.take)


def note(services: Services, asked: Asked, item: str) -> Any:
    """Note something."""
    sent = NewNote.read(asked.body)
    return _done(services, asked, item, lambda number, doer: services.office.deeds.note(number, doer, sent.text))


def close(services: Services, asked: Asked, item: str) -> Any:
    """It is done."""
    sent = Closing.read(asked.body)
    close = services.office.deeds.close
    return _done(services, asked, item, lambda number, doer: close(number, doer, sent.result, sent.text))


OPERATIONS = (
    Operation("GET", "/api/v1/work", READ, work),
    Operation("GET", "/api/v1/work/<item>", READ, item),
    Operation("POST", "/api/v1/work/<item>/take", WRITE, take),
    Operation("POST", "/api/v1/work/<item>/notes", WRITE, note),
    Operation("POST", "/api/v1/work/<item>/close", WRITE, close),
)


def _done(services: Services, asked: Asked, item: str, deed: Callable[[int, Doer], WorkItem]) -> Any:
    number = find(services, item).id
    try:
        return {"item": _plain(deed(number, Doer(asked.who, address=asked.address)))}
    except NotYoursError as error:
        raise not_yours(error) from error


def _plain(item: WorkItem) -> dict[str, Any]:
    found = {name: value for name, value in asdict(item).items() if name not in _NOT_GIVEN}
    return {**found, "recordings": item.recordings.split("\n") if item.recordings else []}
