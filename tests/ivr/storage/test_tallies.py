"""Calls are counted once, however they are shipped."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sqlalchemy import select

from ivr.storage.database import open_database
from ivr.storage.office_models import Tally
from ivr.storage.shipper import Shipper
from ivr.storage.tallies import Tallies, tallied
from tests.ivr.storage.made import START, folded, interleaved, lines_of, write_journal


def utc(at: datetime) -> datetime:
    return at.astimezone(timezone.utc)


def test_every_call_is_counted_once_whatever_the_batches(tmp_path: Path) -> None:
    calls = [lines_of(f"c{number}", start=START + timedelta(hours=number)) for number in range(5)]
    lines = interleaved(*calls)
    expected: Counter[object] = Counter()
    for record in folded(lines).values():
        expected.update(tallied(record, utc))
    write_journal(tmp_path / "journal", lines)
    engine = open_database(f"sqlite:///{tmp_path / 'calls.sqlite'}")
    for batch in (500, 10_000):
        # The second shipper finds everything shipped, and counts nothing again.
        Shipper(tmp_path / "journal", engine, lambda: START, batch_bytes=batch, local=utc).ship()
    with engine.connect() as connection:
        rows = connection.execute(select(Tally.day, Tally.name, Tally.tree, Tally.place, Tally.value, Tally.amount))
        assert {tuple(row[:5]): row.amount for row in rows} == dict(expected)
    outcomes = Tallies(engine).between("outcome", START.date(), START.date())
    assert [(count.place, count.value, count.amount) for count in outcomes] == [
        (f"{hour:02d}", "served", 1) for hour in range(2, 7)
    ]
    engine.dispose()


def test_a_call_that_lasts_is_not_counted_yet(tmp_path: Path) -> None:
    write_journal(tmp_path / "journal", lines_of()[:10])
    engine = open_database(f"sqlite:///{tmp_path / 'calls.sqlite'}")
    shipper = Shipper(tmp_path / "journal", engine, lambda: START, local=utc)
    shipper._ship_run = lambda run, files: sum(  # type: ignore[method-assign]  # its worker lives
        shipper._ship_file(file, ended=False) for file in files
    )
    shipper.ship()
    assert Tallies(engine).span() is None
    engine.dispose()
