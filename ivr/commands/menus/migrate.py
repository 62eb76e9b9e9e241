"""`ivr menus migrate`: bring menu files to the newest version of the language."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from audio.files import write_atomically
from menus.migrations import NEWEST, CannotMigrateError, migrated


@click.command(name="migrate")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="只看，不改 / change nothing; ends with 1 if it would")
def command(paths: tuple[Path, ...], only_check: bool) -> None:
    """把菜单改写成最新的版本，注释不变 / rewrite menus in the newest version of the language; comments stay.

    PATHS are folders or files. Menus of older versions still work as they are: they are read as if they had been
    rewritten.
    """
    changed, failed = 0, False
    for file in _files(paths):
        try:
            before = file.read_text("utf-8-sig")
            after = migrated(before)
        except (OSError, UnicodeDecodeError, CannotMigrateError) as error:
            click.echo(f"{file}: {error}", err=True)
            failed = True
            continue
        if after != before:
            changed += 1
            click.echo(f"{file}: ivr {NEWEST}")
            if not only_check:
                write_atomically(file, after.encode())
    if not changed and not failed:
        click.echo(f"都是最新的 / everything is in the newest version: ivr {NEWEST}")
    sys.exit(1 if failed or (only_check and changed) else 0)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Trees; rehearsals have a version of their own."""
    for path in paths:
        found = sorted(path.glob("*.y*ml")) if path.is_dir() else [path]
        yield from (file for file in found if not file.name.endswith((".cases.yaml", ".cases.yml")))
