"""What people do with what waits for them. Each deed is one transaction: the item, a line in its course, and an entry
of the audit log, or nothing.

Who may do what stands in the statements themselves: the row is changed only where it is as it must be, so of two who
take the same item at once only one gets it, whatever they have seen on their screens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from ivr.storage.audit import AuditLog
from ivr.storage.database import writing
from ivr.storage.down import or_down
from ivr.storage.entries import CallEntry
from ivr.storage.queueing import review_row
from ivr.storage.tallies import Key, add_tallies
from ivr.storage.work import COLUMNS, RESULTS, NoSuchWorkError, WorkItem, item_of
from ivr.storage.work_models import Work, WorkNote


class NotYoursError(Exception):
    """The item is not in the state in which this person may do this.

    Attributes:
        item: as it is.
    """

    def __init__(self, item: WorkItem) -> None:
        super().__init__(f"{item.id} is {item.state}, taken by {item.taken_by or 'nobody'}")
        self.item = item


@dataclass(frozen=True)
class Doer:
    """Who does something.

    Attributes:
        name: of an account, or `token:NAME`.
        oversees: may also do it with what others have taken.
    """

    name: str
    oversees: bool = False
    address: str = ""


class WorkDeeds:
    """Changes items. Every method raises `DatabaseDownError` when the database cannot be used, `NoSuchWorkError` when
    there is no such item, and `NotYoursError` when somebody else has it or it is closed; then nothing has changed.

    Args:
        local: the wall clock at a moment, by whose days is counted.
    """

    def __init__(
        self,
        engine: Engine,
        audit: AuditLog,
        now: Callable[[], datetime],
        local: Callable[[datetime], datetime] = datetime.astimezone,
    ) -> None:
        self._engine = engine
        self._audit = audit
        self._now = now
        self._local = local

    def take(self, number: int, doer: Doer) -> WorkItem:
        """Take what nobody has."""
        free = [Work.state == "open", Work.taken_by == ""]
        return self._do(number, doer, "taken", "", free, taken_by=doer.name, taken_at=self._now())

    def put_back(self, number: int, doer: Doer) -> WorkItem:
        """Let somebody else have it."""
        return self._do(number, doer, "put_back", "", self._may_work(doer), taken_by="", taken_at=None)

    def hand_over(self, number: int, doer: Doer, to: str, why: str) -> WorkItem:
        """Give it to somebody else. Who oversees may also give out what nobody has taken."""
        may = self._may_work(doer) if not doer.oversees else [Work.state == "open"]
        note = f"{to}: {why}" if why else to
        return self._do(number, doer, "handed_over", note, may, taken_by=to, taken_at=self._now())

    def note(self, number: int, doer: Doer, text: str) -> WorkItem:
        """Note something."""
        return self._do(number, doer, "note", text, self._may_work(doer))

    def categorise(self, number: int, doer: Doer, category: str) -> WorkItem:
        """Say what it is about."""
        return self._do(number, doer, "category", category, self._may_work(doer), category=category)

    def transcribe(self, number: int, doer: Doer, text: str, *, by: str = "") -> WorkItem:
        """Write down what the caller said; `by` names who did it for them."""
        said = {"transcript": text, "transcript_by": by or doer.name}
        return self._do(number, doer, "transcript", "", self._may_work(doer), **said)

    def contacted(self, number: int, doer: Doer, text: str) -> WorkItem:
        """The caller has been spoken with."""
        may = [*self._may_work(doer), Work.contacted_at.is_(None), Work.contact_by.is_not(None)]
        changes = {"contacted_at": self._now(), "due_at": Work.answer_by}
        return self._do(number, doer, "contacted", text, may, count="contact", **changes)

    def close(self, number: int, doer: Doer, result: str, text: str) -> WorkItem:
        """It is done."""
        assert result in RESULTS, result
        changes = {"state": "closed", "closed_at": self._now(), "closed_by": doer.name, "result": result}
        detail = f"{result}: {text}" if text else result
        return self._do(number, doer, "closed", detail, self._may_work(doer), count="answer", **changes)

    def reopen(self, number: int, doer: Doer, why: str) -> WorkItem:
        """It was not done after all; who reopens it has it."""
        changes: dict[str, Any] = {"state": "open", "closed_at": None, "closed_by": "", "result": ""}
        may = [Work.state == "closed"]
        return self._do(number, doer, "reopened", why, may, taken_by=doer.name, taken_at=self._now(), **changes)

    def review(self, call: CallEntry, doer: Doer, why: str) -> WorkItem:
        """Put a call among those to be looked at; one that is there stays as it is."""
        this = select(*COLUMNS).where(Work.call_id == call.id, Work.queue == "review")
        try:
            with or_down(), writing(self._engine).begin() as connection:
                row = connection.execute(this).one_or_none()
                if row is not None:
                    return item_of(row)
                connection.execute(insert(Work).values(**review_row(call, "asked", self._now(), self._local)))
                item = item_of(connection.execute(this).one())
                self._write(connection, item, doer, "note", why)
                return item
        except IntegrityError:  # somebody else has put it there meanwhile
            with or_down(), self._engine.connect() as connection:
                return item_of(connection.execute(this).one())

    def _may_work(self, doer: Doer) -> list[ColumnElement[bool]]:
        """Conditions: it is open, and theirs."""
        theirs = [Work.taken_by != ""] if doer.oversees else [Work.taken_by == doer.name]
        return [Work.state == "open", *theirs]

    def _do(
        self,
        number: int,
        doer: Doer,
        deed: str,
        text: str,
        may: list[ColumnElement[bool]],
        *,
        count: str = "",
        **changes: Any,
    ) -> WorkItem:
        """Change the row where the conditions hold, and write down that it was done."""
        changed = update(Work).where(Work.id == number, *may).values(**{"state": Work.state, **changes})
        this = select(*COLUMNS).where(Work.id == number)
        with or_down(), writing(self._engine).begin() as connection:
            done = connection.execute(changed.returning(Work.id)).one_or_none()
            row = connection.execute(this).one_or_none()
            if row is None:
                raise NoSuchWorkError(number)
            item = item_of(row)
            if done is None:
                raise NotYoursError(item)
            if count:
                self._count(connection, item, count)
            self._write(connection, item, doer, deed, text)
        return item

    def _count(self, connection: Connection, item: WorkItem, end: str) -> None:
        """Count whether a deadline was met, by the day on which it was done."""
        now = self._now()
        ends = {end: item.contact_by if end == "contact" else item.answer_by}
        if end == "answer" and item.contacted_at is None:
            # What is closed without a call on record was talked about then, at the latest.
            ends["contact"] = item.contact_by
        counts: Counter[Key] = Counter()
        for name, by in ends.items():
            if by is not None:
                counts[(self._local(now).date(), "deadline", item.queue, name, "met" if now <= by else "missed")] += 1
        add_tallies(connection, counts)

    def _write(self, connection: Connection, item: WorkItem, doer: Doer, deed: str, text: str) -> None:
        """A line in the course of the item, and an entry of the audit log without what was said."""
        connection.execute(insert(WorkNote).values(item=item.id, at=self._now(), who=doer.name, deed=deed, text=text))
        shown = text if deed in ("handed_over", "category") else item.result if deed == "closed" else ""
        detail = " ".join(filter(None, (item.queue, item.ticket, item.call_id, shown)))
        self._audit.write_within(connection, doer.name, f"work_{deed}", f"work:{item.id}", detail, doer.address)
