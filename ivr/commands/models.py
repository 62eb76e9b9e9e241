"""`ivr models`: which models there are, bring them here, check them, remove them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from speech.models.catalogue import CATALOGUE
from speech.models.install import Installer, InstallError
from speech.models.model import Model
from speech.models.store import ModelStore
from speech.recognisers.choice import VOSK_MODELS

_STATES = {"installed": "已安装 installed", "broken": "不完整 broken", "missing": "未安装 missing"}


class BarReporter:
    """Progress bars on the terminal (standard error), one per file or package."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> BarReporter:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def progress(self, what: str, done: int, total: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done)

    def note(self, text: str) -> None:
        self._progress.console.print(text, highlight=False, markup=False)


@click.group(name="models", help="语音模型：查看、安装、检查、删除 / speech models: list, install, verify, remove")
@click.option(
    "--data",
    envvar="XIANGYIN_DATA",
    default="var",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="数据目录，模型在它下面的 models / data directory; models lie in `models` below it",
)
@click.pass_context
def command(context: click.Context, data: Path) -> None:
    context.obj = ModelStore(data / "models")


@command.command("list", help="有哪些模型，装了没有 / which models there are and whether they are installed")
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
@click.pass_obj
def list_models(store: ModelStore, as_json: bool) -> None:
    if as_json:
        _print_json([_described(store, model) for model in CATALOGUE.values()])
        return
    table = Table("名字 name", "状态 state", "大小 size", "许可 licence", "用途 purpose")
    for model in CATALOGUE.values():
        size = f"{model.size / 1_000_000:.0f} MB"
        table.add_row(model.name, _STATES[store.state(model)], size, model.licence, model.purpose)
    Console().print(table)


@command.command(
    help="安装模型；zh、ko 是听这种话的模型；不写名字就装默认的声音 / install models; zh or ko is the model "
    "that hears it; without names, the default voice"
)
@click.argument("names", nargs=-1)
@click.option(
    "--from",
    "offered",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="已经拷到本机的文件或文件夹 / a file or folder that was copied here",
)
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
@click.pass_obj
def install(store: ModelStore, names: Sequence[str], offered: Sequence[Path], as_json: bool) -> None:
    models = _models(names) or [model for model in CATALOGUE.values() if model.usual]
    results = []
    for model in models:
        try:
            with BarReporter() as reporter:
                changed = Installer(store, reporter, offered).install(model)
        except (InstallError, OSError) as error:
            raise click.ClickException(str(error)) from error
        results.append({"name": model.name, "changed": changed, "folder": str(store.folder(model.name))})
        if not as_json:
            word = "装好了 installed" if changed else "已经有了 already there"
            click.echo(f"{model.name}: {word} ({store.folder(model.name)})")
    if as_json:
        _print_json(results)


@command.command(help="按内容检查已安装的模型 / check installed models by content")
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
@click.pass_obj
def verify(store: ModelStore, names: Sequence[str], as_json: bool) -> None:
    models = _models(names) or [model for model in CATALOGUE.values() if store.state(model) != "missing"]
    faults = {model.name: store.verify(model) for model in models}
    if as_json:
        _print_json(
            {name: [{"path": fault.path, "what": fault.what} for fault in found] for name, found in faults.items()}
        )
    else:
        for name, found in faults.items():
            click.echo(f"{name}: {'好 good' if not found else '有问题 damaged'}")
            for fault in found:
                click.echo(f"  {fault.path}: {fault.what}")
            if found:
                click.echo(f"  ivr models install {name}")
    if any(faults.values()):
        sys.exit(1)


@command.command(help="删除模型 / remove models")
@click.argument("names", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
@click.pass_obj
def remove(store: ModelStore, names: Sequence[str], as_json: bool) -> None:
    removed = {model.name: store.remove(model.name) for model in _models(names)}
    if as_json:
        _print_json(removed)
        return
    for name, was_there in removed.items():
        click.echo(f"{name}: {'已删除 removed' if was_there else '没有安装 was not installed'}")


def _models(names: Sequence[str]) -> list[Model]:
    """Models by name; the code of a language stands for the model that hears it."""
    names = [VOSK_MODELS[name].name if name in VOSK_MODELS else name for name in names]
    unknown = [name for name in names if name not in CATALOGUE]
    if unknown:
        known = ", ".join(CATALOGUE)
        raise click.UsageError(f"没有叫 {', '.join(unknown)} 的模型 / no such model; there are: {known}")
    return [CATALOGUE[name] for name in names]


def _described(store: ModelStore, model: Model) -> dict[str, object]:
    return {
        "name": model.name,
        "state": store.state(model),
        "bytes": model.size,
        "licence": model.licence,
        "home": model.home,
        "purpose": model.purpose,
        "folder": str(store.folder(model.name)),
    }


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
