"""The client without a network: what answers mean, when it asks again, and that time is never exceeded."""

from __future__ import annotations

import gzip
import inspect
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionRefusedError, DNSLookupError
from twisted.internet.task import Clock

from backend_client.client import Asking, BackendClient
from backend_client.errors import AnswerError, BackendError, RequestError
from ivr.call.ports import Backend
from tests.backend_client.support import CASE, Said, ScriptedBackend, Silence, make_client, problem, result_of

ASKING = Asking(call_id="c1", budget_ms=5000)


def ask(client: BackendClient, number: str = "20260001", budget_ms: int = 5000) -> Any:
    return client.query("get_case", {"number": number}, language="zh", budget_ms=budget_ms, call_id="c1")


def test_query_is_the_backend_port() -> None:
    ours, port = inspect.signature(BackendClient.query), inspect.signature(Backend.query)
    assert [(each.name, each.kind) for each in ours.parameters.values()] == [
        (each.name, each.kind) for each in port.parameters.values()
    ]


def test_query_gives_every_field_as_json_data() -> None:
    assert result_of(ask(make_client(ScriptedBackend(Said()), Clock()))) == CASE


def test_typed_method_gives_the_typed_answer() -> None:
    case = result_of(make_client(ScriptedBackend(Said()), Clock()).get_case("20260001", ASKING))
    assert case.status == "in_review"
    assert case.expected_on.isoformat() == "2026-11-30"


def test_request_says_language_call_and_token() -> None:
    backend = ScriptedBackend(Said())
    client = make_client(backend, Clock(), token="s3cret")
    result_of(client.get_case("20260001", Asking(language="en", call_id="20261122-7/9")))
    result_of(client.get_case("20260001", ASKING))
    (url, headers), (_, second) = backend.requests
    assert url == "http://backend.example/hotline/v1/cases/20260001"
    assert headers.getRawHeaders("accept-language") == ["en"]
    assert headers.getRawHeaders("authorization") == ["Bearer s3cret"]
    assert headers.getRawHeaders("x-request-id") == ["20261122-7_9-1"]
    assert second.getRawHeaders("x-request-id") == ["c1-2"]
    assert headers.getRawHeaders("accept-encoding") == ["identity"]


def test_arguments_go_into_the_query_percent_encoded() -> None:
    empty = Said(body=b'{"items":[],"count":0}')
    backend = ScriptedBackend(empty)
    client = make_client(backend, Clock())
    result_of(client.list_notices(ASKING, kind="flood", at="2026-11-22T08:00:00+08:00", limit=3))
    result_of(client.list_service_items(ASKING, department="民政", q="a b&c"))
    assert [url.partition("?")[2] for url, _ in backend.requests] == [
        "kind=flood&at=2026-11-22T08%3A00%3A00%2B08%3A00&limit=3",
        "department=%E6%B0%91%E6%94%BF&q=a+b%26c",
    ]


@pytest.mark.parametrize("missing", [None, ""])
def test_an_empty_optional_argument_is_left_out(missing: str | None) -> None:
    backend = ScriptedBackend(Said(body=b'{"items":[],"count":0}'))
    arguments = {"kind": "road", "township": missing}
    result_of(make_client(backend, Clock()).query("list_notices", arguments, language="zh", budget_ms=1, call_id="c"))
    assert backend.requests[0][0].endswith("/v1/notices?kind=road")


WRONG_QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("get_weather", {}),
    ("get_health", {}),
    ("get_case", {}),
    ("get_case", {"number": ""}),
    ("get_case", {"number": None}),
    ("get_case", {"number": "../admin"}),
    ("get_case", {"number": "20260001\r\nX: y"}),
    ("get_case", {"number": ["20260001"]}),
    ("get_case", {"number": True}),
    ("get_case", {"number": "20260001", "colour": "red"}),
    ("list_notices", {"limit": 101}),
    ("list_notices", {"at": "tomorrow"}),
]


@pytest.mark.parametrize(("operation", "arguments"), WRONG_QUESTIONS)
def test_a_wrong_question_is_refused_before_anything_is_sent(operation: str, arguments: dict[str, Any]) -> None:
    backend = ScriptedBackend(Said())
    with pytest.raises(RequestError) as caught:
        result_of(make_client(backend, Clock()).query(operation, arguments, language="zh", budget_ms=99, call_id="c"))
    assert caught.value.reason == "refused"
    assert not backend.requests


def changed(**fields: Any) -> Said:
    return Said(body=json.dumps({**CASE, **fields}).encode())


def without(field: str) -> Said:
    return Said(body=json.dumps({name: value for name, value in CASE.items() if name != field}).encode())


