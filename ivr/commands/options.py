"""Options that several commands have in common."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from ivr.config import Settings, SettingsError, load_settings
from ivr.logs import VARIABLE, formatter
from ivr.processes.child import EXIT_MISCONFIGURED

data_option = click.option(
    "--data",
    envvar="XIANGYIN_DATA",
    default="var",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="数据目录 / data folder (XIANGYIN_DATA)",
)
settings_option = click.option(
    "--settings",
    "settings_file",
    envvar="XIANGYIN_SETTINGS",
    type=click.Path(dir_okay=False, path_type=Path),
    help="设置文件，YAML / settings file (XIANGYIN_SETTINGS); without one, all defaults. See docs/settings.md",
)


def settings_or_exit(path: Path | None) -> Settings:
    """The settings, or the end of the process with what is wrong in them."""
    try:
        return load_settings(path)
    except SettingsError as error:
        misconfigured(str(error))


def misconfigured(reason: str) -> NoReturn:
    """End the process, because it cannot work as it is configured; a supervisor does not start it again."""
    print(reason, file=sys.stderr, flush=True)
    sys.exit(EXIT_MISCONFIGURED)


def log_to_stderr(level: str) -> None:
    """Log one line for each fact, with time, level and module, to standard error; as JSON if the supervisor does."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(os.environ.get(VARIABLE, "lines")))
    logging.basicConfig(level=level, handlers=[handler], force=True)
