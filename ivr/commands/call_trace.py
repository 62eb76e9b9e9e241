"""`ivr calls trace`: one call through all processes, on one time-line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from backend_client.tracing import trace_id
from ivr.commands.call_tables import print_head, printable, shown
from ivr.commands.options import data_option, settings_option
from ivr.commands.ship import database_option
from ivr.config import DataFolder
from ivr.logs import lines_with, log_files
from ivr.storage.entries import CallEntry, StepEntry
from ivr.storage.timeline import timeline


@dataclass(frozen=True)
class Trace:
    """Something that one process says of a call.

    Attributes:
        process: its name, such as `line-1`, `speech` or `outbox`; `journal` for what the call itself wrote down.
        what: the kind of happening, or the level of the log line.
    """

    at: datetime
    process: str
    what: str
    text: str


@click.command(
    name="trace",
    help="一次通话在各进程里的经过 / one call through all processes; ID may be its beginning, or last",
)
@click.argument("call_id", metavar="ID")
@data_option
@settings_option
@database_option
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
def command(call_id: str, data: Path, settings_file: Path | None, database: str | None, as_json: bool) -> None:
    from ivr.commands.calls import open_log

    folder = DataFolder(data)
    with open_log(data, settings_file, database) as log:
        call = log.find(call_id)
        steps = log.steps(call.id)
    traces = sorted([*_of_call(call, steps), *_of_logs(folder, call.id), *_of_outbox(folder, call.id)], key=_when)
    if as_json:
        found = [{**asdict(one), "at": one.at.isoformat(timespec="milliseconds")} for one in traces]
        facts = {"call": call.id, "trace_id": trace_id(call.id), "traces": found}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        _print(call, traces)


def _when(one: Trace) -> datetime:
    return one.at


def _of_call(call: CallEntry, steps: list[StepEntry]) -> Iterator[Trace]:
    """What the call wrote down itself: words heard and said stay in `ivr calls show`."""
    for happening in timeline(call, steps):
        _, text, details = shown(call, happening)
        if happening.what in ("said", "input"):
            text = ""
        at = call.started_at + timedelta(milliseconds=happening.ms)
        yield Trace(at, "journal", happening.what, "  ".join(filter(None, (text, details))))


def _of_logs(folder: DataFolder, call_id: str) -> Iterator[Trace]:
    for line in lines_with(log_files(folder.log), call_id):
        yield Trace(line.at, line.process, line.level.lower(), line.message)


def _of_outbox(folder: DataFolder, call_id: str) -> Iterator[Trace]:
    """When something was left and when it was delivered, without what it is: its data are sealed."""
    file = folder.outbox / "outbox.sqlite"
    if not file.exists():
        return
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT reference, kind, left_at, state, tries, settled_at FROM entries WHERE call_id = ?", (call_id,)
        ).fetchall()
    connection.close()
    for reference, kind, left_at, state, tries, settled_at in rows:
        yield Trace(datetime.fromisoformat(left_at), "outbox", "left", f"{kind} {reference}")
        if settled_at:
            yield Trace(datetime.fromisoformat(settled_at), "outbox", state, f"{kind} {reference}  {tries} ×")


def _print(call: CallEntry, traces: Iterable[Trace]) -> None:
    console = Console()
    print_head(call)
    console.print(Text(f"追踪 trace  {trace_id(call.id)}", style="dim"))
    console.print()
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for one in traces:
        at = one.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
        table.add_row(at, one.process, one.what, Text(printable(one.text)))
    console.print(table)
