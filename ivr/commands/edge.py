"""`ivr edge`: Kamailio alone, in front of gateways on other machines."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ivr.commands.options import data_option, misconfigured, settings_option, settings_or_exit
from ivr.config import DataFolder
from ivr.edge import kamailio
from ivr.edge.kamailio import EdgeError, EdgePlan


@click.command(name="edge")
@data_option
@settings_option
@click.option("--check", "only_check", is_flag=True, help="只生成并检查配置 / only write and check the configuration")
def command(data: Path, settings_file: Path | None, only_check: bool) -> None:
    """在几台网关前面分配电话：设置里的 edge.destinations。探测到哪台不应答，就不再分给它。

    Runs Kamailio in front of the gateways that edge.destinations names, and passes over those that do not answer its
    probes. Each gateway must have the address of this machine in its edge.trunks.
    """
    settings = settings_or_exit(settings_file)
    if not settings.edge.destinations:
        misconfigured("edge.destinations: 没有网关 / no gateway to send calls to")
    plan = EdgePlan(
        folder=DataFolder(data).root / "edge",
        bind_address=settings.sip.bind_address,
        port=settings.sip.port,
        transports=settings.sip.transports,
        public_address=settings.sip.public_address,
        workers={},
        lines=settings.lines.count,
        targets=tuple(settings.transfer.targets.values()),
        settings=settings.edge,
    )
    try:
        kamailio.check_ports(plan)
        kamailio.write(plan)
        kamailio.check(plan)
    except (EdgeError, OSError) as error:
        misconfigured(str(error))
    print(f"{plan.configuration} 检查通过 / is accepted by Kamailio", flush=True)
    if not only_check:
        # In our place, so that whoever started us watches Kamailio itself.
        os.execv(plan.command()[0], plan.command())
