"""How long the pages of the console take over a million calls: whole requests, from HTTP to HTML.

    python -m benchmarks.console [--postgresql] [--calls 1000000] [--tries 40] [--folder FOLDER] [--seed-only]

Makes the database in a temporary folder and deletes it; with `--folder` it stays there, is gone on with where it was
broken off, and is measured again the next time. Ends with 1 when a page is slower than 100 ms at p95 or larger than
100 KB. On a machine that does other things as well, the processor time of the page beside it says what the page itself
needs; it leaves out what PostgreSQL's own processes do. PostgreSQL is Debian's, started for it; its user must be able
to reach the folder.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

import click
from sqlalchemy import func, select

from benchmarks.console.made_calls import MadeCalls
from benchmarks.console.seeding import is_begun, is_done, seed_first_day, seed_other_days
from ivr.storage.database import open_database
from ivr.storage.models import Call, Step
from ivr.storage.search import Search
from tests.ivr.console.support import Browser, TestConsole
from tests.postgresql import Server, server

_CALLS_A_DAY = 5000
#: What no page may exceed: milliseconds at p95, and bytes.
_LIMIT_MS = 100
_LIMIT_BYTES = 100_000
#: Of the database of PostgreSQL.
_NAME = "console"


@click.command()
@click.option("--calls", default=1_000_000, show_default=True, help="how many calls")
@click.option("--postgresql", is_flag=True, help="on PostgreSQL instead of SQLite")
@click.option("--folder", type=click.Path(path_type=Path), help="where the database stays, to be measured again")
@click.option("--tries", default=40, show_default=True, type=click.IntRange(2), help="how often each page is asked for")
@click.option("--seed-only", is_flag=True, help="make the database, measure nothing")
def main(calls: int, postgresql: bool, folder: Path | None, tries: int, seed_only: bool) -> None:
    with ExitStack() as stack:
        kept = folder
        folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xiangyin-benchmark")))
        folder.mkdir(parents=True, exist_ok=True)
        running = stack.enter_context(server(kept and kept / "postgresql")) if postgresql else None
        url = _postgresql_url(running) if running else _sqlite_url(folder / "calls.sqlite")
        console = TestConsole(url, folder)
        stack.callback(console.close)
        console.time.at = datetime.now(timezone.utc)
        _seed(console, calls)
        with console.office.engine.connect() as connection:
            counted = connection.execute(select(func.count()).select_from(Call)).scalar_one()
            steps = connection.execute(select(func.count()).select_from(Step)).scalar_one()
        click.echo(f"{'PostgreSQL' if running else 'SQLite'}: {counted:,} calls, {steps:,} steps\n")
        slow = [] if seed_only else _measure_all(console, tries)
    if seed_only:
        return
    if slow:
        click.echo(f"\nslower than {_LIMIT_MS} ms, or larger than {_LIMIT_BYTES // 1000} KB: {', '.join(slow)}")
        sys.exit(1)
    click.echo(f"\nevery page within {_LIMIT_MS} ms at p95 and {_LIMIT_BYTES // 1000} KB")


def _sqlite_url(path: Path) -> str:
    """The database in a file; emptied, if not even its first day is whole."""
    url = f"sqlite:///{path}"
    if path.exists() and not _is_begun(url):
        path.unlink()
    return url


def _postgresql_url(running: Server) -> str:
    """The database of a server; emptied, if not even its first day is whole."""
    if running.has(_NAME) and _is_begun(running.url(_NAME)):
        return running.url(_NAME)
    return running.empty_database(_NAME)


def _is_begun(url: str) -> bool:
    engine = open_database(url)
    try:
        return is_begun(engine)
    finally:
        engine.dispose()


def _seed(console: TestConsole, calls: int) -> None:
    """Make what is not there yet."""
    engine, began = console.office.engine, time.monotonic()
    if not is_begun(engine):
        console.add_people()
        evening = console.time.at.astimezone().replace(hour=23, minute=59, second=59)
        made = MadeCalls(1, evening, 1, hash_number=console.key.hash, seal=console.key.seal)
        seed_first_day(engine, made, min(calls, _CALLS_A_DAY))
    if not is_done(engine):
        days = max(1, calls // _CALLS_A_DAY)

        def tell(there: int) -> None:
            if there % 10 == 0:
                click.echo(f"{there} of {days} days, {time.monotonic() - began:.0f} s", err=True)

        seed_other_days(engine, days, tell)


def _measure_all(console: TestConsole, tries: int) -> list[str]:
    """Measure every case; the names of those that are too slow."""
    browser = console.browser("supervisor")
    newest = console.office.search.page(Search(), limit=_CALLS_A_DAY).calls
    numbers = [console.key.unseal(call.caller_sealed) for call in newest[:200]]
    return [
        case
        for case, address in _cases(numbers, [call.id for call in newest], console.time.at)
        if not _measure(browser, case, address, tries)
    ]


def _cases(numbers: list[str], ids: list[str], now: datetime) -> Iterator[tuple[str, Callable[[], str]]]:
    """What is measured: a name, and an address that differs from time to time."""
    dice = random.Random(2)
    yield "list, first page", lambda: "/calls"

    def next_page() -> str:
        return f"/calls?until=2026-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}"

    yield "list, somewhere in the past", next_page
    yield "filter by outcome", lambda: f"/calls?outcome={dice.choice(('abandoned', 'lost', 'served'))}"
    yield "filter, two that combine", lambda: "/calls?outcome=abandoned&last_node=policy_menu&dialled=hotline"
    yield "filter, rare", lambda: "/calls?outcome=lost&misheard=1&poor_line=1&dialled=hotline"
    yield "filter, nothing fits", lambda: "/calls?outcome=served&ended_by=operator&misheard=1&silent=1"
    yield "filter, nothing fits (flags only)", lambda: "/calls?backend_failed=1&misheard=1&silent=1&poor_line=1"
    yield "filter, a month", lambda: "/calls?since=2026-09-01&until=2026-09-30&outcome=abandoned"
    yield "filter by township", lambda: f"/calls?township={dice.choice(('qingshui', 'liulin'))}&outcome=abandoned"
    yield "filter, waits for a call back", lambda: "/calls?call_back=1"
    yield "the same, and that combine", lambda: "/calls?call_back=1&township=qingshui&outcome=abandoned&misheard=1"
    yield "search by number", lambda: f"/calls?q={quote(dice.choice(numbers))}"
    yield "search by last digits", lambda: f"/calls?q={dice.choice(numbers)[-4:]}"
    yield "search by digits that nobody has", lambda: "/calls?q=0000"
    yield "search by id", lambda: f"/calls?q={dice.choice(ids)[:18]}"
    yield "one call", lambda: f"/calls/{dice.choice(ids)}"
    day = f"{now.astimezone():%Y-%m-%d}"
    yield "report, 30 days", lambda: f"/reports?until={day}"
    yield "report, 200 days", lambda: f"/reports?days=200&until={day}"
    yield "monthly report", lambda: f"/reports/month/2026-{dice.randint(8, 10):02d}"
    yield "monthly report as PDF", lambda: f"/reports/month/2026-{dice.randint(8, 10):02d}/pdf"
    yield "work, the most urgent", lambda: "/work"
    yield "work, closed, of a township", lambda: "/work?state=closed&township=qingshui"
    yield "one item of work", lambda: f"/work/{dice.randint(1, 400)}"
    yield "traffic of a menu, 30 days", lambda: "/menus/hotline?days=30"
    yield "traffic of a menu, 200 days", lambda: "/menus/hotline?days=200"


def _measure(browser: Browser, case: str, address: Callable[[], str], tries: int) -> bool:
    """Ask many times and print what it took; whether it keeps within the limits."""
    browser.get(address())
    times, own = [], []
    size = 0
    for _ in range(tries):
        path = address()
        began, processor = time.perf_counter(), time.process_time()
        reply = browser.get(path)
        times.append((time.perf_counter() - began) * 1000)
        own.append((time.process_time() - processor) * 1000)
        assert reply.status == 200, (path, reply.status, reply.text[:300])
        size = max(size, len(reply.body))
    p50, p95, own_p95 = (
        statistics.median(times),
        statistics.quantiles(times, n=20)[-1],
        statistics.quantiles(own, n=20)[-1],
    )
    click.echo(
        f"{case:36} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   processor p95 {own_p95:6.1f} ms   {size / 1000:5.1f} KB"
    )
    return p95 <= _LIMIT_MS and size <= _LIMIT_BYTES


if __name__ == "__main__":
    main()
