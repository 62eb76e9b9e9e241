"""`ivr ship`: the process that brings the journals of this machine into the call log."""

from __future__ import annotations

import logging
import signal
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from ivr.config import DataFolder, Settings
from ivr.storage.database import WrongDatabaseError, open_database
from ivr.storage.shipper import Shipper, shipping_alone
from ivr.supervisor import EXIT_MISCONFIGURED

_log = logging.getLogger(__name__)
_ENDING = {signal.SIGTERM, signal.SIGINT}

data_option = click.option(
    "--data",
    envvar="XIANGYIN_DATA",
    default="var",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="数据目录 / data folder (XIANGYIN_DATA)",
)
database_option = click.option(
    "--database",
    envvar="XIANGYIN_DATABASE",
    help="通话记录数据库的 SQLAlchemy 地址 / SQLAlchemy URL of the call log; SQLite in the data folder by default",
)


def database_url(data: Path, database: str | None) -> str:
    """The database that is meant: the one named, or the one of the data folder."""
    return database or DataFolder(data).database_url(Settings())


@click.command(name="ship", help="把通话记录写进数据库 / ships journals into the call log, until SIGTERM")
@data_option
@database_option
@click.option(
    "--keep-days", default=30, show_default=True, type=click.IntRange(min=1), help="journals are kept so long"
)
@click.option("--poll", default=1.0, show_default=True, type=click.FloatRange(0.05, 60), help="seconds between looks")
def command(data: Path, database: str | None, keep_days: int, poll: float) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # Blocked, so that they wait until they are asked for: a batch is never interrupted, and none is missed.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    engine = open_database(database_url(data, database))
    print("ready", flush=True)
    try:
        _ship_when_alone(Shipper(DataFolder(data).journal, engine, _now, keep=timedelta(days=keep_days)), poll)
    except WrongDatabaseError as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_MISCONFIGURED)
    finally:
        engine.dispose()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ship_when_alone(shipper: Shipper, poll: float) -> None:
    """Ship until told to end; wait first while another process ships the same folder."""
    said = False
    while True:
        with shipping_alone(shipper.folder) as alone:
            if alone:
                shipper.run(_wait_for_end, poll=poll)
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
