"""`ivr menus import`: bring menus of other systems over."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from menus.importers import CannotImport, import_file
from menus.importers.writing import yaml_of
from menus.loader import check_menus
from menus.problems import report


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    show_default=True,
    help="写到哪个文件夹 / the folder to write to",
)
@click.option("--name", help="树的名字；不写就用文件名 / id of the tree; from the name of the file if left out")
@click.option("--language", help="文件里没写时，说什么语言 / the language, where the file does not say")
def command(file: Path, folder: Path, name: str | None, language: str | None) -> None:
    """把别的系统的菜单带过来 / bring menus of other systems over.

    FILE is FreeSWITCH ivr_menu XML, VoiceXML 2.x, or a voice flow of RapidPro or TextIt (JSON). What could not come
    along is printed, and stands in the new file as a comment. Nothing is overwritten.
    """
    try:
        imported = import_file(file, name, language)
        texts = {folder / f"{tree.id}.yaml": yaml_of(tree, imported.format) for tree in imported.trees}
        there = [str(path) for path in texts if path.exists()]
        if there:
            raise click.ClickException(f"{'、'.join(there)} 已经有了 / is there already; use --name or --folder")
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text, "utf-8")
    except (CannotImport, OSError) as error:
        raise click.ClickException(str(error)) from error
    for path in texts:
        click.echo(str(path))
    for lost in imported.lost:
        where = f"{lost.where} → {lost.node}" if lost.node else lost.where
        click.echo(f"  没带过来 not carried over [{where}]: {lost.what}")
    checked = check_menus(list(texts))
    click.echo(report(checked.problems))
    sys.exit(0 if checked.menus else 1)
