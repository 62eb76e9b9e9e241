"""Counts all calls anew, for call logs that are older than the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from ivr.storage.database import writing
from ivr.storage.down import or_down
from ivr.storage.models import Call
from ivr.storage.office_models import MonthTally, Tally
from ivr.storage.records import load_records
from ivr.storage.tallies import OF_WORK, Key, add_tallies, tallied

_AT_ONCE = 1000


def recount(engine: Engine, local: Callable[[datetime], datetime] = datetime.astimezone) -> int:
    """Replace the counts of calls by what the calls of the log come to; return the number of calls.

    One transaction: no shipper counts meanwhile. Days whose calls were deleted lose their counts.

    Raises:
        DatabaseDownError: the database cannot be used; then nothing has changed.
    """
    calls, last = 0, ""
    with or_down(), Session(writing(engine)) as session, session.begin():
        session.execute(delete(Tally).where(Tally.name.not_in(OF_WORK)))
        session.execute(delete(MonthTally).where(MonthTally.name.not_in(OF_WORK)))
        while True:
            some = select(Call.id).where(Call.id > last).order_by(Call.id).limit(_AT_ONCE)
            ids = list(session.execute(some).scalars())
            if not ids:
                return calls
            counts: Counter[Key] = Counter()
            for record in load_records(session, ids).values():
                if record.call.ended_at is not None:
                    counts.update(tallied(record, local))
                    calls += 1
            add_tallies(session.connection(), counts)
            last = ids[-1]
