"""`ivr menus rollback`: publish an old revision again."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import click

from ivr.commands.menus.published import line_of, menus_of, publications, serve_here, who_option, why_option
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option
from ivr.storage.publications import Publications
from menus.problems import MenuProblems


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
    settings = settings_or_exit(settings_file)
    with publications(data, settings, database) as published:
        current = published.current()
        if current is None:
            raise click.ClickException("还没有发布过 / nothing was ever published")
        wanted = published.find(revision) if revision else _before(published, current.revision)
        files = published.files(wanted)
        try:
            menus = menus_of(files)
        except MenuProblems as error:
            raise click.ClickException(f"这个程序读不了那个版本 / this program cannot read it:\n{error}") from error
        absent = sorted(set(settings.menus.numbers.values()) - set(menus.trees))
        if absent:
            raise click.ClickException(f"那个版本里没有 / it has no tree {', '.join(absent)} (menus.numbers)")
        now = datetime.now(timezone.utc)
        made = published.publish(wanted, files, base=current.revision, who=who, why=why, at=now, kind="rollback")
    serve_here(data, made, files)
    click.echo(line_of(made))


def _before(published: Publications, revision: str) -> str:
    """The revision that was published before this one."""
    earlier = [publication.revision for publication in published.history(1000) if publication.revision != revision]
    if not earlier:
        raise click.ClickException("没有更早的版本 / there is no earlier revision")
    return earlier[0]
