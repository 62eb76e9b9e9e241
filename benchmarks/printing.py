"""What a benchmark has found: for programs as JSON, for people as a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table


def show_figures(figures: Any, as_json: bool, show: Callable[[Any], None] | None = None) -> None:
    """Print them.

    Args:
        figures: what can be JSON.
        show: prints them for people; a table of names and values without it.
    """
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=1))
    else:
        (show or _as_table)(figures)


def _as_table(figures: Mapping[str, Any]) -> None:
    table = Table(show_header=False)
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), str(value))
    Console().print(table)
