"""`ivr outbound`: the process that places calls, what would be called, and who wants no calls."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from ivr.commands.answering import run_worker
from ivr.commands.options import data_option, log_to_stderr, misconfigured, settings_option, settings_or_exit
from ivr.config import DataFolder
from ivr.privacy import KeyFileError, mask_number

if TYPE_CHECKING:
    from ivr.calling import OutboundWorker

_VERDICTS = {
    "place": "马上打 / now",
    "settled": "办完了 / settled",
    "wrong_number": "号码不许打 / number not allowed",
    "not_wanted": "不要再打 / wants no calls",
    "unknown_purpose": "没有这种菜单 / no menu for it",
    "not_hours": "不是时候 / not at this hour",
    "too_many": "这个小时打满了 / enough in this hour",
    "too_soon": "刚打过 / too soon again",
    "enough": "打够次数了 / tried often enough",
}


@click.group("outbound", help="热线打出去的电话 / calls that the gateway places")
def command() -> None:
    """A group."""


@command.command("run", help="按名单打电话，直到 SIGTERM / places the calls on the list, until SIGTERM")
@data_option
@settings_option
def run(data: Path, settings_file: Path | None) -> None:
    settings = settings_or_exit(settings_file)
    log_to_stderr(settings.log.level)

    def make(reactor: Any) -> OutboundWorker:
        from ivr.calling import OutboundWorker
        from ivr.config import load_settings

        return OutboundWorker(settings, DataFolder(data), reactor, lambda: load_settings(settings_file))

    run_worker(make, lambda worker: f"sip:{worker.endpoint.library.local_name}")


@command.command("list", help="名单上有谁，现在打不打 / who is on the list, and whether they would be called now")
@data_option
@settings_option
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
def list_calls(data: Path, settings_file: Path | None, as_json: bool) -> None:
    from twisted.internet.task import react

    settings = settings_or_exit(settings_file)
    rows: list[dict[str, Any]] = []

    async def look(reactor: Any) -> None:
        from backend_client.client import BackendClient
        from ivr.app import local_now
        from ivr.calling import BackendList, make_outbound_record
        from ivr.outbound.round import ListError
        from ivr.outbound.rules import decide

        try:
            record, client = make_outbound_record(DataFolder(data)), BackendClient(settings.backend, reactor)
            found = await BackendList(client).wanted()
        except (KeyFileError, OSError, ValueError, ListError) as error:
            misconfigured(str(error))
        now = local_now()
        for wanted in found:
            verdict = decide(
                wanted,
                now,
                record.tries(wanted.id),
                not_wanted=record.wants_none(wanted.number),
                in_last_hour=record.since(now - timedelta(hours=1)),
                settings=settings.outbound,
            )
            rows.append(
                {
                    "id": wanted.id,
                    "purpose": wanted.purpose,
                    "number": mask_number(wanted.number),
                    "tries": len(record.tries(wanted.id)),
                    "verdict": verdict,
                }
            )
        await client.close()

    try:
        react(lambda reactor: _ensured(look(reactor)))
    except SystemExit as end:
        if end.code:
            raise
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table("编号 id", "为什么 purpose", "号码 number", "打过 tries", "现在 now")
    for row in rows:
        table.add_row(row["id"], row["purpose"], row["number"], str(row["tries"]), _VERDICTS[row["verdict"]])
    Console().print(table)


def _ensured(work: Any) -> Any:
    from twisted.internet.defer import ensureDeferred

    return ensureDeferred(work)


@command.command("forbid", help="这个号码不要再打 / never call this number")
@data_option
@click.argument("number")
def forbid(data: Path, number: str) -> None:
    from ivr.app import local_now

    _record(data).call_no_more(_plain(number), local_now())
    click.echo(f"{mask_number(number)}：不再打 / will not be called")


@command.command("allow", help="这个号码又可以打了 / this number may be called again")
@data_option
@click.argument("number")
def allow(data: Path, number: str) -> None:
    was_there = _record(data).call_again(_plain(number))
    said = "又可以打了 / may be called again" if was_there else "本来就可以打 / was not kept out"
    click.echo(f"{mask_number(number)}：{said}")


def _plain(number: str) -> str:
    from ivr.outbound.rules import plain_number

    return plain_number(number)


def _record(data: Path) -> Any:
    from ivr.calling import make_outbound_record

    try:
        return make_outbound_record(DataFolder(data))
    except (KeyFileError, OSError) as error:
        misconfigured(str(error))
