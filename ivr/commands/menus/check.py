"""`ivr menus check`: look at menus before they are used."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ivr.config import SHIPPED_TREES
from menus.loader import check_menus
from menus.problems import report


@click.command(name="check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="给程序看 / for programs.")
def command(paths: tuple[Path, ...], as_json: bool) -> None:
    """检查菜单，一次说出所有问题 / say everything that is wrong with menus.

    PATHS are folders or files that belong together; the shipped menus if none is given. Ends with 1 when there is an
    error, with 0 when there are only warnings or nothing at all.
    """
    checked = check_menus(paths or (SHIPPED_TREES,))
    if as_json:
        answer = {
            "revision": checked.menus.revision if checked.menus else None,
            "trees": sorted(checked.menus.trees) if checked.menus else [],
            "problems": [problem.as_json() for problem in checked.problems],
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        click.echo(report(checked.problems))
        if checked.menus:
            click.echo(f"版本 revision {checked.menus.revision}：{'、'.join(sorted(checked.menus.trees))}")
    sys.exit(0 if checked.menus else 1)
