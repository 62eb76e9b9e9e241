"""`ivr menus publish`: let callers hear menus."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.commands.menus.published import desk, line_of, who_option, why_option
from ivr.commands.menus.surroundings import surroundings_of
from ivr.commands.menus.vocabulary import Vocabulary
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option
from ivr.config import DataFolder
from ivr.publishing.candidate import Candidate, candidate
from ivr.publishing.desk import Desk
from ivr.publishing.files import BASE_FILE, base_of, remember_base
from ivr.storage.publications import ConflictError
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
    vocabulary = Vocabulary(DataFolder(data).models, settings.hearing)
    with desk(data, settings, database) as publishing:
        ready = candidate(folder, settings.menus.numbers.values(), surroundings_of(settings, vocabulary))
        done = publishing.publish(ready, base=_base(publishing, ready, folder, base), who=who, why=why)
    remembered = remember_base(folder, ready.revision)
    if not done.is_new:
        click.echo(f"已经是这个版本，不用再发布 / this is published already: {ready.revision}")
        return
    click.echo(line_of(done.publication))
    if not remembered:
        click.echo(
            f"{folder} 写不进去，下次请用 --base / cannot be written, say --base next time: {ready.revision}", err=True
        )
    _warn_of_prompts(DataFolder(data), ready, folder)


def _base(publishing: Desk, ready: Candidate, folder: Path, base: str | None) -> str:
    """The revision that the author began with.

    Raises:
        ConflictError: something else is published, and the author does not say what they began with.
    """
    if base is not None:
        return publishing.files(base)[0]
    written = base_of(folder)
    current = publishing.current()
    if written is None and current is not None and current.revision != ready.revision:
        click.echo(f"{folder / BASE_FILE} 没有写是从哪个版本改的 / does not say what it began with", err=True)
        raise ConflictError(current, publishing.history(3))
    return written or ""


def _warn_of_prompts(data: DataFolder, ready: Candidate, folder: Path) -> None:
    """Prompts that are not rendered are made while a caller waits."""
    try:
        shelf = open_shelf(data.prompts, data.models, ready.menus.readings)
        absent = missing(prompts_of(ready.menus, Speaker()), shelf)
    except OSError as error:
        click.echo(f"提示音看不了 / prompts cannot be looked at: {error}", err=True)
        return
    if absent:
        click.echo(
            f"有 {len(absent)} 条提示音还没合成，第一个听到的人要多等 / {len(absent)} prompts are not rendered, "
            f"whoever hears them first waits longer:\n  ivr prompts render --menus {folder}",
            err=True,
        )
