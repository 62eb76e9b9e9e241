"""What callers are kept from: other people's answers, HTML, endless lists, and waiting for a backend that is down."""

from __future__ import annotations

import gzip
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from treq.testing import RequestTraversalAgent
from twisted.internet.defer import CancelledError
from twisted.internet.task import Clock

from backend_client.breaker import FAILURES, FIRST_PAUSE_S, LONGEST_PAUSE_S, CircuitBreaker
from backend_client.client import Asking, BackendClient
from backend_client.demo.faults import FaultPlan, parse_faults
from backend_client.demo.store import Store
from backend_client.errors import AnswerError, RequestError, WrongAnswerError
from backend_client.operations import BOOK_APPOINTMENT, FIND_CASES, LIST_CHANGES, LOOKUPS, idempotency_key
from backend_client.plain_text import plain_text
from backend_client.settings import BackendSettings
from tests.backend_client.support import (
    CASE,
    NOON,
    TODAY,
    Said,
    ScriptedBackend,
    Silence,
    make_client,
    make_demo,
    problem,
    result_of,
)

ASKING = Asking(call_id="c1", budget_ms=5000)
PERSON = {"id_last6": "012345", "phone": "13800138001"}


def said(data: Any, status: int = 200) -> Said:
    return Said(status, json.dumps(data).encode())


# Another's answer


def test_another_persons_case_is_refused_reported_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    theirs = {"items": [{**CASE, "applicant_id_last6": "99999X"}], "count": 1}
    client = make_client(ScriptedBackend(said(theirs)), Clock())
    with pytest.raises(WrongAnswerError) as caught:
        result_of(client.ask(FIND_CASES, PERSON, ASKING))
    assert caught.value.reason == "bad_answer"
    assert client.metrics.wrong_answers == {"find_cases": 1}
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "another applicant_id_last6" in record.getMessage()
    assert "012345" not in caplog.text


@pytest.mark.parametrize("operation", ["find_cases", "look_up_social_insurance", "get_appeal", "get_case"])
def test_the_client_sees_through_a_backend_that_mixes_people_up(operation: str) -> None:
    demo = make_demo(faults=FaultPlan(parse_faults("wrong_case")))
    client = make_client(RequestTraversalAgent(_below_hotline(demo)), Clock())
    arguments = {"get_appeal": {"ticket": "6305100031"}, "get_case": {"number": "20260001"}}.get(operation, PERSON)
    with pytest.raises(WrongAnswerError):
        result_of(client.query(operation, arguments, language="zh", budget_ms=5000, call_id="c"))


def _below_hotline(demo: Any) -> Any:
    from twisted.web.resource import Resource

    root = Resource()
    root.putChild(b"hotline", demo.resource())
    return root


# Texts and lists


SPOKEN = [
    ("正在审核", "正在审核"),
    ("<b>正在</b>审核", "正在审核"),
    ("先交材料<br>再等通知", "先交材料，再等通知"),
    ("<p>先交材料。</p><p>再等通知。</p>", "先交材料。再等通知。"),
    ("材料&nbsp;齐了&amp;通过", "材料 齐了&通过"),
    ("<script>alert('x')</script>您好", "您好"),
    ("<style>p{color:red}</style><!-- 备注 -->您好", "您好"),
    ('看<a href="http://example/">这里</a>', "看这里"),
    ("第一行\n第二行\r\n\t第三行", "第一行，第二行，第三行"),
    ("年龄<60岁，收入 < 500", "年龄<60岁，收入 < 500"),
    ("响\x07铃", "响，铃"),
    ("", ""),
]


@pytest.mark.parametrize(("written", "heard"), SPOKEN)
def test_what_a_web_page_hides_is_not_said(written: str, heard: str) -> None:
    assert plain_text(written) == heard
    answer = make_client(ScriptedBackend(said({**CASE, "step": written})), Clock())
    assert result_of(answer.get_case("20260001", ASKING)).step == heard


