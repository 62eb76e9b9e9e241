"""`ivr restore`: puts a backup into an empty data folder."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.backup import BackupError, restore
from ivr.commands.options import data_option


@click.command(name="restore")
@data_option
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(data: Path, archive: Path) -> None:
    """把备份恢复到空的数据目录；先核对每个文件，有一个不对就什么也不动。

    Puts a backup into an empty data folder. Every file is checked first; if one is wrong, nothing is changed.
    """
    try:
        count = restore(archive, data)
    except (BackupError, OSError) as error:
        raise click.ClickException(str(error)) from error
    print(f"{data}: {count} files")
