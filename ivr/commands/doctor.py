"""`ivr doctor`: what is installed and reachable, what is missing, and the command that mends it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.config import DataFolder
from ivr.deep_doctor import examine_running
from ivr.doctor import examine

_MARKS = {"good": "[green]✓[/]", "warning": "[yellow]![/]", "bad": "[red]✗[/]"}


@click.command(name="doctor")
@data_option
@settings_option
@click.option("--deep", is_flag=True, help="再打一个真的电话 / look at the running gateway too, and call it")
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
def command(data: Path, settings_file: Path | None, deep: bool, as_json: bool) -> None:
    """体检：装了什么、缺什么、怎么补。有“有问题”的项目时退出码是 1。

    Looks at everything the gateway needs. Exits with 1 if something is bad; warnings alone exit with 0.
    """
    settings, folder = settings_or_exit(settings_file), DataFolder(data)
    findings = examine(settings, folder)
    if deep:
        findings += examine_running(settings, folder)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for finding in findings:
            console.print(f"{_MARKS[finding.verdict]} [bold]{finding.what}[/]  {escape(finding.told)}")
            if finding.mend:
                console.print(f"    → [cyan]{escape(finding.mend)}[/]")
    if any(finding.verdict == "bad" for finding in findings):
        sys.exit(1)
