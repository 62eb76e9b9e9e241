"""`ivr template`: has loaded what line workers need; `ivr serve` has them forked from it."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from ivr.commands.options import data_option, log_to_stderr, settings_option, settings_or_exit
from ivr.config import DataFolder

#: What `ivr line` imports.
_MODULES = (
    "twisted.internet.asyncioreactor",
    "ivr.app",
    "ivr.children",
    "ivr.commands.answering",
    "ivr.commands.line",
)


@click.command(name="template")
@data_option
@settings_option
@click.pass_context
def command(context: click.Context, data: Path, settings_file: Path | None) -> None:
    """接线进程的母本：先装好词典和程序，`ivr serve` 要几个接线进程就分出几个。

    What line workers are forked from, so that each starts within a tenth of a second and shares what it has loaded.
    Run by `ivr serve` when there are more than four lines.
    """
    settings = settings_or_exit(settings_file)
    log_to_stderr(settings.log.level)
    folder = DataFolder(data)
    folder.run.mkdir(parents=True, exist_ok=True)

    from ivr.processes.pulse import pulse_of_environment
    from ivr.processes.template import listen, serve

    pulse = pulse_of_environment()
    _load(dictionaries=settings.hearing.enabled)
    with listen(folder.template) as listening:
        print("ready", flush=True)
        order = serve(listening, lambda: pulse.beat({}) if pulse is not None else None)
    # In a process that was forked.
    context.find_root().command.main(list(order.arguments), prog_name="ivr")


def _load(*, dictionaries: bool) -> None:
    """What line workers import and look up. Nothing of it may start a thread or open a file for good."""
    for module in _MODULES:
        importlib.import_module(module)
    if dictionaries:
        from backend_client.store.search import warm_up

        warm_up()
