"""`ivr backup`: one archive of all that cannot be made again."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.backup import BackupError, make_backup
from ivr.commands.options import data_option


@click.command(name="backup")
@data_option
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="连密钥一起 / the keys too; otherwise keep them apart")
def command(data: Path, archive: Path, with_keys: bool) -> None:
    """把不能重做的都备份成一个文件（.tar.gz）；网关可以在运行。PostgreSQL 的数据用 pg_dump 另外备份。

    Writes journals, call log, menus and what callers left into one archive, also while the gateway runs. Models and
    rendered prompts are not in it. A call log in PostgreSQL is backed up with pg_dump.
    """
    try:
        count = make_backup(data, archive, with_keys=with_keys)
    except (BackupError, OSError) as error:
        raise click.ClickException(str(error)) from error
    print(f"{archive}: {count} files")
    if not with_keys:
        key = data / "keys"
        print(
            f"不含密钥，请另外保管 / without the keys: keep {key} in another place; nothing sealed opens without them"
        )
