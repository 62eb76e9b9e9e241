"""`ivr console`: the web console, a process of its own."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ivr.commands.options import data_option, log_to_stderr, settings_option, settings_or_exit
from ivr.commands.reactor import installed_reactor
from ivr.commands.ship import database_option, database_url
from ivr.config import DataFolder, Settings
from ivr.processes.pulse import beat_from_reactor

if TYPE_CHECKING:
    from ivr.console.services import Services
    from menus.model import MenuSet

_THREADS = 6
_LOOK_EVERY_S = 15.0
_log = logging.getLogger(__name__)


@click.command(name="console")
@data_option
@settings_option
@database_option
@click.option("--host", help="监听地址 / address to listen on, instead of the setting")
@click.option("--port", type=click.IntRange(0, 65535), help="端口，0 任选 / port, 0 for any, instead of the setting")
def command(data: Path, settings_file: Path | None, database: str | None, host: str | None, port: int | None) -> None:
    """值班台网页。第一个账号用 ivr users add 建。

    The web console. The first account is made with `ivr users add`. It listens for this machine only, unless the
    settings say otherwise; beyond this machine, give it a certificate.
    """
    settings = settings_or_exit(settings_file)
    changes = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(update={"console": settings.console.model_copy(update=changes)})
    log_to_stderr(settings.log.level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("ivr.call.session").setLevel(logging.WARNING)  # calls here are rehearsals

    running = installed_reactor()
    from twisted.internet.error import CannotListenError

    from ivr.console.warming import warm_up
    from ivr.privacy import KeyFileError
    from ivr.storage.database import WrongDatabaseError

    try:
        services = make_services(settings, DataFolder(data), database_url(data, settings, database), running)
        address = _listen(settings, services, running)
    except (WrongDatabaseError, KeyFileError, CannotListenError, ValueError, OSError) as error:
        # Not `misconfigured`: a console that cannot start is tried again, and never ends the gateway.
        print(f"值班台起不来 / the console cannot start: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    beat_from_reactor(running)
    running.callWhenRunning(services.live.start)
    running.callWhenRunning(running.callInThread, warm_up, services)
    running.addSystemEventTrigger("before", "shutdown", services.live.stop)
    running.addSystemEventTrigger("before", "shutdown", services.authoring.phones.close)
    running.addSystemEventTrigger("after", "shutdown", services.office.close)
    print(f"ready {address}", flush=True)
    running.run()


def make_services(settings: Settings, data: DataFolder, url: str, reactor: Any) -> Services:
    """What the pages work with.

    Raises:
        WrongDatabaseError, KeyFileError, ValueError, OSError: it cannot be built from these settings.
    """
    from ivr.commands.console_authoring import make_authoring
    from ivr.commands.console_health import look
    from ivr.commands.console_outbox import MachineOutbox
    from ivr.commands.console_typist import SpeechTypist
    from ivr.commands.menus.surroundings import surroundings_of
    from ivr.commands.menus.vocabulary import Vocabulary
    from ivr.console.health import Cached
    from ivr.console.live import LiveCalls
    from ivr.console.services import Services
    from ivr.console.throttle import Throttle
    from ivr.leaving import Sealing
    from ivr.privacy import CallerKey, SealedFiles, derived_key
    from ivr.publishing.desk import Desk
    from ivr.publishing.local import LocalCopy
    from ivr.served import source_of
    from ivr.storage.office import open_office
    from ivr.storage.publications import Publications

    office = open_office(url, derived_key(data.caller_key, "audit chain"), _now)
    sounds = SealedFiles(data.caller_key)
    roots = frozenset(settings.menus.numbers.values())
    # Read once: menus are checked whenever an author pauses while typing.
    vocabulary = Vocabulary(data.models, settings.hearing)
    desk = Desk(
        Publications(office.engine), LocalCopy(data.menus), roots, lambda: surroundings_of(settings, vocabulary), _now
    )
    return Services(
        settings=settings.console,
        office=office,
        numbers=CallerKey(data.caller_key),
        now=_now,
        menus=menus_of(lambda: source_of(settings.menus, data).folder),
        desk=desk,
        authoring=make_authoring(settings, data, office, desk, _now, reactor),
        recordings=data.recordings,
        sounds=sounds,
        live=LiveCalls(data.live, reactor),
        typist=SpeechTypist(data.hearing_address(settings), sounds.read),
        outbox=MachineOutbox(data, Sealing(data.caller_key), _now),
        health=Cached(lambda: look(settings, data, office, _now), _LOOK_EVERY_S),
        address_failures=Throttle(20, 15 * 60, time.monotonic),
        name_failures=Throttle(5, 15 * 60, time.monotonic),
    )


def menus_of(folder_of: Callable[[], Path]) -> Callable[[], MenuSet | None]:
    """Reads the menus when their files have changed; gives None while they have errors.

    Args:
        folder_of: the folder that calls are served from at this moment.
    """
    from menus.loader import load_menus
    from menus.problems import MenuProblems

    known: dict[str, Any] = {"stamp": None, "menus": None}

    def menus() -> MenuSet | None:
        folder = folder_of()
        try:
            stamp = sorted((str(file), file.stat().st_mtime_ns) for file in folder.glob("*.yaml"))
        except OSError:
            stamp = []
        if stamp != known["stamp"]:
            try:
                known["menus"] = load_menus(folder)
            except MenuProblems as error:
                _log.warning("the menus in %s have errors: %s", folder, str(error).partition("\n")[0])
                known["menus"] = None
            known["stamp"] = stamp
        found: MenuSet | None = known["menus"]
        return found

    return menus


def _listen(settings: Settings, services: Services, reactor: Any) -> str:
    from twisted.internet import ssl
    from twisted.internet.threads import deferToThreadPool
    from twisted.python.threadpool import ThreadPool

    from ivr.console.server import Console
    from ivr.console.site import site

    console = settings.console
    pool = ThreadPool(1, _THREADS, "console")
    reactor.callWhenRunning(pool.start)
    reactor.addSystemEventTrigger("during", "shutdown", pool.stop)

    def run(function: Any, *arguments: Any) -> Any:
        return deferToThreadPool(reactor, pool, function, *arguments)

    made = site(Console(services, run, reactor), reactor)
    if console.certificate is not None:
        certificate = ssl.DefaultOpenSSLContextFactory(
            str(console.certificate_key or console.certificate), str(console.certificate)
        )
        port = reactor.listenSSL(console.port, made, certificate, interface=console.host)
    else:
        port = reactor.listenTCP(console.port, made, interface=console.host)
        if console.host not in ("127.0.0.1", "::1", "localhost"):
            _log.warning("值班台未加密，请配置证书 / the console is reachable from other machines without TLS")
    host = f"[{console.host}]" if ":" in console.host else console.host
    return f"{'https' if console.certificate else 'http'}://{host}:{port.getHost().port}"


def _now() -> datetime:
    return datetime.now(timezone.utc)
