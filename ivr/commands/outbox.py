"""`ivr outbox`: what callers left, its delivery, and what a person must look at."""

from __future__ import annotations

import logging
import random
import signal
import sqlite3
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from backend_client.outbox.entries import Entries, Entry
from backend_client.outbox.writer import outbox_file
from ivr.commands.options import data_option, log_to_stderr, misconfigured, settings_option, settings_or_exit
from ivr.commands.reactor import by_monotonic_time
from ivr.config import DataFolder
from ivr.privacy import mask_number
from ivr.processes.pulse import beat_from_reactor

_log = logging.getLogger(__name__)

#: Seconds between two looks at what is new.
LOOK_EVERY_S = 1.0
SWEEP_EVERY_S = 3600.0
#: What is masked: everything else that callers said is not shown at all.
_SHOWN = ("category", "township", "appeal", "ticket", "mark", "preferred_time", "language", "how")
_STATES = {"waiting": "等着送 / waiting", "delivered": "已送到 / delivered", "refused": "被退回 / refused"}


@click.group("outbox", help="来电人留下的东西 / what callers left, and its delivery")
def command() -> None:
    """A group."""


@command.command("run", help="送到后台，直到 SIGTERM / delivers to the backend, until SIGTERM")
@data_option
@settings_option
@click.option("--once", is_flag=True, help="送一轮就结束 / one round, then end")
def run(data: Path, settings_file: Path | None, once: bool) -> None:
    # Not at the top: the reactor must be chosen before anything of Twisted takes one.
    from twisted.internet import reactor as installed_reactor
    from twisted.internet.defer import Deferred
    from twisted.internet.task import deferLater

    from backend_client.client import BackendClient
    from backend_client.messages.waiting import WaitingMessages
    from backend_client.outbox.delivery import Delivery
    from ivr.leaving import Sealing
    from ivr.privacy import KeyFileError
    from ivr.texting import make_message_queue, make_sms_provider

    reactor: Any = by_monotonic_time(installed_reactor)
    settings = settings_or_exit(settings_file)
    log_to_stderr(settings.log.level)
    folder = DataFolder(data).outbox
    try:
        sealing = Sealing(DataFolder(data).caller_key)
        entries = Entries(outbox_file(folder), sealing)
        client = BackendClient(settings.backend, reactor)
        provider = make_sms_provider(settings, reactor)
    except (sqlite3.Error, KeyFileError, OSError, ValueError) as error:
        misconfigured(str(error))
    delivery = Delivery(entries, folder, client, _now, random.random, sealing)
    keep = timedelta(days=settings.outbox.keep_days)
    messages: WaitingMessages | None = None
    if provider is not None:
        patience = timedelta(hours=settings.messages.keep_hours)
        messages = WaitingMessages(make_message_queue(DataFolder(data), sealing), provider, patience, _now)

    async def work() -> None:
        print("ready", flush=True)
        swept_at = -SWEEP_EVERY_S
        while True:
            if reactor.seconds() - swept_at >= SWEEP_EVERY_S:
                delivery.sweep(keep)
                swept_at = reactor.seconds()
            await delivery.run()
            if messages is not None:
                await messages.run()
            if once:
                break
            await deferLater(reactor, LOOK_EVERY_S)
        await client.close()
        if provider is not None:
            await provider.close()
        reactor.stop()

    def mistaken(failure: Any) -> None:
        _log.error("delivery stopped: %s", failure.getTraceback())
        reactor.stop()

    beat_from_reactor(reactor)
    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(work()).addErrback(mistaken))
    signal.signal(signal.SIGINT, lambda *_: reactor.callFromThread(reactor.stop))
    reactor.run()
    entries.close()


@command.command("list", help="最近留下的 / the latest first")
@data_option
@click.option("--state", type=click.Choice(list(_STATES)), help="只看这种 / only these")
@click.option("--limit", "most", default=20, show_default=True, type=click.IntRange(1, 1000))
def list_entries(data: Path, state: Any, most: int) -> None:
    entries = _opened(data)
    table = Table("编号 ticket", "是什么 kind", "状态 state", "留下的时间 left", "试过 tries", "原因 problem")
    for entry in entries.latest(most, state):
        left = entry.left_at.astimezone().strftime("%m-%d %H:%M")
        table.add_row(entry.reference, entry.kind, _STATES[entry.state], left, str(entry.tries), entry.problem)
    Console().print(table)


@command.command("show", help="看一件 / one of them, by its ticket")
@data_option
@click.argument("ticket")
def show(data: Path, ticket: str) -> None:
    entry = _found(_opened(data), ticket)
    table = Table(show_header=False, box=None)
    for name, value in _facts(entry):
        table.add_row(name, value)
    Console().print(table)


@command.command("retry", help="马上再送 / tries again at once; without tickets, all that was refused")
@data_option
@click.argument("tickets", nargs=-1)
def retry(data: Path, tickets: tuple[str, ...]) -> None:
    entries = _opened(data)
    chosen = tickets or tuple(entry.reference for entry in entries.latest(1000, "refused"))
    missing = [ticket for ticket in chosen if not entries.retry(ticket, _now())]
    print(f"再送 / trying again: {len(chosen) - len(missing)}")
    for ticket in missing:
        print(f"没有这个编号，或者已经送到 / no such ticket, or delivered already: {ticket}", file=sys.stderr)
    sys.exit(1 if missing else 0)


def _opened(data: Path) -> Entries:
    file = outbox_file(DataFolder(data).outbox)
    if not file.exists():
        print("还没有人留下什么 / nobody has left anything yet")
        sys.exit(0)
    from ivr.leaving import Sealing
    from ivr.privacy import KeyFileError

    try:
        return Entries(file, Sealing(DataFolder(data).caller_key))
    except (sqlite3.Error, KeyFileError, OSError) as error:
        misconfigured(str(error))


def _found(entries: Entries, ticket: str) -> Entry:
    entry = entries.find(ticket)
    if entry is None:
        print(f"没有这个编号 / no such ticket: {ticket}", file=sys.stderr)
        sys.exit(1)
    return entry


def _facts(entry: Entry) -> list[tuple[str, str]]:
    number = entry.data.get("number") or entry.data.get("phone")
    return [
        ("编号 ticket", entry.reference),
        ("是什么 kind", entry.kind),
        ("状态 state", _STATES[entry.state]),
        ("留下的时间 left", entry.left_at.astimezone().isoformat(timespec="seconds")),
        ("通话 call", entry.call_id),
        *((name, str(entry.data[name])) for name in _SHOWN if name in entry.data),
        *([("电话 number", mask_number(str(number)))] if number else []),
        *((f"录音 recording {file.recording[:8]}…", f"{file.size} bytes") for file in entry.files),
        ("试过 tries", str(entry.tries)),
        ("原因 problem", entry.problem),
        *([("内容 data", "没有密钥，打不开 / sealed, and no key of ours opens it")] if entry.locked else []),
    ]


def _now() -> datetime:
    return datetime.now(timezone.utc).astimezone()