MEANINGS: list[tuple[Said, str, int | None]] = [
    (Said(content_type="text/html", body=b"<html>"), "bad_answer", 200),
    (Said(content_type=None), "bad_answer", 200),
    (Said(body=b""), "bad_answer", 200),
    (Said(body=b'{"number": "2026'), "bad_answer", 200),
    (Said(body=b"[]"), "bad_answer", 200),
    (Said(body=b"null"), "bad_answer", 200),
    (Said(body=b"\xff\xfe{}"), "bad_answer", 200),
    (Said(body=b"[" * 100_000), "bad_answer", 200),
    (Said(body=gzip.compress(json.dumps(CASE).encode()), headers=(("Content-Encoding", "gzip"),)), "bad_answer", 200),
    (changed(number="20260002"), "bad_answer", 200),
    (changed(accepted_on=20_000), "bad_answer", 200),
    (changed(missing_documents=None), "bad_answer", 200),
    (changed(missing_documents=[1]), "bad_answer", 200),
    (changed(status="In review"), "bad_answer", 200),
    (without("step"), "bad_answer", 200),
    (Said(body=b'{"x":"' + b"y" * 1_000_001 + b'"}'), "too_large", None),
    (Said(204, b"", None), "bad_answer", 204),
    (Said(302, b"", headers=(("Location", "http://elsewhere.example/"),)), "bad_answer", 302),
    (Said(304, b"", None), "bad_answer", 304),
    (problem("wrong-parameter", 400), "refused", 400),
    (problem("not-authorised", 401), "refused", 401),
    (Said(403, b"<html>", "text/html"), "refused", 403),
    (problem("wrong-parameter", 422), "refused", 422),
    (problem("not-verified", 403), "not_verified", 403),
    (problem("slot-taken", 409), "taken", 409),
    (problem("closed", 409), "refused", 409),
    (problem("locked", 429), "locked", 429),
    (Said(404, b"<html>", "text/html"), "bad_answer", 404),
    (problem("no-such-path", 404), "bad_answer", 404),
    (Said(404, b"{", "application/problem+json"), "bad_answer", 404),
    (Said(500, b"<html>", "text/html"), "server_error", 500),
    (Said(501, b""), "server_error", 501),
]


@pytest.mark.parametrize(
    ("said", "reason", "status"), MEANINGS, ids=[f"{number}-{each[1]}" for number, each in enumerate(MEANINGS)]
)
def test_what_an_answer_means(said: Said, reason: str, status: int | None) -> None:
    backend = ScriptedBackend(said)
    with pytest.raises(BackendError) as caught:
        result_of(ask(make_client(backend, Clock())))
    assert (caught.value.reason, caught.value.status) == (reason, status)
    refusals = ("refused", "not_verified", "taken", "locked")
    assert isinstance(caught.value, RequestError if reason in refusals else AnswerError)
    assert len(backend.requests) == 1, "none of these is asked again"


def test_not_found_is_none() -> None:
    assert result_of(ask(make_client(ScriptedBackend(problem("not-found", 404)), Clock()))) is None


def test_a_list_is_never_absent() -> None:
    client = make_client(ScriptedBackend(problem("not-found", 404)), Clock())
    with pytest.raises(AnswerError) as caught:
        result_of(client.list_policies(ASKING))
    assert caught.value.reason == "bad_answer"


def test_fields_and_values_of_later_versions_pass() -> None:
    case = result_of(ask(make_client(ScriptedBackend(changed(status="in_court", priority={"a": 1})), Clock())))
    assert case["status"] == "in_court"
    assert "priority" not in case


def test_a_notice_of_another_kind_is_refused() -> None:
    notice = {
        "id": "a",
        "kind": "road",
        "title": "",
        "text": "",
        "area": "",
        "township": None,
        "starts_at": "2026-11-22T08:00:00+08:00",
        "ends_at": None,
        "reason": "",
    }
    said = Said(body=json.dumps({"items": [notice], "count": 1}).encode())
    client = make_client(ScriptedBackend(said), Clock())
    assert result_of(client.list_notices(ASKING)).items[0].kind == "road"
    with pytest.raises(AnswerError, match="another kind"):
        result_of(client.list_notices(ASKING, kind="flood"))


@given(st.binary(max_size=300), st.sampled_from([200, 404, 503]), st.sampled_from(["application/json", "", "x/y; z"]))
def test_whatever_comes_only_a_backend_error_goes_out(body: bytes, status: int, content_type: str) -> None:
    backend = ScriptedBackend(Said(status, body, content_type), Said(500))
    clock = Clock()
    asked = ask(make_client(backend, clock))
    clock.pump([0.1] * 10)
    with pytest.raises(BackendError):
        result_of(asked)


TRANSIENT: list[Said | Exception] = [
    ConnectionRefusedError(),
    DNSLookupError(),
    Said(429, b""),
    Said(502, b""),
    Said(503, b""),
    Said(504, b""),
]


