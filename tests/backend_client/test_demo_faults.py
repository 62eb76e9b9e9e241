"""Faults that the demo backend makes on purpose."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.web.client import ResponseFailed

from backend_client.demo.faults import FAULTS, FaultPlan, parse_faults
from tests.backend_client.support import result_of
from tests.backend_client.test_demo import Browser, data_of


@pytest.mark.parametrize(
    "written", ["latency=1500", "drop*2", "5xx=503@getCase*1", "huge=1,stall", "", "wrong_case@getCase"]
)
def test_faults_are_read_and_written_alike(written: str) -> None:
    assert str(FaultPlan(parse_faults(written))) == written


def test_every_fault_can_be_written() -> None:
    for kind in FAULTS:
        assert parse_faults(f" {kind}=500 " if FAULTS[kind].value is None else kind)[0].kind == kind


@pytest.mark.parametrize(
    "written",
    [
        "latency",
        "slow",
        "drop=1",
        "5xx=404",
        "huge=500",
        "huge=0",
        "drop*",
        "drop*-1",
        "drop@*1",
        "drop@getcase",
        "drop drop",
    ],
)
def test_a_wrong_fault_says_what_would_be_right(written: str) -> None:
    with pytest.raises(ValueError, match=re.escape(written)):
        parse_faults(written)


def test_faults_are_counted_per_operation() -> None:
    plan = FaultPlan(parse_faults("drop@getCase*2,latency=10"))
    assert [
        [fault.kind for fault in plan.take(operation)] for operation in ("getCase", "getPolicy", "getCase", "getCase")
    ] == [
        ["drop", "latency"],
        ["latency"],
        ["drop", "latency"],
        ["latency"],
    ]


def test_faults_are_set_shown_and_cleared_from_this_machine() -> None:
    browser = Browser()
    put = browser.ask("/admin/faults", "PUT", b'{"faults": "5xx=503*2, latency=1"}')
    assert data_of(put) == data_of(browser.ask("/admin/faults")) == {"faults": "5xx=503*2,latency=1"}
    assert data_of(browser.ask("/admin/faults", "DELETE")) == {"faults": ""}
    for wrong in (b"drop", b"[]", b'{"faults": "slow"}', b"{}"):
        assert browser.ask("/admin/faults", "PUT", wrong)[0] == 400
    assert data_of(browser.ask("/admin/faults")) == {"faults": ""}


def test_latency_delays_and_then_all_is_well() -> None:
    clock = Clock()
    browser = Browser(clock=clock, faults=FaultPlan(parse_faults("latency=1500")))
    answers: list[Any] = []
    browser.start("/v1/health").addCallback(answers.append)
    clock.advance(1.499)
    browser.flush()
    assert not answers
    clock.advance(0.001)
    browser.flush()
    assert [answer.code for answer in answers] == [200]


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "is_json"),
    [
        ("5xx", 500, "application/problem+json", True),
        ("5xx=503", 503, "application/problem+json", True),
        ("malformed", 200, "text/html; charset=utf-8", False),
        ("truncated", 200, "application/json", False),
        ("huge=1", 200, "application/json", True),
        ("wrong_case", 200, "application/json", True),
    ],
)
def test_what_faults_make_of_an_answer(fault: str, status: int, content_type: str, is_json: bool) -> None:
    browser = Browser(faults=FaultPlan(parse_faults(fault + "*1")))
    got, headers, body = browser.ask("/v1/cases/20260001")
    assert (got, headers.getRawHeaders("content-type")) == (status, [content_type])
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    assert (answer is not None) == is_json
    assert len(body) > 1_000_000 or not fault.startswith("huge")
    assert fault != "wrong_case" or answer["number"] == "20260002"
    assert data_of(browser.ask("/v1/cases/20260001"))["number"] == "20260001", "once only"


def test_wrong_case_leaves_other_answers_alone() -> None:
    browser = Browser(faults=FaultPlan(parse_faults("wrong_case")))
    assert browser.ask("/v1/cases/1")[0] == 404
    assert data_of(browser.ask("/v1/policies"))["count"] == 19


def test_drop_ends_the_connection() -> None:
    browser = Browser(faults=FaultPlan(parse_faults("drop")))
    with pytest.raises(ResponseFailed) as caught:
        result_of(browser.start("/v1/health"))
    assert isinstance(caught.value.reasons[0].value, ConnectionDone)
