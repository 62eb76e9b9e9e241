"""`ivr tokens`: keys of programs for the HTTP API of the console."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ivr.commands.options import data_option, settings_option
from ivr.commands.ship import database_option
from ivr.commands.users import open_office_or_fail
from ivr.console.api import SCOPES
from ivr.console.passwords import new_token, token_hash
from ivr.storage.tokens import NoSuchTokenError, TokenExistsError


@click.group(name="tokens")
def command() -> None:
    """接口令牌 / tokens of programs for the HTTP API."""


@command.command(name="make")
@click.argument("name", metavar="NAME")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="能做什么 / what for")
@click.option("--days", type=click.IntRange(1, 3650), help="有效天数，不写则一直有效 / valid for so long")
@data_option
@settings_option
@database_option
def make(
    name: str, scopes: tuple[str, ...], days: int | None, data: Path, settings_file: Path | None, database: str | None
) -> None:
    """新建令牌；只显示这一次 / a new token, shown this once."""
    token = new_token()
    with open_office_or_fail(data, settings_file, database) as office:
        try:
            lasts = timedelta(days=days) if days else None
            office.tokens.make(name, frozenset(scopes), token_hash(token), "ivr tokens", lasts)
        except TokenExistsError as error:
            raise click.ClickException(f"已有这个名字 / there is one of this name: {name}") from error
        office.audit.write("ivr tokens", "token_made", name, " ".join(sorted(scopes)), "terminal")
    click.echo(token)


@command.command(name="list")
@data_option
@settings_option
@database_option
def list_tokens(data: Path, settings_file: Path | None, database: str | None) -> None:
    """所有令牌 / all tokens."""
    with open_office_or_fail(data, settings_file, database) as office:
        tokens = office.tokens.all()
    table = Table("名字 name", "能做什么 scopes", "新建 made", "到期 expires", "上次使用 used", box=None)
    for token in tokens:
        moments = (token.made_at, token.expires_at, token.used_at)
        shown = [f"{at.astimezone():%Y-%m-%d %H:%M}" if at else "—" for at in moments]
        table.add_row(token.name, " ".join(sorted(token.scopes)), *shown)
    Console().print(table if tokens else "还没有令牌 / no tokens")


@command.command(name="revoke")
@click.argument("name", metavar="NAME")
@data_option
@settings_option
@database_option
def revoke(name: str, data: Path, settings_file: Path | None, database: str | None) -> None:
    """撤销令牌，马上失效 / make a token worthless."""
    with open_office_or_fail(data, settings_file, database) as office:
        try:
            office.tokens.revoke(name)
        except NoSuchTokenError as error:
            raise click.ClickException(f"没有这个令牌 / there is no such token: {name}") from error
        office.audit.write("ivr tokens", "token_revoked", name, address="terminal")
    click.echo(f"已撤销 / revoked: {name}")
