"""Lines divided among workers."""

from __future__ import annotations

import itertools
import os

import pytest

from ivr.processes.lines import LinePlanError, WorkerPlan, plan_workers, ports_of_a_start


def plan(lines: int, rtp_count: int = 400, *, bind_to_cores: bool = False) -> list[WorkerPlan]:
    return plan_workers(lines, 4, 5060, 15061, 16384, rtp_count, bind_to_cores=bind_to_cores)


def test_four_lines_are_one_worker_at_the_gateways_own_port() -> None:
    assert plan(4) == [WorkerPlan("line-1", 5060, 16384, 400, None)]


def test_more_lines_are_as_many_workers_as_it_takes_with_ports_of_their_own() -> None:
    workers = plan(10)
    assert [(worker.name, worker.port) for worker in workers] == [
        ("line-1", 15061),
        ("line-2", 15062),
        ("line-3", 15063),
    ]
    ranges = [range(worker.rtp_first, worker.rtp_first + worker.rtp_count) for worker in workers]
    assert all(len(ports) == 132 and ports.start % 2 == 0 for ports in ranges)
    assert all(before.stop <= after.start for before, after in itertools.pairwise(ranges))


def test_workers_take_cores_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {2, 5})
    assert [worker.core for worker in plan(12, bind_to_cores=True)] == [2, 5, 2]
    assert plan(4, bind_to_cores=True)[0].core is None, "a single worker goes where there is room"


def test_too_few_rtp_ports_are_refused_with_the_number_that_would_do() -> None:
    with pytest.raises(LinePlanError, match="need at least 1200 RTP ports, there are 400"):
        plan(240)
    assert len(plan(240, rtp_count=1200)) == 60


def test_a_worker_begins_anywhere_among_its_ports_and_always_has_enough() -> None:
    starts = {ports_of_a_start(16384, 132, 4, lambda below, number=number: number % below) for number in range(200)}
    assert min(starts) == (16384, 132) and max(starts) == (16384 + 112, 20)
    assert all(first % 2 == 0 and first + count == 16384 + 132 for first, count in starts)
    assert len(starts) == 57, "callers of one that died are seldom met by those of the next"


def test_a_worker_with_the_least_ports_uses_them_all() -> None:
    assert ports_of_a_start(16384, 20, 4, lambda below: below - 1) == (16384, 20)
