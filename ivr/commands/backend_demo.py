"""`ivr backend-demo`: the demo backend, a small real server for the contract."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ivr.processes.pulse import beat_if_supervised


@click.command("backend-demo", short_help="演示后台 / the demo backend")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址 / address to listen on")
@click.option(
    "--port", default=8099, show_default=True, type=click.IntRange(0, 65535), help="端口，0 任选 / port, 0 for any"
)
@click.option(
    "--database",
    default=Path("var/demo/backend.sqlite"),
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="它自己的数据库文件 / its own database file",
)
@click.option(
    "--database-url", help="数据库的 SQLAlchemy 地址，代替文件 / SQLAlchemy URL of a database, in place of a file"
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="请求必须带的令牌 / requests must carry the token in this file",
)
@click.option(
    "--signing-key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="请求签名的密钥 / requests may be signed with the secret in this file",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND[=VALUE][@OPERATION][*TIMES]",
    help="故意出错 / go wrong on purpose, such as latency=1500, 5xx=503@getCase*2, drop; see docs/backend.md",
)
def command(
    host: str,
    port: int,
    database: Path,
    database_url: str | None,
    token_file: Path | None,
    signing_key_file: Path | None,
    faults: tuple[str, ...],
) -> None:
    """演示后台：一个小而真的政务服务接口。

    The demo backend: a small but real HTTP service for backend_client/openapi.yaml. It prints "ready" and its address
    when it can be used, and ends on SIGTERM or Ctrl-C.
    """
    beat_if_supervised()
    # Not at the top: the reactor must be chosen before anything of Twisted takes one, and --help should be quick.
    from twisted.internet import reactor as installed_reactor

    from backend_client.demo.faults import parse_faults
    from backend_client.demo.server import CannotStartError, DemoSettings, listen

    reactor: Any = installed_reactor
    try:
        settings = DemoSettings(
            database=database_url or database,
            host=host,
            port=port,
            faults=parse_faults(",".join(faults)),
            token=token_file.read_text("ascii").strip() if token_file else "",
            signing_key=signing_key_file.read_bytes().strip() if signing_key_file else b"",
        )
        address = listen(reactor, settings)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    except (CannotStartError, OSError) as error:
        click.echo(f"演示后台起不来 / the demo backend cannot start: {error}", err=True)
        sys.exit(1)
    # Whoever started this process waits for this line.
    click.echo(f"ready {address}")
    sys.stdout.flush()
    reactor.run()