@given(st.text())
def test_plain_text_is_one_line_and_stays_as_it_is(text: str) -> None:
    once = plain_text(text)
    assert "\n" not in once
    if text.isprintable() and "<" not in text and "&" not in text:
        assert once == text


def test_five_thousand_results_are_cut_to_what_was_asked_for() -> None:
    notice = {
        "kind": "road",
        "title": "t",
        "text": "t",
        "area": "a",
        "township": None,
        "starts_at": "2026-12-07T08:00:00+08:00",
        "ends_at": None,
        "reason": "",
    }
    many = {"items": [{**notice, "id": str(number)} for number in range(5000)], "count": 5000}
    client = make_client(ScriptedBackend(said(many)), Clock(), size_limit=5_000_000)
    default = result_of(client.list_notices(ASKING))
    assert (len(default.items), default.count) == (20, 5000)
    assert len(result_of(client.list_notices(ASKING, limit=3)).items) == 3


def test_an_empty_list_is_an_answer() -> None:
    client = make_client(ScriptedBackend(said({"items": [], "count": 0})), Clock())
    assert result_of(client.ask(FIND_CASES, PERSON, ASKING)).items == ()


@pytest.mark.parametrize(
    ("status", "reason"),
    [(299, "bad_answer"), (418, "refused"), (499, "refused"), (599, "server_error"), (600, "server_error")],
)
def test_status_codes_that_nobody_knows_have_a_meaning(status: int, reason: str) -> None:
    client = make_client(ScriptedBackend(said(CASE, status)), Clock())
    with pytest.raises((AnswerError, RequestError)) as caught:
        result_of(client.get_case("20260001", ASKING))
    assert caught.value.reason == reason


def test_a_locked_person_is_refused_and_not_asked_for_again() -> None:
    backend = ScriptedBackend(problem("locked", 429))
    with pytest.raises(RequestError) as caught:
        result_of(make_client(backend, Clock()).ask(LOOKUPS[0], PERSON, ASKING))
    assert caught.value.problem == "urn:xiangyin:problem:locked"
    assert len(backend.requests) == 1


# Doing something once


def test_booking_again_after_a_lost_answer_books_once() -> None:
    clock = Clock()
    store = Store(None, lambda: TODAY)
    demo = make_demo(clock=clock, store=store, faults=FaultPlan(parse_faults("5xx=503@bookAppointment*1")))
    client = make_client(RequestTraversalAgent(_below_hotline(demo)), clock)
    arguments = {"slot": "passport-20261124-09", "phone": "13800138001"}
    booked: list[Any] = []
    client.ask(BOOK_APPOINTMENT, arguments, ASKING).addCallback(booked.append)
    clock.advance(1)
    again = result_of(client.ask(BOOK_APPOINTMENT, arguments, ASKING))
    assert booked == [again]
    assert client.metrics.tries["book_appointment"] == 3


def test_keys_tell_calls_and_deeds_apart() -> None:
    keys = {
        idempotency_key(call, operation, arguments)
        for call in ("c1", "c2")
        for operation in ("book_appointment", "cancel_appointment")
        for arguments in ({"slot": "a"}, {"slot": "b"})
    }
    assert len(keys) == 8
    assert idempotency_key("c", "o", {"a": "1", "b": "2"}) == idempotency_key("c", "o", {"b": "2", "a": "1"})


# Packed answers


def test_changes_are_asked_for_packed_and_unpacked_within_the_limit() -> None:
    answer = json.dumps({"changes": [], "token": "v1.1", "more": False}).encode()
    packed = (("Content-Encoding", "gzip"),)
    backend = ScriptedBackend(Said(body=gzip.compress(answer), headers=packed))
    client = make_client(backend, Clock())
    assert result_of(client.ask(LIST_CHANGES, {"collection": "policies"}, ASKING)).token == "v1.1"
    assert backend.requests[0][1].getRawHeaders("accept-encoding") == ["gzip"]
    bombs = [
        (gzip.compress(b" " * 2_000_000), "too_large"),
        (gzip.compress(answer)[:-9], "bad_answer"),
        (b"no gzip", "bad_answer"),
    ]
    for body, reason in bombs:
        client = make_client(ScriptedBackend(Said(body=body, headers=packed)), Clock())
        with pytest.raises(AnswerError) as caught:
            result_of(client.ask(LIST_CHANGES, {"collection": "policies"}, ASKING))
        assert caught.value.reason == reason


