"""`ivr line`: one line worker, a process that answers up to four calls."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ivr.commands.answering import run_worker
from ivr.commands.options import data_option, log_to_stderr, settings_option, settings_or_exit
from ivr.config import Settings
from ivr.processes.lines import ports_of_a_start

if TYPE_CHECKING:
    from ivr.app import LineWorker


@click.command(name="line")
@data_option
@settings_option
@click.option(
    "--port", type=click.IntRange(1, 65535), help="SIP 端口，代替设置里的 / SIP port in place of that in the settings"
)
@click.option("--rtp", metavar="FIRST+COUNT", help="RTP 端口 / RTP ports in place of those in the settings")
@click.option(
    "--edge",
    metavar="HOST:PORT",
    help="在这个入口后面，只听本机 / behind the edge that callers reach here; loopback only",
)
@click.option("--name", default="line-1", show_default=True, help="名字，用于日志 / name of this worker in the logs")
def command(
    data: Path, settings_file: Path | None, port: int | None, rtp: str | None, edge: str | None, name: str
) -> None:
    """接电话的进程。SIGTERM：打完再停；再来一次：马上停；SIGHUP：重新读菜单。

    Answers up to four calls. SIGTERM lets calls end first, a second one ends them; SIGHUP reads the menus again.
    """
    settings = settings_or_exit(settings_file)
    log_to_stderr(settings.log.level)
    placed = _placed(settings, port if edge is None else None, rtp)

    def make(reactor: Any) -> LineWorker:
        from ivr.app import LineWorker
        from ivr.children import behind_edge
        from ivr.config import DataFolder, load_settings

        behind = behind_edge(settings, name, port or settings.lines.port_first, edge) if edge is not None else None
        return LineWorker(
            placed, DataFolder(data), name, reactor, behind=behind, read_settings=lambda: load_settings(settings_file)
        )

    run_worker(make, lambda worker: f"sip:{worker.endpoint.library.local_name} channels {worker.endpoint.capacity}")


def _placed(settings: Settings, port: int | None, rtp: str | None) -> Settings:
    """The settings with the ports of this worker."""
    update: dict[str, int] = {}
    if port is not None:
        update["port"] = port
    if rtp is not None:
        first, plus, count = rtp.partition("+")
        if not (first.isdecimal() and plus and count.isdecimal()):
            raise click.BadParameter(f"{rtp!r} 不是 FIRST+COUNT / is not FIRST+COUNT", param_hint="--rtp")
        from ivr.children import CHANNELS

        channels = min(CHANNELS, settings.sip.max_calls)
        rtp_first, rtp_count = ports_of_a_start(int(first), int(count), channels, secrets.randbelow)
        update |= {"rtp_port_first": rtp_first, "rtp_port_count": rtp_count}
    return settings.model_copy(update={"sip": settings.sip.model_copy(update=update)})
