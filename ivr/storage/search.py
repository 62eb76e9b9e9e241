"""Searching calls: filters that combine, latest first, page by page, in a bounded time however large the log is.

Pages are cut by the place of their last call (keyset paging), so the thousandth page costs what the first one costs.
A combination that almost nothing fits would still read the whole log. So each slice of time begins where the rarest of
the wanted values occurs next, which its index tells at once; slices grow, and when the time for one page is over, what
was found so far is the page, and it says how far back it reaches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, func, literal_column, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from ivr.storage.down import or_down
from ivr.storage.entries import CallEntry
from ivr.storage.models import Call
from ivr.storage.records import CALL_COLUMNS, call_entry
from ivr.storage.work_models import Work

#: Sorts after every character that a call id may hold.
AFTER_ALL = "\x7f"
_FIRST_SLICE = timedelta(hours=6)
_GROWTH = 4.0
_SHORTEST_S = 0.001
_MOST_VALUES = 500
#: Fields of `Search` that are columns of `calls` with an index of their own, with the time of the call behind them.
_INDEXED = ("tree", "outcome", "last_node", "ended_by", "dialled", "township", "caller_hash", "caller_tail")
#: Fields of `Search` that seldom hold, with their conditions as those of the partial indexes of `calls`, to the letter:
#: a database does not know an index again whose numbers are parameters.
_SELDOM: Mapping[str, ColumnElement[bool]] = {
    "misheard": Call.wrong_inputs + Call.unheard > literal_column("0"),
    "poor_line": Call.rtp_loss > literal_column("0.03"),
    "backend_failed": Call.backend_failures > literal_column("0"),
}
#: What waits for somebody to speak with the caller.
_OPEN = (Work.state == "open", Work.queue.in_(("appeal", "callback")))


@dataclass(frozen=True)
class Search:
    """Which calls are wanted; what is None or empty does not matter.

    Attributes:
        since: started then or later.
        until: started before that.
        misheard: with at least one input, by keys or by speech, that was not understood.
        poor_line: more than 3 % of the packets lost.
        call_back: what they left still waits for somebody to answer.
        caller_hash: keyed hash of the caller's number.
        caller_tail: last four digits of the caller's number.
        id_prefix: ids that begin so.
    """

    since: datetime | None = None
    until: datetime | None = None
    tree: str = ""
    outcome: str = ""
    last_node: str = ""
    ended_by: str = ""
    dialled: str = ""
    language: str = ""
    misheard: bool = False
    silent: bool = False
    poor_line: bool = False
    backend_failed: bool = False
    township: str = ""
    call_back: bool = False
    caller_hash: str = ""
    caller_tail: str = ""
    id_prefix: str = ""


@dataclass(frozen=True)
class Place:
    """Where a page ends: the next begins with the call before it."""

    at: datetime
    call_id: str


@dataclass(frozen=True)
class Found:
    """One page of calls.

    Attributes:
        calls: latest first.
        next: where the next page begins; None when nothing is left.
        searched_to: when the time was over before the page was full: everything later than this was searched.
    """

    calls: list[CallEntry]
    next: Place | None = None
    searched_to: datetime | None = None


class CallSearch:
    """Finds calls. Every method raises `DatabaseDownError` when the database cannot be read.

    Args:
        budget_s: how long one page may search; a slice that has begun is finished.
        clock: seconds, monotonic.
    """

    def __init__(self, engine: Engine, *, budget_s: float = 0.04, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._budget_s = budget_s
        self._clock = clock

    def page(self, search: Search, after: Place | None = None, limit: int = 50) -> Found:
        """The latest calls that fit, or those after a place."""
        search = _within_its_day(search)
        with or_down(), self._engine.connect() as connection:
            oldest = connection.execute(select(func.min(Call.started_at))).scalar_one_or_none()
            if oldest is None:
                return Found([])
            oldest = max(oldest, search.since) if search.since else oldest
            return self._slices(connection, search, after, oldest, limit)

    def _slices(
        self, connection: Connection, search: Search, after: Place | None, oldest: datetime, limit: int
    ) -> Found:
        end = self._clock() + self._budget_s
        conditions = _conditions(search)
        top = self._top(connection, search.until, after)
        found: list[CallEntry] = []
        # Without a filter the index gives the latest calls in order, however few there are: one slice is enough.
        width = _FIRST_SLICE if conditions or search.call_back else datetime.max - datetime.min
        while True:
            begun = self._clock()
            top = _next_that_may_fit(connection, search, top) if top else None
            if top is None or top < oldest:
                return Found(found)
            bottom = oldest if width > top - oldest else top - width
            within = [Call.started_at >= bottom, Call.started_at <= top, *conditions]
            if search.call_back:
                waiting = select(Work.call_id).where(*_OPEN, Work.call_started_at.between(bottom, top))
                within.append(Call.id.in_(waiting))
            if search.until is not None:
                within.append(Call.started_at < search.until)
            if after is not None and after.at <= top:
                within.append(_before(after))
            query = select(*CALL_COLUMNS).where(*within).order_by(Call.started_at.desc(), Call.id.desc())
            found += [call_entry(row) for row in connection.execute(query.limit(limit + 1 - len(found)))]
            if len(found) > limit:
                last = found[limit - 1]
                return Found(found[:limit], Place(last.started_at, last.id))
            if bottom <= oldest:
                return Found(found)
            after = Place(bottom, "")
            now = self._clock()
            if now > end:
                return Found(found, after, searched_to=bottom)
            # The next slice is as wide as half of the time that is left allows, going by this one: it cannot be
            # interrupted, and a database that reads it in another way may need longer than this one tells.
            growth = min(_GROWTH, (end - now) / 2 / max(now - begun, _SHORTEST_S))
            top, width = bottom, max(_FIRST_SLICE, width * growth)

    def _top(self, connection: Connection, until: datetime | None, after: Place | None) -> datetime | None:
        """The moment from which to search back: where calls are, not where the clock stands."""
        if after is not None:
            return after.at
        newest = select(func.max(Call.started_at))
        if until is not None:
            newest = newest.where(Call.started_at < until)
        return connection.execute(newest).scalar_one_or_none()

    def running(self) -> list[CallEntry]:
        """The calls in progress, as far as they are shipped, longest first."""
        query = select(*CALL_COLUMNS).where(Call.ended_at.is_(None)).order_by(Call.started_at).limit(500)
        with or_down(), self._engine.connect() as connection:
            return [call_entry(row) for row in connection.execute(query)]

    def values(self) -> dict[str, list[str]]:
        """What `tree`, `last_node`, `dialled` and `township` can be filtered by: the values that occur."""
        columns = (Call.tree, Call.last_node, Call.dialled, Call.township)
        found: dict[str, list[str]] = {column.key: [] for column in columns}
        with or_down(), self._engine.connect() as connection:
            for row in connection.execute(union_all(*map(_distinct, columns))):
                found[row.name].append(row.value)
        return {name: sorted(values) for name, values in found.items()}


def _distinct(column: InstrumentedAttribute[str]) -> Select[Any]:
    """The name of an indexed column with each of its values, hopping through the index from one to the next."""
    hop = select(func.min(column).label("value"), literal_column("1").label("nth")).cte(column.key, recursive=True)
    beyond = select(func.min(column)).where(column > hop.c.value).scalar_subquery()
    hop = hop.union_all(select(beyond, hop.c.nth + 1).where(hop.c.value.is_not(None), hop.c.nth < _MOST_VALUES))
    return select(literal_column(f"'{column.key}'").label("name"), hop.c.value).where(hop.c.value != "")


def _within_its_day(search: Search) -> Search:
    """An id begins with the day of its call, on the clock of the gateway: only the days around it are searched."""
    try:
        day = datetime.strptime(search.id_prefix[:8], "%Y%m%d").replace(tzinfo=timezone.utc)
    except ValueError:
        return search
    since, until = day - timedelta(days=1), day + timedelta(days=2)
    return replace(
        search,
        since=max(since, search.since) if search.since else since,
        until=min(until, search.until) if search.until else until,
    )


def _next_that_may_fit(connection: Connection, search: Search, top: datetime) -> datetime | None:
    """The latest moment, `top` or before, from which on a call may fit; None when none can.

    Each wanted value says where it occurs next, going back in time; no call after the earliest of these has them all.
    """
    wanted = [getattr(Call, name) == getattr(search, name) for name in _INDEXED if getattr(search, name)]
    for condition in [*wanted, *(seldom for name, seldom in _SELDOM.items() if getattr(search, name))]:
        newest = select(func.max(Call.started_at)).where(condition, Call.started_at <= top)
        found = connection.execute(newest).scalar_one_or_none()
        if found is None:
            return None
        top = found
    if search.call_back:
        newest = select(func.max(Work.call_started_at)).where(*_OPEN, Work.call_started_at <= top)
        return connection.execute(newest).scalar_one_or_none()
    return top


def _before(place: Place) -> ColumnElement[bool]:
    return or_(Call.started_at < place.at, and_(Call.started_at == place.at, Call.id < place.call_id))


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for name in (*_INDEXED, "language"):
        value = getattr(search, name)
        if value:
            conditions.append(getattr(Call, name) == value)
    conditions += [condition for name, condition in _SELDOM.items() if getattr(search, name)]
    if search.silent:
        conditions.append(Call.silences > 0)
    if search.id_prefix:
        # A range, because databases find it by the primary key; LIKE they often do not.
        conditions += [Call.id >= search.id_prefix, Call.id < search.id_prefix + AFTER_ALL]
    return conditions
