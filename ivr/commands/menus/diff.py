"""`ivr menus diff`: what differs, in words."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from ivr.commands.menus.published import publications
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option
from ivr.publishing.changes import changes, told
from ivr.publishing.files import menus_of, texts_of
from ivr.storage.publications import Publications
from menus.problems import MenuProblems


@dataclass(frozen=True)
class _Side:
    """One side of the comparison.

    Attributes:
        name: a revision or a folder.
    """

    name: str
    files: Mapping[str, str]


@click.command(name="diff")
@click.argument("one", required=False)
@click.argument("other", required=False)
@click.option("--unified", is_flag=True, help="逐行比较文件 / line by line, as programmers read it")
@click.option("--json", "as_json", is_flag=True, help="给程序看 / for programs")
@data_option
@settings_option
@database_option
def command(
    one: str | None,
    other: str | None,
    unified: bool,
    as_json: bool,
    data: Path,
    settings_file: Path | None,
    database: str | None,
) -> None:
    """两个版本有什么不同 / what differs between two revisions, step by step and in words.

    ONE and OTHER are revisions or folders. With one folder: from what is published to the folder. With one revision:
    from that to what is published. With nothing: from what is published to the folder of the settings.
    """
    settings = settings_or_exit(settings_file)
    with publications(data, settings, database) as published:
        sides = _sides(published, one, other, settings.menus.folder)
    if unified:
        _print_unified(*sides)
        return
    try:
        found = changes(menus_of(sides[0].files), menus_of(sides[1].files))
    except MenuProblems as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps([asdict(change) for change in found], ensure_ascii=False, indent=2))
        return
    click.echo(f"{sides[0].name} → {sides[1].name}")
    click.echo("\n".join(told(found)))


def _sides(published: Publications, one: str | None, other: str | None, folder: Path) -> tuple[_Side, _Side]:
    if one is not None and other is not None:
        return _side(published, one), _side(published, other)
    if one is not None and not Path(one).is_dir():
        return _side(published, one), _current(published)
    return _current(published), _side(published, one or str(folder))


def _side(published: Publications, named: str) -> _Side:
    if Path(named).is_dir():
        return _Side(named, texts_of(Path(named)))
    revision = published.find(named)
    return _Side(revision, published.files(revision))


def _current(published: Publications) -> _Side:
    current = published.current()
    if current is None:
        raise click.ClickException("还没有发布过 / nothing is published yet")
    return _Side(current.revision, published.files(current.revision))


def _print_unified(before: _Side, after: _Side) -> None:
    for name in sorted({*before.files, *after.files}):
        old, new = before.files.get(name, ""), after.files.get(name, "")
        names = f"{before.name}/{name}", f"{after.name}/{name}"
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="")
        for line in lines:
            click.echo(line)
