"""Which processes a gateway on one machine has, and how each is started: the list that the supervisor gets."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from backend_client.demo.paths import MESSAGES as DEMO_MESSAGES
from backend_client.messages.settings import URL_VARIABLE
from ivr.config import DataFolder, Settings
from ivr.edge.addresses import LOOPBACK
from ivr.edge.kamailio import EdgePlan
from ivr.logs import VARIABLE as LOG_FORMAT
from ivr.processes.child import ChildSpec
from ivr.processes.lines import WorkerPlan, plan_workers
from ivr.processes.supervisor import TEMPLATE
from ivr.sip.placement import BehindEdge

#: Where the demo backend may take the place of a real one.
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
#: How many calls one line worker holds: what the wheel of pjsua2 was compiled for.
CHANNELS = 4
#: Name of the child that is the edge, and of the worker that keeps the trunk registered.
EDGE = "edge"
FIRST_WORKER = "line-1"
#: How much less important than the telephone our own speech worker is.
SPEECH_NICENESS = 10
#: The console may wait; a caller may not.
CONSOLE_NICENESS = 5
#: Line workers look at one call's 40 ms at a time, which is not worth a thread; and a template may have none.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
#: A draining worker may finish its calls for so long, in seconds.
DRAIN_PATIENCE_S = 25 * 60.0


def plan_lines(settings: Settings) -> list[WorkerPlan]:
    """The line workers of a gateway.

    Raises:
        LinePlanError: there are too few ports for so many lines.
    """
    sip, lines = settings.sip, settings.lines
    channels = min(CHANNELS, sip.max_calls)
    return plan_workers(
        lines.count,
        channels,
        sip.port,
        lines.port_first,
        sip.rtp_port_first,
        sip.rtp_port_count,
        bind_to_cores=lines.bind_to_cores,
    )


def plan_edge(settings: Settings, data: DataFolder, workers: Sequence[WorkerPlan]) -> EdgePlan | None:
    """The edge that these workers need; None for a single one, which callers reach themselves."""
    if len(workers) < 2:
        return None
    return EdgePlan(
        folder=data.edge,
        bind_address=settings.sip.bind_address,
        port=settings.sip.port,
        transports=settings.sip.transports,
        public_address=settings.sip.public_address,
        workers={worker.name: f"{LOOPBACK}:{worker.port}" for worker in workers},
        lines=settings.lines.count,
        farewell_port=settings.lines.port_first + len(workers),
        targets=tuple(settings.transfer.targets.values()),
        settings=settings.edge,
    )


def gateway_processes(
    settings: Settings, settings_file: Path | None, data: DataFolder, *, demo: bool
) -> list[ChildSpec]:
    """The processes of a gateway on one machine, in the order of their start.

    Raises:
        EdgeError: Kamailio is needed and not installed.
        LinePlanError: there are too few ports for so many lines.
    """
    ivr = [sys.executable, "-m", "ivr.cli"]
    environment = {"XIANGYIN_DATA": str(data.root), LOG_FORMAT: settings.log.format}
    if settings_file is not None:
        environment["XIANGYIN_SETTINGS"] = str(settings_file)
    # It reads the database's address itself: a password in it would be seen by everybody who lists processes.
    specs = [ChildSpec("ship", [*ivr, "ship"], niceness=5, pulse=True)]
    with_demo = demo and urlsplit(settings.backend.base_url).hostname in LOCAL_HOSTS
    if with_demo and not settings.messages.url and not os.environ.get(URL_VARIABLE):
        environment[URL_VARIABLE] = settings.backend.base_url.rstrip("/") + DEMO_MESSAGES
    specs.append(ChildSpec("sync", [*ivr, "sync"], niceness=10, awaited=False, pulse=True))
    specs.append(ChildSpec("outbox", [*ivr, "outbox", "run"], niceness=5, awaited=False, pulse=True))
    if not settings.voice.worker:
        listen = ["--listen", data.speech_address(settings)]
        speech = ["speech", *listen, "--threads", str(settings.voice.threads), "--turns", str(settings.hearing.turns)]
        for language, server in settings.hearing.recognisers.items():
            speech += ["--recogniser", f"{language}={server}"]
        specs.append(ChildSpec("speech", [*ivr, *speech], niceness=SPEECH_NICENESS, awaited=False, pulse=True))
    if with_demo:
        address = urlsplit(settings.backend.base_url)
        listen = ["--host", str(address.hostname), "--port", str(address.port or 80)]
        backend = ["backend-demo", *listen, "--database", str(data.demo_database)]
        specs.append(ChildSpec("backend-demo", [*ivr, *backend], pulse=True))
    workers = plan_lines(settings)
    edge = plan_edge(settings, data, workers)
    if edge is not None:
        specs.append(edge_process(edge))
        # A single worker would share nothing with it.
        specs.append(ChildSpec(TEMPLATE, [*ivr, "template"], environment=ONE_THREAD, awaited=False, pulse=True))
    specs += [line_process(ivr, worker, edge, data.template) for worker in workers]
    if settings.outbound.enabled:
        specs.append(
            ChildSpec("outbound", [*ivr, "outbound", "run"], patience_s=DRAIN_PATIENCE_S, awaited=False, pulse=True)
        )
    if settings.console.enabled:
        specs.append(ChildSpec("console", [*ivr, "console"], niceness=CONSOLE_NICENESS, awaited=False, pulse=True))
    return [replace(spec, environment={**environment, **spec.environment}) for spec in specs]


def edge_process(edge: EdgePlan) -> ChildSpec:
    """Kamailio. It has children of its own, which it ends itself on SIGTERM, and beats when it answers OPTIONS."""
    return ChildSpec(
        EDGE, edge.command(), pulse=True, piped=False, ready_by_beat=True, must_start=True, death_signal="TERM"
    )


def line_process(ivr: Sequence[str], worker: WorkerPlan, edge: EdgePlan | None, template: Path) -> ChildSpec:
    """A line worker, forked from the template if there are several."""
    arguments = ["line", "--name", worker.name, "--rtp", f"{worker.rtp_first}+{worker.rtp_count}"]
    if edge is not None:
        arguments += ["--port", str(worker.port), "--edge", edge.address]
    return ChildSpec(
        worker.name,
        [*ivr, *arguments],
        environment=ONE_THREAD,
        patience_s=DRAIN_PATIENCE_S,
        pulse=True,
        core=worker.core,
        template=template if edge is not None else None,
        forked_as=arguments,
    )


def behind_edge(settings: Settings, name: str, port: int, edge: str) -> BehindEdge:
    """The place of the worker of this name behind the edge that callers reach at `edge`, HOST:PORT."""
    return BehindEdge(
        address=LOOPBACK,
        port=port,
        contact=f"sip:{name}@{edge}",
        proxy=f"{LOOPBACK}:{settings.sip.port}",
        registers=name == FIRST_WORKER,
    )
