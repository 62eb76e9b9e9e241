"""`ivr calls`: the calls of late, and one call as it went."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from ivr.commands import call_tables, call_to_case, call_trace
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option, database_url
from ivr.config import DataFolder
from ivr.storage.database import WrongDatabaseError, open_database, upgrade
from ivr.storage.down import DatabaseDownError, or_down
from ivr.storage.entries import CallEntry, StepEntry
from ivr.storage.log import (
    AmbiguousCallError,
    CallFilter,
    CallLog,
    NoSuchCallError,
    open_call_log,
)
from ivr.storage.projector import OUTCOMES
from ivr.storage.recount import recount

_SPAN = re.compile(r"^(\d{1,6})(min|h|d)$")
_SPAN_UNITS = {"min": "minutes", "h": "hours", "d": "days"}

#: Sealed numbers are for those who may call back; a listing is no place for them.
_NOT_SHOWN = ("caller_sealed",)


class Since(click.ParamType[datetime]):
    """`30min`, `2h`, `7d`, or a date or time (ISO 8601), local unless it has an offset."""

    name = "since"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        span = _SPAN.match(value)
        now = datetime.now().astimezone()
        try:
            if span:
                return now - timedelta(**{_SPAN_UNITS[span[2]]: int(span[1])})
            return datetime.fromisoformat(value).astimezone()
        except (ValueError, OverflowError):
            self.fail(f"{value!r}: 写成 30min、2h、7d 或 2026-11-22 / write 30min, 2h, 7d or 2026-11-22", param, ctx)


@click.group(name="calls", help="查看通话记录 / look at the call log")
def command() -> None:
    pass


command.add_command(call_to_case.command)
command.add_command(call_trace.command)


@command.command(name="list", help="最近的通话 / the latest calls")
@data_option
@settings_option
@database_option
@click.option("--since", type=Since(), help="30min, 2h, 7d 或日期 / or a date")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="结果 / outcome")
@click.option("--caller-hash", help="来电人代号 / keyed hash of the caller's number")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100_000), help="最多几条 / most calls")
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
def list_calls(
    data: Path,
    settings_file: Path | None,
    database: str | None,
    since: datetime | None,
    outcome: str | None,
    caller_hash: str | None,
    limit: int,
    as_json: bool,
) -> None:
    with open_log(data, settings_file, database) as log:
        calls = log.recent(limit, CallFilter(since, outcome, caller_hash))
    if as_json:
        _print_json([_plain(call) for call in calls])
    else:
        call_tables.print_calls(calls)


@command.command(
    name="show", help="一次通话的经过；ID 可以只写开头，last 是最近一次 / one call; ID may be its beginning, or last"
)
@click.argument("call_id", metavar="ID")
@data_option
@settings_option
@database_option
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
def show_call(call_id: str, data: Path, settings_file: Path | None, database: str | None, as_json: bool) -> None:
    with open_log(data, settings_file, database) as log:
        call = log.find(call_id)
        steps = log.steps(call.id)
    if as_json:
        _print_json({"call": _plain(call), "steps": [_plain(step) for step in steps]})
    else:
        call_tables.print_call(call, steps)


@command.command(name="recount", help="重新统计所有通话，报表用 / count all calls anew, for the reports of the console")
@data_option
@settings_option
@database_option
def recount_calls(data: Path, settings_file: Path | None, database: str | None) -> None:
    try:
        engine = open_database(database_url(data, settings_or_exit(settings_file), database))
        try:
            with or_down():
                upgrade(engine)
            counted = recount(engine)
        finally:
            engine.dispose()
    except DatabaseDownError as error:
        raise click.ClickException(f"数据库连不上 / the database cannot be reached: {error}") from error
    except (WrongDatabaseError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"已统计 {counted} 次通话 / {counted} calls counted")


@contextmanager
def open_log(data: Path, settings_file: Path | None, database: str | None) -> Iterator[CallLog]:
    """The call log, with what goes wrong in words."""
    url = database_url(data, settings_or_exit(settings_file), database)
    try:
        log = open_call_log(url, DataFolder(data).journal)
        try:
            yield log
        finally:
            log.close()
    except NoSuchCallError as error:
        raise click.ClickException(f"没有这次通话 / no such call: {error}") from error
    except AmbiguousCallError as error:
        raise click.ClickException(
            f"不止一次通话，请多写几位 / several calls, write more of the id: {error}"
        ) from error
    except DatabaseDownError as error:
        raise click.ClickException(f"打不开通话记录 / the call log cannot be read: {error}") from error
    except (WrongDatabaseError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _plain(entry: CallEntry | StepEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name not in _NOT_SHOWN}


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_moment))


def _moment(value: object) -> str:
    assert isinstance(value, datetime), f"{value!r} has no JSON form"
    return value.isoformat()
