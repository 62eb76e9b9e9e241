"""`ivr menus script`: what an announcer reads."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from audio.recordings import recordings_in
from ivr.config import SHIPPED_TREES
from ivr.voice.prompts import SHIPPED_RECORDINGS
from ivr.voice.script import Line, as_csv, as_html, languages_of, script
from menus.loader import check_menus
from menus.problems import report
from speech.spoken import Speaker

_FORMS = {".html": "html", ".htm": "html", ".docx": "docx"}


@click.command(name="script")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--language", default="zh", show_default=True, help="哪种语言 / in which language")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "html", "docx"]),
    help="表格、网页、Word 文档；不写就看文件名 / a table, a page, a Word document; by default what FILE ends with",
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="写到文件里 / write it to a file")
@click.option("--missing", is_flag=True, help="只要还没录的 / only what is not recorded yet")
def command(paths: tuple[Path, ...], language: str, form: str | None, output: Path | None, missing: bool) -> None:
    """播音员的录音稿 / the announcer's script.

    Each sentence has the name of the file that it is to be saved as, with a hash of its text. The files come back with
    `ivr prompts import`. PATHS are folders or files; the shipped menus if none is given.
    """
    checked = check_menus(paths or (SHIPPED_TREES,))
    if checked.menus is None:
        click.echo(report(checked.problems), err=True)
        sys.exit(1)
    if language not in languages_of(checked.menus):
        spoken = ", ".join(languages_of(checked.menus))
        raise click.UsageError(f"菜单不说 / the menus do not speak {language}: {spoken}")
    recorded = [one.text for one in recordings_in(SHIPPED_RECORDINGS) if one.language == language]
    lines = [line for line in script(checked.menus, Speaker(), language, recorded) if not (missing and line.recorded)]
    wanted = form or _FORMS.get(output.suffix if output is not None else "", "csv")
    if wanted == "docx" and output is None:
        raise click.UsageError("Word 文档要用 -o 写到文件里 / a Word document is written to a file with -o")
    title = "录音稿 " + "、".join(tree.title[tree.base_language] for tree in checked.menus.trees.values())
    content = _in_form(wanted, lines, language, title)
    if output is None:
        click.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{output}: {len(lines)}")


def _in_form(form: str, lines: Sequence[Line], language: str, title: str) -> bytes:
    if form == "docx":
        from ivr.voice.script_docx import as_docx

        return as_docx(lines, language, title)
    return (as_html(lines, language, title) if form == "html" else as_csv(lines)).encode()
