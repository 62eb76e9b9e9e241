"""`ivr users`: who may sign in to the console. Works without the console, for the first administrator and those who are
locked out.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option, database_url
from ivr.config import DataFolder
from ivr.console.passwords import WeakPasswordError, hash_password
from ivr.console.roles import ROLES
from ivr.privacy import KeyFileError, derived_key
from ivr.storage.accounts import AccountExistsError, NoSuchAccountError
from ivr.storage.database import WrongDatabaseError
from ivr.storage.down import DatabaseDownError
from ivr.storage.office import Office, open_office


@click.group(name="users")
def command() -> None:
    """值班台账号 / accounts of the console."""


@command.command(name="add")
@click.argument("name", metavar="NAME")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="角色 / role")
@click.option("--full-name", default="", help="姓名 / full name")
@data_option
@settings_option
@database_option
def add(name: str, role: str, full_name: str, data: Path, settings_file: Path | None, database: str | None) -> None:
    """新建账号；密码从终端或标准输入读 / a new account; the password is read from the terminal or standard input."""
    with open_office_or_fail(data, settings_file, database) as office:
        office.accounts.add(name, full_name, role, _new_password(name))
        office.audit.write("ivr users", "account_added", name, role, "terminal")
    click.echo(f"已新建 / added: {name} ({role})")


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
@data_option
@settings_option
@database_option
def list_users(as_json: bool, data: Path, settings_file: Path | None, database: str | None) -> None:
    """所有账号 / all accounts."""
    with open_office_or_fail(data, settings_file, database) as office:
        people = office.accounts.everyone()
    if as_json:
        rows = [
            {
                "name": person.name,
                "full_name": person.full_name,
                "role": person.role,
                "enabled": person.enabled,
                "codes": bool(person.code_secret),
                "signed_in_at": person.signed_in_at.isoformat() if person.signed_in_at else None,
            }
            for person in people
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("用户名 name", "姓名 full name", "角色 role", "状态 state", "上次登录 signed in", box=None)
    for person in people:
        seen = f"{person.signed_in_at.astimezone():%Y-%m-%d %H:%M}" if person.signed_in_at else "—"
        state = "可用 in use" if person.enabled else "停用 disabled"
        table.add_row(person.name, person.full_name, person.role, state, seen)
    Console().print(table if people else "还没有账号 / no accounts")


@command.command(name="disable")
@click.argument("name", metavar="NAME")
@click.option("--enable", is_flag=True, help="重新启用 / let in again")
@data_option
@settings_option
@database_option
def disable(name: str, enable: bool, data: Path, settings_file: Path | None, database: str | None) -> None:
    """停用账号，马上退出登录 / let somebody in no more, and end their sessions."""
    with open_office_or_fail(data, settings_file, database) as office:
        office.accounts.set_enabled(name, enable)
        office.audit.write("ivr users", "account_changed", name, "enable" if enable else "disable", "terminal")
    click.echo(f"{'已启用 / enabled' if enable else '已停用 / disabled'}: {name}")


@command.command(name="password")
@click.argument("name", metavar="NAME")
@data_option
@settings_option
@database_option
def password(name: str, data: Path, settings_file: Path | None, database: str | None) -> None:
    """重设密码并解锁；同时停用一次性口令 / a new password; unlocks, and switches one-time codes off."""
    with open_office_or_fail(data, settings_file, database) as office:
        office.accounts.person(name)
        office.accounts.set_password(name, _new_password(name))
        office.accounts.set_code_secret(name, "")
        office.audit.write("ivr users", "password_set", name, "codes off", "terminal")
    click.echo(f"密码已修改 / the password is changed: {name}")


def _new_password(name: str) -> str:
    """The hash of a password that is typed twice, or stands on the first line of standard input."""
    if sys.stdin.isatty():
        first = getpass.getpass("密码 / password: ")
        if getpass.getpass("再输一次 / once more: ") != first:
            raise click.ClickException("两次输入不一样 / typed in two ways")
    else:
        first = sys.stdin.readline().rstrip("\n")
    try:
        return hash_password(first, name)
    except WeakPasswordError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def open_office_or_fail(data: Path, settings_file: Path | None, database: str | None) -> Iterator[Office]:
    """The accounts, with what goes wrong in words."""
    url = database_url(data, settings_or_exit(settings_file), database)
    try:
        key = derived_key(DataFolder(data).caller_key, "audit chain")
        office = open_office(url, key, lambda: datetime.now(timezone.utc))
        try:
            office.prepare()
            yield office
        finally:
            office.close()
    except AccountExistsError as error:
        raise click.ClickException(f"这个用户名已经有了 / there is one already: {error}") from error
    except NoSuchAccountError as error:
        raise click.ClickException(f"没有这个账号 / no such account: {error}") from error
    except DatabaseDownError as error:
        raise click.ClickException(f"数据库连不上 / the database cannot be reached: {error}") from error
    except (WrongDatabaseError, KeyFileError, OSError) as error:
        raise click.ClickException(str(error)) from error
