"""`ivr menus new`: begin a tree."""

from __future__ import annotations

from pathlib import Path

import click

from menus.scaffold import CannotScaffold, scaffold


@click.command(name="new")
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    show_default=True,
    help="放在哪个文件夹 / the folder of the menus",
)
@click.option("--title", default="村里的热线", show_default=True, help="标题，给人看 / title for people")
def command(name: str, folder: Path, title: str) -> None:
    """新建一棵能用的菜单树 / make a new tree that works.

    NAME is its id: lower-case letters, digits, underscores. A rehearsal comes with it, and what editors need for
    completion.
    """
    try:
        files = scaffold(folder, name, title)
    except (CannotScaffold, OSError) as error:
        raise click.ClickException(str(error)) from error
    for file in files:
        click.echo(str(file))
    click.echo(f"接下来 next:\n  ivr menus check {folder}\n  ivr menus test {folder}")
