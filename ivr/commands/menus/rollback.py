"""`ivr menus rollback`: publish an old revision again."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.commands.menus.published import desk, line_of, who_option, why_option
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option


@click.command(name="rollback")
@click.argument("revision", required=False)
@why_option
@who_option
@data_option
@settings_option
@database_option
def command(
    revision: str | None, why: str, who: str, data: Path, settings_file: Path | None, database: str | None
) -> None:
    """恢复以前发布过的版本；不写就是上一个 / publish an old revision again; the one before if none is named.

    It was checked and rehearsed when it was published, so it is served at once. Your files stay as they are.
    """
    with desk(data, settings_or_exit(settings_file), database) as publishing:
        made = publishing.roll_back(revision, who=who, why=why)
    click.echo(line_of(made))
