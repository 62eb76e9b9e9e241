"""`ivr line`: one line worker, a process that answers up to four calls."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import click

from ivr.commands.options import data_option, log_to_stderr, misconfigured, settings_option, settings_or_exit


@click.command(name="line")
@data_option
@settings_option
@click.option("--name", default="line-1", show_default=True, help="名字，用于日志 / name of this worker in the logs")
def command(data: Path, settings_file: Path | None, name: str) -> None:
    """接电话的进程。SIGTERM：打完再停；再来一次：马上停；SIGHUP：重新读菜单。

    Answers up to four calls. SIGTERM lets calls end first, a second one ends them; SIGHUP reads the menus again.
    """
    settings = settings_or_exit(settings_file)
    log_to_stderr(settings.log.level)

    from twisted.internet import asyncioreactor

    asyncioreactor.install()
    from twisted.internet import reactor

    from ivr.app import LineWorker
    from ivr.config import DataFolder
    from ivr.privacy import KeyFileError
    from ivr.sip.library import SipError
    from menus.problems import MenuProblems

    running: Any = reactor
    try:
        worker = LineWorker(settings, DataFolder(data), name, running)
        worker.start()
    except (MenuProblems, ValueError, KeyFileError, SipError, OSError) as error:
        misconfigured(str(error))
    # Once the reactor runs, its own handlers are in place and can be replaced.
    running.callWhenRunning(_obey_signals, worker, running)
    sip = settings.sip
    print(f"ready sip:{sip.bind_address}:{sip.port} channels {worker.endpoint.capacity}", flush=True)
    running.run()


def _obey_signals(worker: Any, reactor: Any) -> None:
    # The first wish lets calls end, the second ends them, further ones change nothing.
    wishes = [worker.drain, worker.stop]

    def end(*_: object) -> None:
        if wishes:
            wishes.pop(0)().addCallback(lambda _: reactor.stop() if reactor.running else None)

    signal.signal(signal.SIGTERM, lambda *_: reactor.callFromThread(end))
    signal.signal(signal.SIGINT, lambda *_: reactor.callFromThread(end))
    signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(worker.reload))
