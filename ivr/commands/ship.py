"""`ivr ship`: the process that brings the journals of this machine into the call log."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from ivr.commands.options import data_option, log_to_stderr, misconfigured, settings_option, settings_or_exit
from ivr.config import DataFolder, Settings
from ivr.processes.pulse import beat_if_supervised
from ivr.publishing.follow import Follower
from ivr.publishing.local import LocalCopy
from ivr.storage.database import WrongDatabaseError, open_database
from ivr.storage.publications import open_publications
from ivr.storage.shipper import Shipper, shipping_alone

_log = logging.getLogger(__name__)
_ENDING = {signal.SIGTERM, signal.SIGINT}

database_option = click.option(
    "--database",
    envvar="XIANGYIN_DATABASE",
    help="通话记录数据库的 SQLAlchemy 地址 / SQLAlchemy URL of the call log; what the settings say by default",
)


def database_url(data: Path, settings: Settings, database: str | None) -> str:
    """The database that is meant: the one named, or the one of the settings."""
    return database or DataFolder(data).database_url(settings)


@click.command(name="ship", help="把通话记录写进数据库 / ships journals into the call log, until SIGTERM")
@data_option
@settings_option
@database_option
@click.option(
    "--keep-days", default=30, show_default=True, type=click.IntRange(min=1), help="journals are kept so long"
)
@click.option("--poll", default=1.0, show_default=True, type=click.FloatRange(0.05, 60), help="seconds between looks")
def command(data: Path, settings_file: Path | None, database: str | None, keep_days: int, poll: float) -> None:
    beat_if_supervised()
    settings = settings_or_exit(settings_file)
    log_to_stderr(settings.log.level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        engine = open_database(database_url(data, settings, database))
    except (WrongDatabaseError, OSError) as error:
        misconfigured(str(error))
    # Blocked, so that they wait until they are asked for: a batch is never interrupted, and none is missed.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    print("ready", flush=True)
    url = database_url(data, settings, database)
    follower = Follower(lambda: open_publications(url), LocalCopy(DataFolder(data).menus))

    def wait(seconds: float) -> bool:
        # What is published is looked for as often as ever, also when shipping rests.
        while seconds > poll:
            follower.follow()
            if _wait_for_end(poll):
                return True
            seconds -= poll
        follower.follow()
        return _wait_for_end(seconds)

    try:
        _ship_when_alone(Shipper(DataFolder(data).journal, engine, _now, keep=timedelta(days=keep_days)), wait, poll)
    except WrongDatabaseError as error:
        misconfigured(str(error))
    finally:
        engine.dispose()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ship_when_alone(shipper: Shipper, wait: Callable[[float], bool], poll: float) -> None:
    """Ship until told to end; wait first while another process ships the same folder."""
    said = False
    while True:
        with shipping_alone(shipper.folder) as alone:
            if alone:
                shipper.run(wait, poll=poll)
                return
        if not said:
            _log.warning("另一个进程正在入库，等它结束 / another process ships %s, waiting for it", shipper.folder)
            said = True
        if _wait_for_end(poll):
            return


def _wait_for_end(seconds: float) -> bool:
    """Wait, and return whether the process was told to end."""
    return signal.sigtimedwait(_ENDING, seconds) is not None


def _now() -> datetime:
    return datetime.now(timezone.utc)
