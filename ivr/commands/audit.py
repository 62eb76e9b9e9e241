"""`ivr audit`: the audit log of the console."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ivr.commands.options import data_option, settings_option
from ivr.commands.ship import database_option
from ivr.commands.users import open_office_or_fail


@click.group(name="audit")
def command() -> None:
    """审计日志 / the audit log: who did what on the console."""


@command.command(name="verify")
@click.option("--head", help="以前记下的链头；它必须还在链里 / a head noted earlier, which must still be in the chain")
@data_option
@settings_option
@database_option
def verify(head: str | None, data: Path, settings_file: Path | None, database: str | None) -> None:
    """核对哈希链：改过、少了、插进来的记录都会发现 / check the chain: finds entries changed, missing or inserted.

    Ends with 1 when the chain does not hold. The head that it prints, noted elsewhere, shows later with --head that the
    end of the log was not cut off.
    """
    with open_office_or_fail(data, settings_file, database) as office:
        verdict = office.audit.verify()
        known = head is None or office.audit.has_seal(head)
    if verdict.broken_at is not None:
        click.echo(f"第 {verdict.broken_at} 条断开 / the chain breaks at entry {verdict.broken_at}: {verdict.reason}")
        sys.exit(1)
    if not known:
        click.echo(f"链里没有这个链头：末尾被删过 / the chain lacks this head, its end was cut off: {head}")
        sys.exit(1)
    click.echo(f"{verdict.entries} 条完好 / entries hold. 链头 head {verdict.head}")
