"""`ivr serve`: the whole gateway on this machine, one process for each part, kept running."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.panel import Panel

from ivr.commands.options import data_option, log_to_stderr, misconfigured, settings_option, settings_or_exit
from ivr.commands.reactor import installed_reactor
from ivr.config import DataFolder, Settings
from ivr.edge.addresses import local_address
from ivr.logs import formatter


@click.command(name="serve")
@data_option
@settings_option
@click.option("--lines", type=click.IntRange(1, 2000), help="最多同时几路电话 / calls at once, in place of lines.count")
@click.option("--demo", is_flag=True, help="同时运行演示后台 / run the demo backend too, at the backend's address")
def command(data: Path, settings_file: Path | None, lines: int | None, demo: bool) -> None:
    """运行整个网关。Ctrl-C 或 SIGTERM：打完正在进行的电话再停；SIGHUP：重新读菜单和设置。

    Runs the whole gateway: line workers, speech worker, call log shipper, and Kamailio in front when there are more
    than four lines. SIGTERM lets calls end first; SIGHUP reads menus and settings again.
    """
    settings = settings_or_exit(settings_file)
    if lines is not None:
        settings = settings.model_copy(update={"lines": settings.lines.model_copy(update={"count": lines})})
    folder = DataFolder(data)
    folder.log.mkdir(parents=True, exist_ok=True)
    folder.run.mkdir(parents=True, exist_ok=True)
    log_file = folder.log / "gateway.log"
    _log_to_file(log_file, settings.log.level, settings.log.format)

    running = installed_reactor()

    from ivr.edge.kamailio import EdgeError
    from ivr.gateway import Gateway
    from ivr.privacy import KeyFileError
    from ivr.processes.child import Child
    from ivr.processes.control import ControlError
    from ivr.processes.lines import LinePlanError
    from ivr.storage.shown import shown_url

    failed: list[Child] = []

    def gave_up(child: Child) -> None:
        failed.append(child)
        end()

    try:
        gateway = Gateway(settings, settings_file, folder, running, gave_up, demo=demo)
    except (EdgeError, LinePlanError, ControlError, KeyFileError, OSError) as error:
        misconfigured(str(error))
    ending: list[bool] = []

    def end(*_: object) -> None:
        if ending:
            gateway.supervisor.hurry()
            return
        ending.append(True)
        gateway.supervisor.stop().addCallback(lambda _: running.stop())

    def signalled(*_: object) -> None:
        running.callFromThread(end)

    def started(said: dict[str, str]) -> None:
        _announce(settings, shown_url(folder.database_url(settings)), said, log_file)
        print("ready", flush=True)

    def begin() -> None:
        # Twisted has installed its own handlers by now; its SIGCHLD one must stay.
        signal.signal(signal.SIGTERM, signalled)
        signal.signal(signal.SIGINT, signalled)
        signal.signal(signal.SIGHUP, lambda *_: running.callFromThread(gateway.reload))
        gateway.start().addCallback(started)

    running.callWhenRunning(begin)
    running.run()
    if failed:
        said = [
            f"{child.spec.name} 无法运行 / cannot work as configured:\n" + "\n".join(child.last_lines)
            for child in failed
        ]
        misconfigured("\n".join(said))


def _log_to_file(file: Path, level: str, kind: str = "lines") -> None:
    """Log into a file. What children print is written whatever the level: they have kept to it themselves."""
    log_to_stderr(level)
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(formatter(kind))
    logging.getLogger().handlers = [handler]
    logging.getLogger("ivr.processes").setLevel(logging.INFO)


def _announce(settings: Settings, call_log: str, said: dict[str, str], log_file: Path) -> None:
    """Say where to call and where to look."""
    host = settings.sip.public_address or local_address(settings.sip.bind_address)
    port = settings.sip.port
    number = next(iter(settings.menus.numbers))
    ivr = "ivr" if shutil.which("ivr") else os.path.relpath(sys.argv[0])
    lines = [
        f"[bold]线路 lines[/]      {settings.lines.count}",
        f"[bold]拨打 call[/]       sip:{number}@{host}:{port}   (UDP, TCP)",
        f'[bold]试一试 try[/]      {ivr} phone sip:{number}@127.0.0.1:{port} --keys "1 20260001#" --listen',
        *_console_lines(settings, ivr),
        f"[bold]通话记录 log[/]    {ivr} calls list     ({call_log})",
        f"[bold]日志 details[/]    {log_file}",
        f"[bold]后台 backend[/]    {settings.backend.base_url}",
        "[bold]停止 stop[/]       Ctrl-C",
    ]
    Console(file=sys.stdout).print(Panel("\n".join(lines), title="乡音 Xiangyin", expand=False))


def _console_lines(settings: Settings, ivr: str) -> list[str]:
    console = settings.console
    if not console.enabled:
        return []
    scheme = "https" if console.certificate else "http"
    return [
        f"[bold]值班台 console[/] {scheme}://{console.host}:{console.port}   "
        f"(第一个账号 first account: {ivr} users add NAME --role administrator)"
    ]
