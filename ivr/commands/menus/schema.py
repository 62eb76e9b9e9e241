"""`ivr menus schema`: the JSON Schema of menu files."""

from __future__ import annotations

from pathlib import Path

import click

from menus.editor.schema import MODELINE, schema_text


@click.command(name="schema")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="写到文件里 / write it to a file")
def command(output: Path | None) -> None:
    """给编辑器用的 JSON Schema / the JSON Schema for editors: completion, hover texts, first checks."""
    if output is None:
        click.echo(schema_text(), nl=False)
        return
    try:
        output.write_text(schema_text(), "utf-8")
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"菜单文件第一行 / first line of each menu file:\n{MODELINE}{output.name}")
