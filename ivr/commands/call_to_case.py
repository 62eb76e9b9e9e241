"""`ivr calls to-case`: a real call becomes a rehearsal."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from ivr.call.journal_lines import JournalLine, journal_files, read_journal
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option
from ivr.config import DataFolder
from ivr.storage.entries import CallEntry


@click.command(name="to-case")
@click.argument("call_id", metavar="ID")
@data_option
@settings_option
@database_option
@click.option(
    "--save", "file", type=click.Path(dir_okay=False, path_type=Path), help="加到这个排练文件 / add it to FILE"
)
@click.option("--name", help="排练的名字 / name of the rehearsal")
def command(
    call_id: str, data: Path, settings_file: Path | None, database: str | None, file: Path | None, name: str | None
) -> None:
    """把一次真的通话变成排练，号码和内容都换成假的 / make a rehearsal of a call; ID may be its beginning, or last.

    Numbers are replaced, the same one always by the same other one; what the backend answered keeps only its shape. The
    rehearsal is tried on the menus of the settings, and it is said whether it goes the same way.
    """
    from ivr.commands.calls import open_log
    from ivr.rehearsal.from_call import case_of
    from ivr.rehearsal.written import CannotSaveError, save

    settings = settings_or_exit(settings_file)
    with open_log(data, settings_file, database) as log:
        call = log.find(call_id)
    lines = list(_lines(DataFolder(data).journal, call))
    if not lines:
        raise click.ClickException(f"流水已经删除，变不成排练 / the journal of {call.id} is gone: keep them for longer")
    came_at = call.started_at.astimezone()
    case = case_of(lines, name or f"来电 call {came_at:%Y-%m-%d %H:%M}", came_at.isoformat(timespec="seconds"))
    try:
        with tempfile.TemporaryDirectory(prefix="case") as folder:
            trial = Path(folder) / f"{call.tree}.cases.yaml"
            save(trial, call.tree, case)
            if file is None:
                click.echo(trial.read_text("utf-8"), nl=False)
            else:
                save(file, call.tree, case)
                click.echo(f"已存到 saved: {file}")
            _try(trial, settings.menus.folder)
    except (CannotSaveError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _try(trial: Path, folder: Path) -> None:
    from ivr.rehearsal.report import rehearse
    from menus.loader import check_menus

    checked = check_menus(folder)
    if checked.menus is None:
        click.echo(f"{folder} 有错误，没有试 / has errors, so it was not tried", err=True)
        return
    done = rehearse(checked.menus, [trial])
    if done.passed:
        click.echo("现在的菜单走得一样 / the menus of today go the same way", err=True)
        return
    for problem in done.problems:
        click.echo(str(problem.what), err=True)
    click.echo("现在的菜单走得不一样 / the menus of today go another way", err=True)
    sys.exit(1)


def _lines(folder: Path, call: CallEntry) -> Iterator[JournalLine]:
    """What the journals have of a call, in order."""
    for file in journal_files(folder):
        if file.run != call.journal:
            continue
        offset = 0
        while (part := read_journal(file.path, offset)).offset > offset:
            offset = part.offset
            yield from (line for line in part.lines if line.call == call.id)
