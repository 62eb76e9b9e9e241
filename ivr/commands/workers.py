"""`ivr workers`: the processes of the running gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ivr.commands.options import data_option
from ivr.config import DataFolder
from ivr.processes.control import ControlError, ask

_STATES = {
    "starting": "启动中 starting",
    "ready": "[green]正常 ready[/]",
    "draining": "[yellow]排空中 draining[/]",
    "stopped": "已停 stopped",
    "waiting": "[red]等待重启 waiting[/]",
}
json_option = click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
name_argument = click.argument("name")


@click.group(
    name="workers", invoke_without_command=True, help="正在运行的网关的各个进程 / processes of the running gateway"
)
@data_option
@json_option
@click.pass_context
def command(context: click.Context, data: Path, as_json: bool) -> None:
    context.obj = DataFolder(data)
    if context.invoked_subcommand is None:
        answer = _ask(context.obj, do="workers")
        if as_json:
            print(json.dumps(answer["workers"], ensure_ascii=False, indent=2))
        else:
            _show(answer["workers"])


@command.command(help="不再接新电话，打完就停，直到 start / take no new calls, stop after the last one, until `start`")
@name_argument
@click.pass_obj
def drain(folder: DataFolder, name: str) -> None:
    _show(_ask(folder, do="drain", name=name)["workers"])


@command.command(help="启动已停的接线进程 / start a line worker that was drained")
@name_argument
@click.pass_obj
def start(folder: DataFolder, name: str) -> None:
    _show(_ask(folder, do="start", name=name)["workers"])


@command.command(help="逐个排空再启动：换新程序或设置，不断电话 / drain and start, one by one: new code, no call lost")
@click.argument("name", required=False)
@click.option(
    "--all", "everything", is_flag=True, help="所有进程，入口除外 / all processes but the edge, for a new version"
)
@click.pass_obj
def renew(folder: DataFolder, name: str | None, everything: bool) -> None:
    if name and everything:
        raise click.UsageError("NAME 和 --all 只要一个 / NAME or --all, not both")
    _show(_ask(folder, do="renew", name=name, all=everything)["workers"])


@command.command(help="重新读菜单、号码、转接目标和入口设置 / read menus, numbers, targets and edge settings again")
@click.pass_obj
def reload(folder: DataFolder) -> None:
    _ask(folder, do="reload")


def _ask(folder: DataFolder, **request: Any) -> dict[str, Any]:
    try:
        return ask(folder.control, request)
    except ControlError as error:
        raise click.ClickException(str(error)) from error


def _show(workers: list[dict[str, Any]]) -> None:
    table = Table(box=None, header_style="bold")
    table.add_column("进程 process", no_wrap=True)
    for heading in (
        "进程 process",
        "状态 state",
        "pid",
        "电话 calls",
        "运行 uptime",
        "重启 restarts",
        "线路注册 trunk",
    ):
        table.add_column(heading)
    for worker in workers:
        calls = f"{worker['calls']}/{worker['channels']}" if "calls" in worker else ""
        uptime = _duration(float(worker["uptime_s"]))
        pid, trunk = str(worker["pid"] or ""), str(worker.get("trunk", ""))
        state = _STATES[worker["state"]]
        table.add_row(worker["name"], state, pid, calls, uptime, str(worker["restarts"]), trunk)
    Console(highlight=False).print(table)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
