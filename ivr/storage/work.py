"""What waits for people, for reading: lists by deadline, one item with its notes, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Row, and_, case, func, or_, select

from ivr.storage.down import or_down
from ivr.storage.work_models import Work, WorkNote

QUEUES = ("appeal", "callback", "review")
#: What can come of an item.
RESULTS = ("answered", "passed_on", "unreachable", "withdrawn", "nothing_to_do")


class NoSuchWorkError(LookupError):
    """There is no item with this number."""


@dataclass(frozen=True)
class WorkItem:
    """One thing that a person must do.

    Attributes:
        queue: `appeal`, `callback` or `review`.
        about: the kind of an appeal; of a review its reasons, with commas.
        wanted: when a call would suit, in the menu's word.
        sealed: all that was left with it, sealed.
        contact_by: until when the caller is to be called; None where nobody is.
        due_at: the next of the two deadlines.
        state: `open` or `closed`.
        taken_by: name of an account, or `token:NAME`; empty for nobody.
        reminders: how often the caller asked to hurry.
        rating: the mark that the caller gave, 1 to 5.
    """

    id: int
    queue: str
    call_id: str
    token: int
    call_started_at: datetime
    ticket: str
    left_at: datetime
    caller_masked: str
    caller_sealed: str
    language: str
    about: str
    township: str
    category: str
    wanted: str
    sealed: str
    recordings: str
    contact_by: datetime | None
    answer_by: datetime
    due_at: datetime
    state: str
    taken_by: str
    taken_at: datetime | None
    contacted_at: datetime | None
    closed_at: datetime | None
    closed_by: str
    result: str
    transcript: str
    transcript_by: str
    reminders: int
    rating: int | None


@dataclass(frozen=True)
class Note:
    """A line in the course of an item.

    Attributes:
        deed: `note`, or what was done: `taken`, `contacted`, `category`, `transcript`, `handed_over`, `put_back`,
            `closed`, `reopened`.
    """

    number: int
    at: datetime
    who: str
    deed: str
    text: str


@dataclass(frozen=True)
class WorkFilter:
    """Which items to list; what is empty does not matter.

    Attributes:
        taken_by: name of an account; `-` for what nobody has taken.
    """

    queue: str = ""
    state: str = "open"
    taken_by: str = ""
    township: str = ""
    category: str = ""
    ticket: str = ""
    overdue_at: datetime | None = None


@dataclass(frozen=True)
class Place:
    """Where a page of a list ends."""

    at: datetime
    id: int


@dataclass(frozen=True)
class Page:
    """Items, the most urgent first; closed ones with the latest first.

    Attributes:
        next: where the next page begins; None when nothing is left.
    """

    items: list[WorkItem]
    next: Place | None


@dataclass(frozen=True)
class Waiting:
    """How much waits in a queue."""

    open: int
    overdue: int
    untaken: int


COLUMNS = tuple(getattr(Work, field.name) for field in fields(WorkItem))


class WorkQueues:
    """Reads the queues. Every method raises `DatabaseDownError` when the database cannot be read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, wanted: WorkFilter, after: Place | None = None, limit: int = 50) -> Page:
        """A page of items."""
        closed = wanted.state == "closed"
        key = Work.closed_at if closed else Work.due_at
        query = select(*COLUMNS).where(*_conditions(wanted)).limit(limit + 1)
        query = query.order_by(*(key.desc(), Work.id.desc()) if closed else (key, Work.id))
        if after is not None:
            beyond, tied = (key < after.at, Work.id < after.id) if closed else (key > after.at, Work.id > after.id)
            query = query.where(or_(beyond, and_(key == after.at, tied)))
        with or_down(), self._engine.connect() as connection:
            items = [item_of(row) for row in connection.execute(query)]
        more = len(items) > limit
        items = items[:limit]
        if not more:
            return Page(items, None)
        last = items[-1]
        return Page(items, Place((last.closed_at or last.due_at) if closed else last.due_at, last.id))

    def item(self, number: int) -> WorkItem:
        """One item.

        Raises:
            NoSuchWorkError: there is none.
        """
        with or_down(), self._engine.connect() as connection:
            row = connection.execute(select(*COLUMNS).where(Work.id == number)).one_or_none()
        if row is None:
            raise NoSuchWorkError(number)
        return item_of(row)

    def notes(self, number: int) -> list[Note]:
        """What was noted and done, first things first."""
        columns = (WorkNote.number, WorkNote.at, WorkNote.who, WorkNote.deed, WorkNote.text)
        query = select(*columns).where(WorkNote.item == number).order_by(WorkNote.number)
        with or_down(), self._engine.connect() as connection:
            return [Note(**row._mapping) for row in connection.execute(query)]

    def of_call(self, call_id: str) -> list[WorkItem]:
        """What a call has left."""
        query = select(*COLUMNS).where(Work.call_id == call_id).order_by(Work.id)
        with or_down(), self._engine.connect() as connection:
            return [item_of(row) for row in connection.execute(query)]

    def waiting(self, now: datetime) -> dict[str, Waiting]:
        """How much waits in each queue."""
        overdue = func.sum(case((Work.due_at < now, 1), else_=0))
        untaken = func.sum(case((Work.taken_by == "", 1), else_=0))
        query = select(Work.queue, func.count(), overdue, untaken).where(Work.state == "open").group_by(Work.queue)
        with or_down(), self._engine.connect() as connection:
            rows = connection.execute(query).all()
        found = {queue: Waiting(count, int(late), int(free)) for queue, count, late, free in rows}
        return {queue: found.get(queue, Waiting(0, 0, 0)) for queue in QUEUES}

    def values(self) -> dict[str, list[str]]:
        """The townships and categories of what is open."""
        found = {}
        with or_down(), self._engine.connect() as connection:
            for column in (Work.township, Work.category):
                query = select(column).where(Work.state == "open", column != "").distinct().order_by(column).limit(200)
                found[column.key] = list(connection.execute(query).scalars())
        return found


def item_of(row: Row[tuple[object, ...]]) -> WorkItem:
    """The item of a row selected by `COLUMNS`."""
    return WorkItem(**row._mapping)


def _conditions(wanted: WorkFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.state:
        yield Work.state == wanted.state
    if wanted.taken_by:
        yield Work.taken_by == ("" if wanted.taken_by == "-" else wanted.taken_by)
    for name in ("queue", "township", "category", "ticket"):
        value = getattr(wanted, name)
        if value:
            yield getattr(Work, name) == value
    if wanted.overdue_at is not None:
        yield Work.due_at < wanted.overdue_at
