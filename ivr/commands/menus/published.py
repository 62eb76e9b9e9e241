"""What the commands about published menus have in common."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

import click

from ivr.commands.menus.surroundings import surroundings_of
from ivr.commands.menus.vocabulary import Vocabulary
from ivr.commands.ship import database_url
from ivr.config import DataFolder, Settings
from ivr.publishing.candidate import RefusedError
from ivr.publishing.desk import Desk, NothingToGoBackToError
from ivr.publishing.local import LocalCopy
from ivr.storage.database import WrongDatabaseError
from ivr.storage.log import DatabaseDownError
from ivr.storage.publications import (
    ConflictError,
    NoSuchRevisionError,
    Publication,
    Publications,
    open_publications,
)

Command = TypeVar("Command", bound=Callable[..., Any])


def who_option(command: Command) -> Command:
    """`--who`: by default whoever is logged in."""
    return click.option("--who", default=getpass.getuser, show_default="登录名 login name", help="谁 / who publishes")(
        command
    )


def why_option(command: Command) -> Command:
    return click.option("-m", "--message", "why", required=True, help="为什么 / why, in a few words")(command)


@contextmanager
def publications(data: Path, settings: Settings, database: str | None) -> Iterator[Publications]:
    """The publications, with what goes wrong in words."""
    try:
        opened = open_publications(database_url(data, settings, database))
        try:
            yield opened
        finally:
            opened.close()
    except ConflictError as conflict:
        raise click.ClickException(_conflict(conflict)) from conflict
    except NoSuchRevisionError as error:
        raise click.ClickException(
            f"没有这个版本，或者要多写几位 / no such revision, or write more of it: {error}. ivr menus log"
        ) from error
    except DatabaseDownError as error:
        raise click.ClickException(f"数据库打不开 / the database cannot be used: {error}") from error
    except (WrongDatabaseError, OSError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def desk(data: Path, settings: Settings, database: str | None) -> Iterator[Desk]:
    """The desk at which menus are published, with what goes wrong in words."""
    with publications(data, settings, database) as opened:
        folder = DataFolder(data)
        local = LocalCopy(folder.menus)
        vocabulary = Vocabulary(folder.models, settings.hearing)
        roots = frozenset(settings.menus.numbers.values())
        try:
            yield Desk(opened, local, roots, lambda: surroundings_of(settings, vocabulary), _now)
        except RefusedError as error:
            raise click.ClickException(f"没有发布 / not published:\n{error}") from error
        except NothingToGoBackToError as error:
            raise click.ClickException(str(error)) from error


def line_of(publication: Publication) -> str:
    """One publication in a line."""
    local = publication.published_at.astimezone()
    kind = "恢复 rollback" if publication.kind == "rollback" else "发布 publish"
    said = f"{publication.who}：{publication.why}"
    return f"{publication.number:>4}  {publication.revision}  {local:%Y-%m-%d %H:%M}  {kind}  {said}"


def _conflict(conflict: ConflictError) -> str:
    current = conflict.current
    lines = ["别人已经发布了新的版本，没有发布您的 / somebody else has published meanwhile, yours is not published:"]
    lines += [f"  {line_of(publication)}" for publication in conflict.since or ([current] if current else [])]
    if current is not None:
        lines += [
            f"1. 看看改了什么 / see what they changed:  ivr menus diff {current.revision}",
            "2. 把他们的改动也写进您的文件 / put their changes into your files, too",
            f"3. 再发布 / publish again:  ivr menus publish --base {current.revision} -m …",
        ]
    return "\n".join(lines)


def _now() -> datetime:
    return datetime.now(timezone.utc)