@pytest.mark.parametrize("trouble", TRANSIENT, ids=repr)
def test_passing_trouble_is_asked_again_after_a_growing_pause_with_jitter(trouble: Said | Exception) -> None:
    backend, clock = ScriptedBackend(trouble, trouble, trouble, Said()), Clock()
    asked = ask(make_client(backend, clock, jitters=[0.0, 0.5, 1.0]))
    # 200 ms, 400 ms less a quarter, 800 ms less a half.
    for pause, requests in ((0.2, 2), (0.3, 3), (0.4, 4)):
        clock.advance(pause - 0.01)
        assert len(backend.requests) == requests - 1
        clock.advance(0.01)
        assert len(backend.requests) == requests
    assert result_of(asked) == CASE
    assert [headers.getRawHeaders("x-request-id") for _, headers in backend.requests] == [
        [f"c1-{number}"] for number in (1, 2, 3, 4)
    ]
    assert not clock.getDelayedCalls()


@pytest.mark.parametrize(
    ("trouble", "reason", "status"), [(ConnectionRefusedError(), "unreachable", None), (Said(503), "server_error", 503)]
)
def test_tries_are_counted(trouble: Said | Exception, reason: str, status: int | None) -> None:
    backend, clock = ScriptedBackend(trouble), Clock()
    asked = ask(make_client(backend, clock, tries=3))
    clock.pump([0.1] * 40)
    with pytest.raises(AnswerError) as caught:
        result_of(asked)
    assert (caught.value.reason, caught.value.status) == (reason, status)
    assert len(backend.requests) == 3


def test_no_pause_goes_beyond_the_budget() -> None:
    backend, clock = ScriptedBackend(ConnectionRefusedError()), Clock()
    asked = ask(make_client(backend, clock), budget_ms=300)
    clock.advance(0.2)
    with pytest.raises(AnswerError) as caught:
        result_of(asked)
    assert caught.value.reason == "unreachable"
    assert clock.seconds() == pytest.approx(0.2)


def test_retry_after_is_kept_or_the_question_given_up() -> None:
    busy = Said(503, headers=(("Retry-After", "2"),))
    backend, clock = ScriptedBackend(busy, Said()), Clock()
    asked = ask(make_client(backend, clock))
    clock.advance(1.9)
    assert len(backend.requests) == 1
    clock.advance(0.1)
    assert result_of(asked) == CASE

    backend = ScriptedBackend(busy)
    with pytest.raises(AnswerError):
        result_of(ask(make_client(backend, clock), budget_ms=2000))
    assert len(backend.requests) == 1


def test_silence_ends_with_the_budget_exactly() -> None:
    clock = Clock()
    asked = ask(make_client(ScriptedBackend(Silence()), clock), budget_ms=1500)
    clock.advance(1.499)
    assert not asked.called
    clock.advance(0.001)
    with pytest.raises(AnswerError) as caught:
        result_of(asked)
    assert caught.value.reason == "timeout"
    assert not clock.getDelayedCalls()


@pytest.mark.parametrize("budget_ms", [0, -5])
def test_no_budget_is_a_timeout(budget_ms: int) -> None:
    clock = Clock()
    asked = ask(make_client(ScriptedBackend(Silence()), clock), budget_ms=budget_ms)
    clock.advance(0)
    with pytest.raises(AnswerError) as caught:
        result_of(asked)
    assert caught.value.reason == "timeout"


def test_a_question_can_be_given_up_during_a_pause() -> None:
    backend, clock = ScriptedBackend(Said(503)), Clock()
    asked = ask(make_client(backend, clock))
    asked.cancel()
    with pytest.raises(CancelledError):
        result_of(asked)
    assert not clock.getDelayedCalls()
    assert len(backend.requests) == 1


def test_nothing_personal_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clock = Clock()
    answers = [said for said, _, _ in MEANINGS]
    for said in [*answers, Said(503), changed(step={"name": "王桂花"})]:
        ask(make_client(ScriptedBackend(said), clock)).addErrback(lambda _: None)
        clock.pump([0.1] * 60)
    ask(make_client(ScriptedBackend(Said()), clock), number="13800138000!").addErrback(lambda _: None)
    assert "operation=get_case" in caplog.text
    assert "call=c1" in caplog.text
    for personal in ("20260001", "20260002", "13800138000", "王桂花", "高龄"):
        assert personal not in caplog.text


def test_another_case_is_refused_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AnswerError):
        result_of(ask(make_client(ScriptedBackend(changed(number="20260002")), Clock())))
    assert "another number than was asked for" in caplog.text


def test_a_mistake_of_ours_is_an_error_of_the_tree_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RequestError, match="ZeroDivisionError"):
        result_of(ask(make_client(ScriptedBackend(ZeroDivisionError("13800138000")), Clock())))
    assert "mistake in the backend client" in caplog.text
    assert "13800138000" not in caplog.text


def test_a_token_over_plain_http_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    make_client(ScriptedBackend(Said()), Clock(), token="s3cret")
    assert "unencrypted" in caplog.text
    assert "s3cret" not in caplog.text