# Signed requests


def test_a_signed_question_is_let_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"a secret of the county\n")
    clock = Clock()
    demo = make_demo(signing_key=b"a secret of the county", store=Store(None, lambda: TODAY))
    client = BackendClient(
        BackendSettings("http://backend.example/hotline", signing_key_file=secret),
        clock,
        {},
        agent=RequestTraversalAgent(_below_hotline(demo)),
        unix_time=NOON.timestamp,
    )
    assert result_of(client.list_policies(ASKING, q="补贴", limit=2)).count
    assert result_of(client.ask(FIND_CASES, PERSON, ASKING)).count == 2


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_secret_that_is_none_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    settings = BackendSettings("http://backend.example", signing_key_file=tmp_path / "secret")
    with pytest.raises(ValueError, match="signing_key_file"):
        BackendClient(settings, Clock(), {}, agent=ScriptedBackend(Said()))


# The circuit breaker


def test_the_breaker_opens_tries_once_and_closes() -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock.seconds)
    for _ in range(FAILURES):
        assert breaker.begin()
        breaker.failed()
    assert not breaker.begin()
    pause = FIRST_PAUSE_S
    for _ in range(8):
        clock.advance(pause - 0.01)
        assert not breaker.begin() and breaker.state == "open"
        clock.advance(0.02)
        assert breaker.state == "half_open"
        assert breaker.begin()
        assert not breaker.begin(), "one trial at a time"
        breaker.failed()
        pause = min(pause * 2, LONGEST_PAUSE_S)
    clock.advance(pause)
    assert breaker.begin()
    assert breaker.state == "half_open"
    breaker.gave_up()
    assert breaker.begin(), "a caller who hung up says nothing about the backend"
    breaker.succeeded()
    assert not breaker.is_open and breaker.state == "closed"
    assert breaker.begin()
    breaker.failed()
    assert breaker.begin(), "it counts from the beginning again"


def test_a_backend_that_is_down_is_not_asked_by_every_caller() -> None:
    clock = Clock()
    backend = ScriptedBackend(Said(500, b"", "text/plain"))
    client = make_client(backend, clock)
    for _ in range(FAILURES):
        with pytest.raises(AnswerError):
            result_of(client.get_case("20260001", ASKING))
    with pytest.raises(AnswerError) as caught:
        result_of(client.get_case("20260001", ASKING))
    assert caught.value.reason == "unreachable"
    assert (len(backend.requests), client.metrics.refused_while_open) == (FAILURES, 1)
    assert client.metrics.answers == {("get_case", "server_error"): FAILURES}


def test_mistakes_of_ours_do_not_open_the_circuit() -> None:
    client = make_client(ScriptedBackend(problem("wrong-parameter", 400)), Clock())
    for _ in range(3 * FAILURES):
        with pytest.raises(RequestError):
            result_of(client.get_case("20260001", ASKING))
    assert not client.breaker.is_open


def test_an_operation_may_have_a_budget_of_its_own() -> None:
    clock = Clock()
    client = make_client(ScriptedBackend(Silence()), clock, budgets_ms={"get_case": 1000})
    failures: list[Any] = []
    client.get_case("20260001", ASKING).addErrback(failures.append)
    clock.advance(0.999)
    assert not failures
    clock.advance(0.001)
    assert failures[0].value.reason == "timeout"
    assert client.metrics.answers == {("get_case", "timeout"): 1}


def test_a_caller_who_hangs_up_is_counted_as_such() -> None:
    client = make_client(ScriptedBackend(Silence()), Clock())
    asked = client.get_case("20260001", ASKING)
    asked.addErrback(lambda failure: failure.trap(CancelledError))
    asked.cancel()
    assert client.metrics.answers == {("get_case", "given_up"): 1}
