"""`ivr menus fmt`: lay menu files out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from audio.files import write_atomically
from ivr.config import SHIPPED_TREES
from menus.formatting import CannotFormat, formatted


@click.command(name="fmt")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="只看，不改 / change nothing; ends with 1 if it would")
def command(paths: tuple[Path, ...], only_check: bool) -> None:
    """统一排版，注释和内容不变 / lay files out; comments and meaning stay.

    PATHS are folders or files; the shipped menus if none is given.
    """
    changed, failed = 0, False
    for file in _files(paths or (SHIPPED_TREES,)):
        try:
            with file.open(encoding="utf-8", newline="") as opened:
                before = opened.read()
            after = formatted(before)
        except (OSError, UnicodeDecodeError, CannotFormat) as error:
            click.echo(f"{file}: {error}", err=True)
            failed = True
            continue
        if after != before:
            changed += 1
            click.echo(str(file))
            if not only_check:
                write_atomically(file, after.encode())
    sys.exit(1 if failed or (only_check and changed) else 0)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(file for file in path.iterdir() if file.suffix == ".yaml") if path.is_dir() else [path]
