"""Which line workers a gateway has, and what each gets: a port, a range of RTP ports, a core."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

#: Least RTP and RTCP ports for each channel. A port that has just been used rests for a while.
PORTS_PER_CHANNEL = 5


class LinePlanError(ValueError):
    """So many lines cannot be served with these settings; the message says what to change."""


@dataclass(frozen=True)
class WorkerPlan:
    """One line worker.

    Attributes:
        port: where its SIP is; on loopback behind an edge, at the gateway's address without one.
        rtp_first, rtp_count: its RTP ports, the first one even (RFC 3550 section 11).
        core: the core that it is bound to; None for any.
    """

    name: str
    port: int
    rtp_first: int
    rtp_count: int
    core: int | None


def plan_workers(
    lines: int, channels: int, port: int, worker_port_first: int, rtp_first: int, rtp_count: int, *, bind_to_cores: bool
) -> list[WorkerPlan]:
    """Divide lines and ports among workers.

    Args:
        lines: calls at once.
        channels: calls at once that one worker holds.
        port: the gateway's own SIP port, which a single worker takes.

    Raises:
        LinePlanError: there are too few RTP ports.
    """
    count = -(-lines // channels)
    share = rtp_count // count // 2 * 2
    least = _least_ports(channels)
    if share < least:
        raise LinePlanError(
            f"sip.rtp_port_count: {lines} 路电话至少要 {count * least} 个 RTP 端口，现在是 {rtp_count} / "
            f"{lines} lines need at least {count * least} RTP ports, there are {rtp_count}"
        )
    if rtp_first + rtp_count > 65536 or worker_port_first + count >= 65536:
        raise LinePlanError("端口超过 65535 / ports would go beyond 65535: sip.rtp_port_first, lines.port_first")
    cores = sorted(os.sched_getaffinity(0))
    return [
        WorkerPlan(
            name=f"line-{index + 1}",
            port=port if count == 1 else worker_port_first + index,
            rtp_first=(rtp_first + 1) // 2 * 2 + index * share,
            rtp_count=share,
            core=cores[index % len(cores)] if bind_to_cores and count > 1 else None,
        )
        for index in range(count)
    ]


def ports_of_a_start(first: int, count: int, channels: int, chance: Callable[[int], int]) -> tuple[int, int]:
    """The RTP ports that a worker uses of its own, first and count: from anywhere on, as many as it needs at least.

    Callers of a worker that has died go on sending to the ports that it had, and PJSIP follows whoever sends to a port.
    One that is started in its place must not begin with the same ports, or new callers would meet the old ones there.

    Args:
        chance: a number below another one.
    """
    spare = max(0, count - _least_ports(channels)) // 2
    skipped = 2 * chance(spare + 1)
    return first + skipped, count - skipped


def _least_ports(channels: int) -> int:
    return channels * PORTS_PER_CHANNEL // 2 * 2
