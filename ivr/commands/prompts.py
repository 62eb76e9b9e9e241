"""`ivr prompts`: render what can be rendered before anybody calls."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from audio.wav import BadAudio
from ivr.commands.options import data_option, misconfigured, settings_option, settings_or_exit
from ivr.config import DataFolder
from ivr.voice.ahead import Prompt, missing, only_trees, pauses_of, prepare_recordings, prompts_of
from ivr.voice.prompts import SHIPPED_RECORDINGS, Shelf, open_shelf
from ivr.voice.render import Rendered
from ivr.voice.render import render as render_all
from ivr.voice.script import languages_of, script
from ivr.voice.studio import bring_back
from menus.loader import load_menus
from menus.model import MenuSet
from speech.spoken import Speaker
from speech.voices.identity import ROUGH_LANGUAGES

tree_option = click.option("--tree", "trees", multiple=True, help="只处理这棵菜单树 / only this menu tree")
menus_option = click.option(
    "--menus",
    "menus_folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="哪个文件夹的菜单；不写就用设置里的 / folder of the menus; that of the settings by default",
)
json_option = click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")


@click.group(name="prompts", help="提示音：预先合成、检查 / prompts: render them ahead of calls, check them")
def command() -> None:
    pass


@command.command(help="合成还没有的提示音 / render the prompts that are missing")
@data_option
@settings_option
@menus_option
@tree_option
@click.option("--language", help="只合成这种语言 / only this language")
@click.option("--pace", type=click.Choice(["normal", "slow"]), help="只合成这种语速 / only this pace")
@click.option("--processes", type=click.IntRange(1), help="进程数 / number of processes; one for each core")
@json_option
def render(
    data: Path,
    settings_file: Path | None,
    menus_folder: Path | None,
    trees: Sequence[str],
    language: str | None,
    pace: str | None,
    processes: int | None,
    as_json: bool,
) -> None:
    menus = _menus(settings_file, menus_folder, trees)
    folder, shelf = _opened(data, menus)
    speaker = Speaker()
    prompts = [
        prompt
        for prompt in prompts_of(menus, speaker)
        if language in (None, prompt.language) and pace in (None, prompt.pace)
    ]
    for rough in sorted({prompt.language for prompt in prompts} & set(ROUGH_LANGUAGES)):
        click.echo(
            f"{rough}：只有应急声音会说，最好请人录音 / only the emergency voice speaks it, recordings by a person are "
            f"better: ivr menus script",
            err=True,
        )
    begun = time.monotonic()
    try:
        converted = prepare_recordings(prompts, shelf)
        for ms in pauses_of(menus, speaker):
            shelf.pause(ms)
        results = _rendered(missing(prompts, shelf), shelf, folder.models, processes)
    except (OSError, BadAudio) as error:
        raise click.ClickException(str(error)) from error
    problems = [result for result in results if result.problem]
    made = len(results) - len(problems)
    if as_json:
        _print_json(
            {
                "prompts": len(prompts),
                "rendered": made,
                "converted": converted,
                "seconds": round(time.monotonic() - begun, 1),
                "problems": [{"text": result.prompt.text, "problem": result.problem} for result in problems],
            }
        )
    else:
        for result in problems:
            click.echo(f"{result.prompt.text}: {result.problem}", err=True)
        click.echo(f"提示音 {len(prompts)} 条，新合成 {made} 条 / {len(prompts)} prompts, {made} newly rendered")
    if problems:
        sys.exit(1)


@command.command(help="列出还没有合成的提示音 / list the prompts that are not rendered yet")
@data_option
@settings_option
@menus_option
@tree_option
@json_option
def check(
    data: Path, settings_file: Path | None, menus_folder: Path | None, trees: Sequence[str], as_json: bool
) -> None:
    menus = _menus(settings_file, menus_folder, trees)
    _, shelf = _opened(data, menus)
    prompts = prompts_of(menus, Speaker())
    absent = missing(prompts, shelf)
    if as_json:
        _print_json({"prompts": len(prompts), "missing": [_described(prompt) for prompt in absent]})
    else:
        for prompt in absent:
            click.echo(f"{prompt.language} {prompt.pace}: {prompt.text}")
        click.echo(f"提示音 {len(prompts)} 条，缺 {len(absent)} 条 / {len(prompts)} prompts, {len(absent)} missing")
        if absent:
            click.echo("  ivr prompts render")
    if absent:
        sys.exit(1)


@command.command(
    name="list", help="列出所有提示音，也是录音的稿子 / list all prompts; recordings are read from this list"
)
@data_option
@settings_option
@menus_option
@tree_option
@json_option
def list_prompts(
    data: Path, settings_file: Path | None, menus_folder: Path | None, trees: Sequence[str], as_json: bool
) -> None:
    menus = _menus(settings_file, menus_folder, trees)
    _, shelf = _opened(data, menus)
    prompts = prompts_of(menus, Speaker())
    if as_json:
        _print_json([{**_described(prompt), "file": _file(prompt, shelf)} for prompt in prompts])
        return
    for prompt in prompts:
        click.echo(f"{prompt.language}\t{prompt.pace}\t{prompt.text}")


@command.command(
    name="import", help="收回录音棚的文件：检查、转换、放好 / take the studio's files: check, convert, put in place"
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@settings_option
@menus_option
@tree_option
@click.option(
    "--to",
    "recordings",
    type=click.Path(file_okay=False, path_type=Path),
    default=SHIPPED_RECORDINGS,
    help="放到哪里 / where recordings are kept; audio/prompts if left out",
)
@json_option
def import_recordings(
    folder: Path,
    settings_file: Path | None,
    menus_folder: Path | None,
    trees: Sequence[str],
    recordings: Path,
    as_json: bool,
) -> None:
    """The files are called as `ivr menus script` says. Those that cannot be used are named with the reason."""
    menus = _menus(settings_file, menus_folder, trees)
    speaker = Speaker()
    scripts = {language: script(menus, speaker, language) for language in languages_of(menus)}
    try:
        returned = bring_back(folder, scripts, recordings)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    refused = [one for one in returned if one.refused]
    if as_json:
        _print_json({"files": [asdict(one) for one in returned]})
    else:
        for one in returned:
            for told in filter(None, (one.refused, *one.remarks)):
                click.echo(f"{one.file}: {told}", err=bool(one.refused))
        taken = len(returned) - len(refused)
        click.echo(f"收下 {taken} 个，退回 {len(refused)} 个 / {taken} taken, {len(refused)} refused")
    sys.exit(1 if refused or not returned else 0)


def _opened(data: Path, menus: MenuSet) -> tuple[DataFolder, Shelf]:
    folder = DataFolder(data)
    try:
        return folder, open_shelf(folder.prompts, folder.models, menus.readings)
    except OSError as error:
        raise click.ClickException(str(error)) from error


def _menus(settings_file: Path | None, menus_folder: Path | None, trees: Sequence[str]) -> MenuSet:
    settings = settings_or_exit(settings_file)
    try:
        menus = load_menus(menus_folder or settings.menus.folder)
    except ValueError as error:
        misconfigured(str(error))
    unknown = [name for name in trees if name not in menus.trees]
    if unknown:
        known = ", ".join(sorted(menus.trees))
        raise click.UsageError(f"没有菜单树 {', '.join(unknown)} / no such tree; there are: {known}")
    return only_trees(menus, trees) if trees else menus


def _rendered(prompts: list[Prompt], shelf: Shelf, models: Path, processes: int | None) -> list[Rendered]:
    """Render with a bar that grows with the length of the texts, so that the time left is right.

    In a log, where no bar can grow, there is a line for every tenth.
    """
    if not prompts:
        return []
    console, total = Console(stderr=True), sum(len(prompt.text) for prompt in prompts)
    if not console.is_terminal:
        tenths = Tenths(total, lambda words: click.echo(words, err=True))
        return render_all(prompts, shelf, models, lambda done: tenths.advance(len(done.prompt.text)), processes)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("字 characters"),
        TimeRemainingColumn(),
        console=console,
    )
    with bar:
        task = bar.add_task("合成提示音 rendering prompts", total=total)
        return render_all(prompts, shelf, models, lambda done: bar.advance(task, len(done.prompt.text)), processes)


class Tenths:
    """Tells of every tenth of some work.

    Args:
        total: how much there is to do.
        tell: gets a line.
    """

    def __init__(self, total: int, tell: Callable[[str], None]) -> None:
        self._total = total
        self._tell = tell
        self._done = 0
        self._told = 0

    def advance(self, done: int) -> None:
        """So much more is done."""
        self._done += done
        tenths = 10 * self._done // self._total
        if tenths > self._told:
            self._told = tenths
            self._tell(f"合成提示音 rendering prompts: {10 * tenths} %")


def _described(prompt: Prompt) -> dict[str, str]:
    return {"text": prompt.text, "language": prompt.language, "pace": prompt.pace}


def _file(prompt: Prompt, shelf: Shelf) -> str | None:
    recording = shelf.recording(prompt.text, prompt.language)
    found = recording or shelf.find(prompt.text, prompt.language, prompt.pace, prompt.voice)
    return str(found) if found else None


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
