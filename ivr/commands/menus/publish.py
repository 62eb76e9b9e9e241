"""`ivr menus publish`: let callers hear menus."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import click

from ivr.commands.menus.published import line_of, publications, serve_here, who_option, why_option
from ivr.commands.menus.surroundings import surroundings_of
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option
from ivr.config import DataFolder
from ivr.publishing.candidate import BASE_FILE, Candidate, RefusedError, base_of, candidate, remember_base
from ivr.storage.publications import ConflictError, Publications
from ivr.voice.ahead import missing, prompts_of
from ivr.voice.prompts import open_shelf
from speech.spoken import Speaker


@click.command(name="publish")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@why_option
@click.option("--base", help="您是从哪个版本改的 / the revision that you began with; else what the folder says")
@who_option
@data_option
@settings_option
@database_option
def command(
    folder: Path | None,
    why: str,
    base: str | None,
    who: str,
    data: Path,
    settings_file: Path | None,
    database: str | None,
) -> None:
    """发布菜单：检查、排练都通过才行；正在打的电话用旧的打完，新来的电话用新的。

    Publishes the menus of FOLDER (of the settings if none is given), if they have no errors and all rehearsals pass. A
    running gateway takes them within a second: calls in progress finish with the old ones.
    """
    settings = settings_or_exit(settings_file)
    folder = folder or settings.menus.folder
    try:
        ready = candidate(folder, settings.menus.numbers.values(), surroundings_of(settings))
    except RefusedError as error:
        raise click.ClickException(f"没有发布 / not published:\n{error}") from error
    with publications(data, settings, database) as published:
        current = published.current()
        if current is not None and current.revision == ready.revision:
            remember_base(folder, ready.revision)
            click.echo(f"已经是这个版本，不用再发布 / this is published already: {ready.revision}")
            return
        began_with = _base(published, folder, base)
        now = datetime.now(timezone.utc)
        made = published.publish(ready.revision, ready.files, base=began_with, who=who, why=why, at=now, kind="publish")
    serve_here(data, made, ready.files)
    click.echo(line_of(made))
    if not remember_base(folder, ready.revision):
        click.echo(
            f"{folder} 写不进去，下次请用 --base / cannot be written, say --base next time: {ready.revision}", err=True
        )
    _warn_of_prompts(DataFolder(data), ready, folder)


def _base(published: Publications, folder: Path, base: str | None) -> str:
    """The revision that the author began with.

    Raises:
        ConflictError: something is published, and the author does not say what they began with.
    """
    if base is not None:
        return published.find(base)
    written = base_of(folder)
    if written is None and (current := published.current()) is not None:
        click.echo(f"{folder / BASE_FILE} 没有写是从哪个版本改的 / does not say what it began with", err=True)
        raise ConflictError(current, published.history(3))
    return written or ""


def _warn_of_prompts(data: DataFolder, ready: Candidate, folder: Path) -> None:
    """Prompts that are not rendered are made while a caller waits."""
    try:
        absent = missing(prompts_of(ready.menus, Speaker()), open_shelf(data.prompts, data.models))
    except OSError as error:
        click.echo(f"提示音看不了 / prompts cannot be looked at: {error}", err=True)
        return
    if absent:
        click.echo(
            f"有 {len(absent)} 条提示音还没合成，第一个听到的人要多等 / {len(absent)} prompts are not rendered, "
            f"whoever hears them first waits longer:\n  ivr prompts render --menus {folder}",
            err=True,
        )
