"""`ivr sync`: the process that fetches public content ahead of calls."""

from __future__ import annotations

import logging
import sqlite3
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click

from ivr.commands.options import data_option, log_to_stderr, misconfigured, settings_option, settings_or_exit
from ivr.commands.reactor import by_monotonic_time
from ivr.config import DataFolder
from ivr.processes.pulse import beat_from_reactor

_log = logging.getLogger(__name__)

#: How soon after a first failed round there is another; it doubles up to the usual time. In seconds.
SOON_S = 2.5


@click.command("sync", help="提前取回办事指南、政策、公告 / fetches public content ahead of calls, until SIGTERM")
@data_option
@settings_option
@click.option("--once", is_flag=True, help="只同步一次 / one round, and say what it brought")
@click.option("--trust", is_flag=True, help="允许一次删掉一大半 / let most of the content vanish at once")
def command(data: Path, settings_file: Path | None, once: bool, trust: bool) -> None:
    # Not at the top: the reactor must be chosen before anything of Twisted takes one.
    from twisted.internet import reactor as installed_reactor
    from twisted.internet.defer import Deferred
    from twisted.internet.task import deferLater

    from backend_client.client import BackendClient
    from backend_client.store.database import open_for_writing
    from backend_client.store.known import KnownAnswers
    from backend_client.store.synchroniser import Outcome, Synchroniser

    reactor: Any = by_monotonic_time(installed_reactor)
    settings = settings_or_exit(settings_file)
    log_to_stderr(settings.log.level)
    folder = DataFolder(data)
    try:
        connection = open_for_writing(folder.answers)
        client = BackendClient(settings.backend, reactor)
        keep = timedelta(days=settings.answers.keep_known_days)
        known = KnownAnswers(folder.known_answers, folder.answers_key, _now, keep)
    except (sqlite3.Error, OSError, ValueError) as error:
        misconfigured(str(error))
    synchroniser = Synchroniser(client, connection, settings.answers.languages, _now, trust=trust)
    outcomes: list[Outcome] = []

    async def work() -> None:
        soon = SOON_S
        if not once:
            # What can be answered is answered from the first moment on: nobody needs to wait for the first round.
            print("ready", flush=True)
        while True:
            outcome = await synchroniser.run()
            known.forget_old()
            outcomes.append(outcome)
            if once:
                break
            if outcome.changed or outcome.failures:
                _log.info("%d changes in %d pages, %d failures", outcome.changed, outcome.pages, len(outcome.failures))
            outcomes.clear()
            # After a failure soon again: perhaps the backend is only being started, or the link comes back.
            soon = min(soon * 2, settings.answers.every_s) if outcome.failures else SOON_S
            await deferLater(reactor, soon if outcome.failures else settings.answers.every_s)
        await client.close()
        reactor.stop()

    def mistaken(failure: Any) -> None:
        _log.error("synchronisation stopped: %s", failure.getTraceback())
        reactor.stop()

    beat_from_reactor(reactor)
    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(work()).addErrback(mistaken))
    reactor.run()
    connection.close()
    if once:
        _report(outcomes)


def _report(outcomes: list[Any]) -> None:
    if not outcomes:
        sys.exit(1)
    outcome = outcomes[0]
    print(f"同步完成 / synchronised: {outcome.changed} 条有变化 / changes, {outcome.pages} 页 / pages")
    for failure in outcome.failures:
        print(f"没有同步 / not up to date: {failure}", file=sys.stderr)
    sys.exit(1 if outcome.failures else 0)


def _now() -> datetime:
    return datetime.now(timezone.utc).astimezone()
