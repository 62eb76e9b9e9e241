"""`ivr backend`: tries and checks connectors, and the backend's contract."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from backend_client.connectors.check import run_examples
from backend_client.connectors.mapping import MappingError, load_mapping
from ivr.commands.options import settings_option, settings_or_exit

SHIPPED_EXAMPLES = "backend_client/connectors/examples"


@click.group("backend", help="部门接口 / connectors to department systems")
def command() -> None:
    """A group."""


@command.command("check", help="跑一遍对接文件里的例子 / runs the examples of connectors, or asks the backend")
@settings_option
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--live", is_flag=True, help="问一问真的后台 / ask the backend of the settings, and check its answers")
def check(settings_file: Path | None, files: tuple[Path, ...], live: bool) -> None:
    settings = settings_or_exit(settings_file)
    chosen = files or tuple(sorted(settings.connectors.folder.glob("*.yaml")) if settings.connectors.folder else ())
    if not chosen and not live:
        print(f"没有对接文件 / no connectors; examples are in {SHIPPED_EXAMPLES}")
    failed = sum(_check_file(file) for file in chosen)
    if live:
        failed += _check_live(settings)
    sys.exit(1 if failed else 0)


@command.command("try", help="问一次部门的系统 / asks a department once, through its connector")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("operation")
@click.option("--argument", "arguments", multiple=True, metavar="NAME=VALUE", help="such as number=20260001")
@click.option("--budget", default=10_000, show_default=True, type=click.IntRange(100, 120_000), help="ms")
def try_one(file: Path, operation: str, arguments: tuple[str, ...], budget: int) -> None:
    from backend_client.connectors.answering import checked
    from backend_client.connectors.department import DepartmentSystem
    from backend_client.errors import BackendError

    try:
        mapping = load_mapping(file)
        given = dict(_pair(each) for each in arguments)
        if operation not in mapping.operations:
            raise MappingError(f"{operation}: there is {', '.join(mapping.operations)}")

        def ask(reactor: Any) -> Any:
            system = DepartmentSystem(mapping, reactor)
            return system.ask(operation, given, language="zh", budget_ms=budget, call_id="try")

        answer = _in_reactor(ask)
        if answer is not None and not mapping.operations[operation].owns:
            answer = checked(operation, answer, given)
    except (MappingError, BackendError, ValueError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    print("没有 / there is no such thing" if answer is None else json.dumps(answer, ensure_ascii=False, indent=2))


def _check_file(file: Path) -> int:
    """Print how the examples of a file went. Return how many failed."""
    try:
        results = list(run_examples(load_mapping(file)))
    except MappingError as error:
        print(error, file=sys.stderr)
        return 1
    for result in results:
        sign = "✗" if result.problem else "✓"
        print(f"{sign} {file.name}: {result.operation}: {result.name} {result.problem}".rstrip())
    return sum(bool(result.problem) for result in results)


def _check_live(settings: Any) -> int:
    """Ask the backend for a page of everything that can be listed. Return how much of it was wrong."""
    from backend_client.client import Asking, BackendClient
    from backend_client.errors import BackendError
    from backend_client.operations import GET_HEALTH, LIST_CHANGES, OPERATIONS

    operations: list[tuple[Any, dict[str, Any]]] = [(GET_HEALTH, {})]
    operations += [(each, {}) for name, each in OPERATIONS.items() if name.startswith("list_")]
    operations += [(LIST_CHANGES, {"collection": "policies"})]
    wrong = 0

    async def ask_all(reactor: Any) -> None:
        nonlocal wrong
        client = BackendClient(settings.backend, reactor)
        for operation, arguments in operations:
            try:
                await client.ask(operation, arguments, Asking(budget_ms=15_000, call_id="check"))
                print(f"✓ {operation.name}")
            except BackendError as error:
                wrong += 1
                print(f"✗ {operation.name}: {error}")
        await client.close()

    from twisted.internet.defer import Deferred

    _in_reactor(lambda reactor: Deferred.fromCoroutine(ask_all(reactor)))
    return wrong


def _pair(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals:
        raise ValueError(f"{written}: write NAME=VALUE")
    return name, value


def _in_reactor(work: Any) -> Any:
    """Run the reactor until `work` is done; return its result or raise its error."""
    from twisted.internet import asyncioreactor

    asyncioreactor.install()
    from twisted.internet import reactor as installed_reactor
    from twisted.python.failure import Failure

    reactor: Any = installed_reactor
    results: list[Any] = []

    def begin() -> None:
        def done(result: Any) -> None:
            results.append(result)
            reactor.stop()

        work(reactor).addBoth(done)

    reactor.callWhenRunning(begin)
    reactor.run()
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]
