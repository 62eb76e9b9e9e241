"""`ivr menus export`: the files of a published revision, to work on."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.commands.menus.published import publications
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option
from ivr.publishing.files import write_out


@click.command(name="export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--revision", help="哪个版本；不写就是现在的 / which one; what is published now by default")
@data_option
@settings_option
@database_option
def command(folder: Path, revision: str | None, data: Path, settings_file: Path | None, database: str | None) -> None:
    """取出发布过的菜单，从那里改起 / write published menus into an empty FOLDER, to work on from there."""
    with publications(data, settings_or_exit(settings_file), database) as published:
        if revision is None:
            current = published.current()
            if current is None:
                raise click.ClickException("还没有发布过 / nothing is published yet")
            wanted = current.revision
        else:
            wanted = published.find(revision)
        write_out(folder, wanted, published.files(wanted))
    click.echo(f"{wanted} → {folder}")
