"""`ivr menus log`: what was published, by whom and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from ivr.commands.menus.published import line_of, publications
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option
from ivr.config import DataFolder
from ivr.publishing.local import LocalCopy


@click.command(name="log")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="最多几条 / most lines")
@click.option("--json", "as_json", is_flag=True, help="给程序看 / for programs")
@data_option
@settings_option
@database_option
def command(limit: int, as_json: bool, data: Path, settings_file: Path | None, database: str | None) -> None:
    """发布过什么，谁，什么时候，为什么 / what was published, by whom, when and why; the latest first."""
    settings = settings_or_exit(settings_file)
    with publications(data, settings, database) as published:
        history = published.history(limit)
    if as_json:
        plain = [{**asdict(entry), "published_at": entry.published_at.isoformat()} for entry in history]
        click.echo(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    for entry in history:
        click.echo(line_of(entry))
    if not history:
        click.echo(
            f"还没有发布过，电话用的是文件夹 / nothing is published, calls use the folder {settings.menus.folder}"
        )
    served = LocalCopy(DataFolder(data).menus).served()
    if history and (served is None or served.number != history[0].number):
        click.echo("这台机器还没有拿到最新的 / this machine does not have the latest yet (ivr ship)", err=True)
