"""`ivr menus try`: call a menu by typing."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ivr.commands.options import settings_option, settings_or_exit
from ivr.flow.engine import Engine
from ivr.rehearsal.backend import ScriptedAnswers
from ivr.rehearsal.call import MONDAY_MORNING, Circumstances, VirtualCall
from ivr.rehearsal.case_files import SUFFIX, case_files, fake_answers, load_cases
from ivr.rehearsal.cases import CaseFile
from ivr.rehearsal.sound import VirtualVoice
from ivr.rehearsal.timeline import Moment
from ivr.rehearsal.transcript import clock, line_of
from ivr.rehearsal.trial import HELP, CommandError, Trial
from ivr.rehearsal.written import CannotSaveError, save
from menus.loader import check_menus
from menus.model import MenuSet
from menus.problems import report
from menus.suggest import one_of
from speech.spoken import Speaker


@click.command(name="try")
@click.argument("tree", required=False)
@settings_option
@click.option(
    "--backend", type=click.Choice(["fake", "live"]), default="fake", show_default=True, help="后台 / backend"
)
@click.option("--save", "save_to", type=click.Path(dir_okay=False, path_type=Path), help="把这次通话存成排练 / keep it")
@click.option("--name", default="试打的一次 / a call that was tried", help="排练的名字 / name of the rehearsal")
@click.option("--at", default=MONDAY_MORNING, show_default=True, help="什么时候打来 / when the call comes, ISO 8601")
@click.option("--speech/--keys-only", default=True, help="能不能说话 / whether speech is understood; it is by default")
@click.option("--caller", default="13900001234", show_default=True, help="来电号码 / the caller's number")
def command(
    tree: str | None,
    settings_file: Path | None,
    backend: str,
    save_to: Path | None,
    name: str,
    at: str,
    speech: bool,
    caller: str,
) -> None:
    """不用电话试打：输入按键，看它说什么 / call a menu by typing keys, and read what it says.

    TREE is a file, or the name of a tree in the folder of the settings. Time is virtual: nobody waits. The backend is
    faked by the samples in the rehearsals beside the tree, or asked for real with --backend live.
    """
    settings = settings_or_exit(settings_file)
    folder, wanted = place_of(tree, settings.menus.folder, next(iter(settings.menus.numbers.values())))
    menus = menus_at(folder)
    if wanted not in menus.trees:
        raise click.UsageError(f"没有菜单树 {wanted} / no such tree. {one_of(wanted, menus.trees)}")
    file = beside(folder, wanted)
    answers = ScriptedAnswers(fake_answers(file) if file else {})
    circumstances = Circumstances(caller, local_time=at, speech=speech)
    with tempfile.TemporaryDirectory(prefix="trial") as sounds, _live(backend, settings.backend) as live:
        voice = VirtualVoice(Path(sounds), Speaker())
        call = VirtualCall(Engine(menus, wanted), voice, answers, circumstances, _show, live.on if live else None)
        trial = Trial(call, None if live else answers, file.samples if file else {}, click.echo)
        _converse(trial, answers)
        trial.end()
    if save_to is not None:
        _save(save_to, wanted, trial, name, at)


def _converse(trial: Trial, answers: ScriptedAnswers) -> None:
    if sys.stdin.isatty():
        click.echo(HELP)
    while not trial.is_over:
        try:
            line = input("> ") if sys.stdin.isatty() else input()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            trial.obey(line)
        except CommandError as error:
            click.echo(f"  {error}")
        while answers.unexpected:
            operation = answers.unexpected.pop()
            click.echo(f"  （后台没有准备好的回答 / no answer is arranged: /backend {operation} not_found）")


def _show(moment: Moment) -> None:
    line = line_of(moment)
    if line:
        click.echo(f"{clock(moment.ms):>7}  {line}")


def place_of(tree: str | None, folder: Path, usual: str) -> tuple[Path, str]:
    """The folder of the menus, and the name of the tree."""
    if tree is None:
        return folder, usual
    path = Path(tree)
    if path.suffix in (".yaml", ".yml"):
        return path.parent, path.name.removesuffix(path.suffix).removesuffix(".cases")
    return folder, tree


def menus_at(folder: Path) -> MenuSet:
    checked = check_menus(folder)
    if checked.menus is None:
        click.echo(report(checked.problems), err=True)
        sys.exit(1)
    return checked.menus


def beside(folder: Path, tree: str) -> CaseFile | None:
    """The rehearsals beside the tree, for their samples; None if there are none that can be read."""
    for path in case_files([folder]):
        loaded, problems = load_cases(path)
        if path.name == f"{tree}{SUFFIX}" and problems:
            click.echo("\n".join(problem.text for problem in problems), err=True)
        if loaded is not None and loaded.file.tree == tree:
            return loaded.file
    return None


@contextlib.contextmanager
def _live(backend: str, settings: Any) -> Iterator[Any]:
    """The live backend if it is wanted, else None."""
    if backend != "live":
        yield None
        return
    from ivr.commands.menus.live import LiveBackend

    live = LiveBackend(settings)
    try:
        yield live
    finally:
        live.close()


def _save(file: Path, tree: str, trial: Trial, name: str, at: str) -> None:
    try:
        save(file, tree, trial.written(name, at))
    except (CannotSaveError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"已存到 saved: {file}")
