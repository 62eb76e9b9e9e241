"""`ivr menus schema`: the JSON Schemas of menu files and of rehearsals."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.rehearsal.schema import cases_schema_text
from menus.editor.schema import MODELINE, schema_text


@click.command(name="schema")
@click.option("--cases", is_flag=True, help="排练文件的 / that of rehearsals, *.cases.yaml")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="写到文件里 / write it to a file")
def command(cases: bool, output: Path | None) -> None:
    """给编辑器用的 JSON Schema / the JSON Schema for editors: completion, hover texts, first checks."""
    text = cases_schema_text() if cases else schema_text()
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise click.ClickException(str(error)) from error
    which = (
        "排练文件第一行 / first line of each file of rehearsals"
        if cases
        else "菜单文件第一行 / first line of each menu file"
    )
    click.echo(f"{which}:\n{MODELINE}{output.name}")
