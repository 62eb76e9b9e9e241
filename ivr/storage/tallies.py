"""What is counted of calls, so that a report over a million of them reads a few thousand rows.

A call is counted once, in the transaction that ends it. `tallied` says what; it is pure. Counts hold nothing of a
person and outlive the calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Date, Engine, Insert, Select, cast, delete, func, insert, select, union_all
from sqlalchemy.dialects import postgresql, sqlite

from ivr.storage.accents import accents
from ivr.storage.down import or_down
from ivr.storage.entries import CallEntry, CallRecord, StepEntry
from ivr.storage.office_models import MonthTally, Tally
from ivr.storage.values import SPEECH

#: What is counted: name to what `tree`, `place` and `value` mean, for the documentation.
NAMES: Mapping[str, str] = {
    "outcome": "calls: tree; place = hour of the day `00` to `23`; value = outcome",
    "day_outcome": "calls: value = outcome; the same without tree and hour, for charts of many days",
    "township": "calls: tree; place = township that was spoken of, value = outcome",
    "rating": "calls: tree; value = mark that the caller gave, 1 to 5",
    "resumed": "calls: tree; value = `gone_on` or `begun_again`, of callers who were asked",
    "heard": "tries by speech: tree = language, place = township or empty, value = what came of it",
    "accent": "tries by speech in Mandarin: tree = language, place = a merger such as `n/l` that words of the call "
    "needed, `none` or `unknown`; value = `accepted`, `confirmed`, `corrected`, `refused` or `unheard`",
    "deadline": "work: tree = queue, place = `contact` or `answer`, value = `met` or `missed`; by the day it was done",
    "ended_by": "calls: tree; value = who ended them",
    "language": "calls: tree; value = language last spoken",
    "dialled": "calls: tree; value = number dialled",
    "talk_s": "seconds that calls lasted: tree; value = outcome",
    "answer_ms": "calls: value = upper bound of the time to answer in ms, `more` beyond the last",
    "loss": "calls: value = upper bound of the packet loss in percent, `more` beyond the last",
    "visit": "steps: tree, place = node",
    "edge": "steps: tree, place = node, value = the node that followed",
    "option": "steps: tree, place = node, value = the option chosen",
    "gave_up": "calls given up by the caller: tree, place = last node, value = seconds of its prompt that were heard",
    "exhausted": "steps: tree, place = node whose tries were used up",
    "not_understood": "tries: tree, place = node, value = what was pressed or said there",
    "silence": "tries without input: tree, place = node",
    "backend": "queries: place = operation, value = status",
    "backend_ms": "queries: place = operation, value = upper bound of the time in ms",
    "transfer": "transfers: place = target, value = outcome",
}
#: What is counted when work is done, not when a call ends: no call tells it again.
OF_WORK = ("deadline",)
ANSWER_BOUNDS = (100, 200, 500, 1000, 2000, 5000, 10000)
BACKEND_BOUNDS = (50, 100, 200, 500, 1000, 2000, 4000, 8000)
LOSS_BOUNDS = (0, 1, 3, 5, 10, 20)

#: Longest input that is counted as it is: phrases are short, and a long input is more than a choice.
_LONGEST_INPUT = 40
#: What the caller chose when asked whether to go on where the last call broke off.
_RESUMED = {"go_on": "gone_on", "begin_again": "begun_again"}

Key = tuple[date, str, str, str, str]


@dataclass(frozen=True)
class Count:
    """How often something happened."""

    day: date
    tree: str
    place: str
    value: str
    amount: int


def tallied(record: CallRecord, local: Callable[[datetime], datetime]) -> Counter[Key]:
    """What a call that has ended adds to the counts.

    Args:
        local: the wall clock of the gateway at a moment: days and hours are those of the people who call.
    """
    call = record.call
    began = local(call.started_at)
    counts: Counter[Key] = Counter()

    def add(name: str, tree: str = "", place: str = "", value: str = "", amount: int = 1) -> None:
        counts[(began.date(), name, tree[:200], place[:200], value[:200])] += amount

    add("outcome", call.tree, f"{began.hour:02d}", call.outcome)
    add("day_outcome", value=call.outcome)
    if call.township:
        add("township", call.tree, call.township, call.outcome)
    if call.rating is not None:
        add("rating", call.tree, value=str(call.rating))
    add("ended_by", call.tree, value=call.ended_by)
    add("dialled", call.tree, value=call.dialled)
    add("talk_s", call.tree, value=call.outcome, amount=round((call.duration_ms or 0) / 1000))
    if call.answered_at is not None:
        add("language", call.tree, value=call.language)
        waited = (call.answered_at - call.started_at).total_seconds() * 1000
        add("answer_ms", value=_bound(waited, ANSWER_BOUNDS))
    if call.rtp_loss is not None:
        add("loss", value=_bound(call.rtp_loss * 100, LOSS_BOUNDS))
    for step in record.steps.values():
        _count_step(step, add)
        _count_speech(step, call, add)
    for (language, accent, came_of_it), amount in accents(record).items():
        add("accent", language, accent, came_of_it, amount)
    if call.outcome == "abandoned":
        last = record.steps.get(max(record.steps, default=0))
        heard = (last.played_ms if last else 0) // 1000
        add("gave_up", call.last_tree, call.last_node, str(min(heard, 120)))
    return counts


def _count_step(step: StepEntry, add: Callable[..., None]) -> None:
    add("visit", step.tree, step.node)
    if step.next:
        add("edge", step.tree, step.node, step.next)
    if step.option:
        add("option", step.tree, step.node, step.option)
    if step.outcome == "exhausted":
        add("exhausted", step.tree, step.node)
    if step.transfer_target:
        add("transfer", place=step.transfer_target, value=step.transfer_outcome)
    for moment in step.moments:
        if moment["what"] == "backend":
            add("backend", place=moment["operation"], value=moment["status"])
            add("backend_ms", place=moment["operation"], value=_bound(moment["took_ms"], BACKEND_BOUNDS))
        elif moment["what"] == "input" and moment["outcome"] == "no_input":
            add("silence", step.tree, step.node)
        elif moment["what"] == "input" and moment["outcome"] in ("invalid", "too_short", "unheard"):
            given = str(moment.get("input", ""))
            add("not_understood", step.tree, step.node, given if len(given) <= _LONGEST_INPUT else "…")


def _count_speech(step: StepEntry, call: CallEntry, add: Callable[..., None]) -> None:
    for moment in step.moments:
        if moment["what"] != "input":
            continue
        if moment.get("key_source") == SPEECH:
            add("heard", step.language or call.language, call.township, moment["outcome"])
        if step.kind == "resume" and moment.get("option") in _RESUMED:
            add("resumed", call.tree, value=_RESUMED[moment["option"]])


def _bound(value: float, bounds: Iterable[int]) -> str:
    return next((str(bound) for bound in bounds if value <= bound), "more")


def add_tallies(connection: Connection, counts: Mapping[Key, int]) -> None:
    """Add to the counts of the database, in one order for all, so that two that do it never wait for each other."""
    months: Counter[Key] = Counter()
    for (day, *rest), amount in counts.items():
        months[(day.replace(day=1), *rest)] += amount  # type: ignore[index]
    for table, when, amounts in ((Tally, "day", counts), (MonthTally, "month", months)):
        columns = (when, "name", "tree", "place", "value", "amount")
        rows = [dict(zip(columns, (*key, amount), strict=True)) for key, amount in sorted(amounts.items()) if amount]
        if rows:
            connection.execute(_add_up(connection.dialect.name, table, columns[:-1]), rows)


def sum_months(connection: Connection) -> None:
    """Make the sums of months anew from the days, for whoever has written days by other means."""
    columns = (Tally.name, Tally.tree, Tally.place, Tally.value)
    connection.execute(delete(MonthTally))
    lite = connection.dialect.name == "sqlite"
    month = func.date(Tally.day, "start of month") if lite else cast(func.date_trunc("month", Tally.day), Date)
    sums = select(month, *columns, func.sum(Tally.amount)).group_by(month, *columns)
    connection.execute(insert(MonthTally).from_select(["month", "name", "tree", "place", "value", "amount"], sums))


def _add_up(dialect: str, table: type[Tally] | type[MonthTally], keys: Sequence[str]) -> Insert:
    into: Any = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    added: Insert = into.on_conflict_do_update(
        index_elements=keys, set_={"amount": table.amount + into.excluded.amount}
    )
    return added


class Tallies:
    """Reads the counts. Every method raises `DatabaseDownError` when the database cannot be read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def between(
        self, name: str, first: date, last: date, *, tree: str | None = None, by_day: bool = False
    ) -> list[Count]:
        """Counts of a name from one day to another, both included; over all days together unless `by_day`.

        With `by_day` each count has its day, else the first.
        """
        if by_day:
            return self._each_day(name, first, last, tree)
        return self.several((name,), first, last, tree=tree)[name]

    def several(
        self, names: Sequence[str], first: date, last: date, *, tree: str | None = None
    ) -> dict[str, list[Count]]:
        """Counts of several names at one moment, as `between` gives each; an empty list for what never happened."""
        parts = [_sums(table, column, names, one, other, tree) for table, column, one, other in _spans(first, last)]
        together = union_all(*parts).subquery()
        columns = (together.c.name, together.c.tree, together.c.place, together.c.value)
        query = select(*columns, func.sum(together.c.amount).label("amount")).group_by(*columns).order_by(*columns)
        found: dict[str, list[Count]] = {name: [] for name in names}
        with or_down(), self._engine.connect() as connection:
            for row in connection.execute(query):
                found[row.name].append(Count(first, row.tree, row.place, row.value, int(row.amount)))
        return found

    def _each_day(self, name: str, first: date, last: date, tree: str | None) -> list[Count]:
        columns = (Tally.day, Tally.tree, Tally.place, Tally.value, Tally.amount)
        query = select(*columns).where(Tally.name == name, Tally.day >= first, Tally.day <= last)
        if tree is not None:
            query = query.where(Tally.tree == tree)
        with or_down(), self._engine.connect() as connection:
            rows = connection.execute(query.order_by(*columns)).all()
        return [Count(row.day, row.tree, row.place, row.value, int(row.amount)) for row in rows]

    def by_day(self, name: str, first: date, last: date) -> list[Count]:
        """Counts by day and value alone, over all trees and places."""
        query = (
            select(Tally.day, Tally.value, func.sum(Tally.amount).label("amount"))
            .where(Tally.name == name, Tally.day >= first, Tally.day <= last)
            .group_by(Tally.day, Tally.value)
            .order_by(Tally.day, Tally.value)
        )
        with or_down(), self._engine.connect() as connection:
            return [Count(row.day, "", "", row.value, int(row.amount)) for row in connection.execute(query)]

    def span(self) -> tuple[date, date] | None:
        """The first and the last day that have counts."""
        with or_down(), self._engine.connect() as connection:
            # Each by itself: SQLite looks up one end of an index, but reads all of it for both ends at once.
            ends = [select(end(Tally.day)).scalar_subquery() for end in (func.min, func.max)]
            first, last = connection.execute(select(ends[0], ends[1])).one()
        return (first, last) if first else None


def _spans(first: date, last: date) -> list[tuple[Any, Any, date, date]]:
    """The days of a span as whole months, and the days before and after them: table, its day, first and last."""
    begin = first if first.day == 1 else _next_month(first)
    end = (last + timedelta(days=1)).replace(day=1)
    if begin >= end:
        return [(Tally, Tally.day, first, last)]
    spans: list[tuple[Any, Any, date, date]] = [(MonthTally, MonthTally.month, begin, end - timedelta(days=1))]
    if first < begin:
        spans.append((Tally, Tally.day, first, begin - timedelta(days=1)))
    if end <= last:
        spans.append((Tally, Tally.day, end, last))
    return spans


def _next_month(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _sums(table: Any, day: Any, names: Sequence[str], first: date, last: date, tree: str | None) -> Select[Any]:
    columns = (table.name, table.tree, table.place, table.value)
    query = select(*columns, func.sum(table.amount).label("amount")).where(
        table.name.in_(names), day >= first, day <= last
    )
    if tree is not None:
        query = query.where(table.tree == tree)
    return query.group_by(*columns)


def ended_now(before: CallEntry | None, after: CallEntry) -> bool:
    """Whether a call has ended between two readings of it."""
    return after.ended_at is not None and (before is None or before.ended_at is None)
