"""`ivr menus graph`: see a tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click

from ivr.config import SHIPPED_TREES
from menus.drawing import dot, drawings, mermaid
from menus.loader import check_menus
from menus.problems import report

_LONGEST_LAYOUT_S = 60


@click.command(name="graph")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--tree", "trees", multiple=True, help="只画这棵树 / only this tree")
@click.option("--language", default="zh", show_default=True, help="用哪种语言 / in this language")
@click.option(
    "--format",
    "form",
    type=click.Choice(["svg", "dot", "mermaid"]),
    help="格式；不写就看文件名，否则 mermaid / taken from the name of the output if left out, else mermaid",
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="写到文件里 / write it to a file")
def command(
    paths: tuple[Path, ...], trees: tuple[str, ...], language: str, form: str | None, output: Path | None
) -> None:
    """把菜单画成图 / draw menus.

    On each node stands the earliest second at which a caller can be there, on each option when it is named; the way
    that takes longest is red. SVG needs Graphviz. PATHS are folders or files; the shipped menus if none is given.
    """
    checked = check_menus(paths or (SHIPPED_TREES,))
    if checked.menus is None:
        click.echo(report(checked.problems), err=True)
        sys.exit(1)
    unknown = [name for name in trees if name not in checked.menus.trees]
    if unknown:
        raise click.UsageError(f"没有菜单树 / no tree {', '.join(unknown)}: {', '.join(checked.menus.trees)}")
    pictures = [picture for picture in drawings(checked.menus, language) if not trees or picture.id in trees]
    suffix = {".svg": "svg", ".dot": "dot", ".gv": "dot"}.get(output.suffix, "mermaid") if output else "mermaid"
    wanted = form or suffix
    drawn = mermaid(pictures) if wanted == "mermaid" else dot(pictures)
    if wanted == "svg":
        drawn = _svg(drawn)
    if output is None:
        click.echo(drawn, nl=False)
        return
    try:
        output.write_text(drawn, "utf-8")
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(str(output))


def _svg(source: str) -> str:
    program = shutil.which("dot")
    if program is None:
        raise click.ClickException(
            "画 SVG 要装 Graphviz：apt-get install graphviz；或者用 --format mermaid"
            " / SVG needs Graphviz: apt-get install graphviz; or use --format mermaid"
        )
    try:
        done = subprocess.run(
            [program, "-Tsvg"],
            input=source,
            capture_output=True,
            encoding="utf-8",
            timeout=_LONGEST_LAYOUT_S,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise click.ClickException("图太大，画不完；用 --tree 只画一棵 / too large: draw one with --tree") from error
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"dot: {error.stderr.strip()[:300]}") from error
    return done.stdout
