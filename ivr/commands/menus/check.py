"""`ivr menus check`: look at menus before they are used."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import click

from ivr.commands.menus.surroundings import surroundings_of
from ivr.commands.menus.vocabulary import Vocabulary
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.config import DataFolder
from menus.loader import CheckedMenus, check_menus
from menus.problems import report
from menus.report_github import github
from menus.report_sarif import sarif


@click.command(name="check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@data_option
@settings_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="给人看，或者给程序看 / for people, or for programs",
)
@click.option("--json", "as_json", is_flag=True, help="就是 --format json / the same as --format json")
@click.option("--strict", is_flag=True, help="有提醒也算不通过 / warnings fail, too")
def command(
    paths: tuple[Path, ...], data: Path, settings_file: Path | None, form: str, as_json: bool, strict: bool
) -> None:
    """检查菜单，一次说出所有问题 / say everything that is wrong with menus.

    PATHS are folders or files that belong together; the menus of the settings if none is given. Ends with 1 when there
    is an error, with 0 when there are only warnings or nothing at all. What each check tells, with examples:
    docs/checks.
    """
    settings = settings_or_exit(settings_file)
    vocabulary = Vocabulary(DataFolder(data).models, settings.hearing)
    checked = check_menus(paths or (settings.menus.folder,), surroundings_of(settings, vocabulary))
    click.echo(_told(checked, "json" if as_json else form, vocabulary.notes))
    sys.exit(1 if checked.menus is None or (strict and checked.problems) else 0)


def _told(checked: CheckedMenus, form: str, notes: list[str]) -> str:
    if form == "json":
        return json.dumps({**_as_json(checked), "notes": notes}, ensure_ascii=False, indent=2)
    if form == "sarif":
        return json.dumps(sarif(checked, version("xiangyin")), ensure_ascii=False, indent=2)
    if form == "github":
        return github(checked.problems)
    lines = [report(checked.problems), *notes]
    if checked.allowed:
        lines.append(f"有意这样写的 allowed: {len(checked.allowed)}")
    if checked.menus:
        lines.append(f"版本 revision {checked.menus.revision}：{'、'.join(sorted(checked.menus.trees))}")
    return "\n".join(lines)


def _as_json(checked: CheckedMenus) -> dict[str, object]:
    return {
        "revision": checked.menus.revision if checked.menus else None,
        "trees": sorted(checked.menus.trees) if checked.menus else [],
        "problems": [problem.as_json() for problem in checked.problems],
        "allowed": [{**allowed.problem.as_json(), "reason": allowed.reason} for allowed in checked.allowed],
    }
