"""The demo backend in memory: languages, tags, lists, faults, and its data."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from treq.testing import StubTreq

from backend_client.demo.seed import CHINA
from tests.backend_client.support import NOON, demo_store, make_demo, result_of

EVERYTHING = (0, 100)


class Browser:
    """Asks a demo backend in memory."""

    def __init__(self, **demo: Any) -> None:
        self._http: Any = StubTreq(make_demo(**demo).resource())

    def ask(self, path: str, method: str = "GET", data: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
        """Return status, headers and body."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        response = result_of(self._http.request(method, f"http://test{path}", headers=sent, data=data))
        return response.code, response.headers, result_of(response.content())

    def start(self, path: str) -> Any:
        """Ask, and return the Deferred of the response."""
        return self._http.get(f"http://test{path}")

    def flush(self) -> None:
        self._http.flush()


def data_of(answer: tuple[int, Any, bytes]) -> Any:
    return json.loads(answer[2])


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-GB", "en"),
        ("zh-CN,en", "zh"),
        ("fr", "zh"),
        ("fr;q=1, en;q=0.2", "en"),
        (";;", "zh"),
        ("zh;q=0, EN-gb;q=0.1", "en"),
    ],
)
def test_language_follows_the_request(accepted: str, language: str) -> None:
    status, headers, body = Browser().ask("/v1/cases/20260001", accept_language=accepted)
    assert (status, headers.getRawHeaders("content-language")) == (200, [language])
    assert json.loads(body)["department"] == {"zh": "县民政局", "en": "County Civil Affairs Office"}[language]


def test_a_known_tag_is_answered_with_304() -> None:
    browser = Browser()
    _, headers, _ = browser.ask("/v1/policies")
    (tag,) = headers.getRawHeaders("etag")
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        status, again, body = browser.ask("/v1/policies", if_none_match=known)
        assert (status, body, again.getRawHeaders("etag")) == (304, b"", [tag])
    assert browser.ask("/v1/policies", if_none_match='"other"')[0] == 200
    assert browser.ask("/v1/policies", if_none_match=tag, accept_language="en")[0] == 200, "English is another text"
    assert browser.ask("/v1/policies/nothing", if_none_match="*")[0] == 404


def test_request_id_is_echoed_unless_it_is_odd() -> None:
    browser = Browser()
    assert browser.ask("/v1/health", x_request_id="c1-7")[1].getRawHeaders("x-request-id") == ["c1-7"]
    assert browser.ask("/v1/nothing", x_request_id="c1-8")[1].getRawHeaders("x-request-id") == ["c1-8"]
    assert browser.ask("/v1/health", x_request_id="<b>")[1].getRawHeaders("x-request-id") is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/notices", 405),
        ("DELETE", "/v1/cases/20260001", 405),
        ("GET", "/v2/cases/20260001", 404),
        ("GET", "/v1/cases/", 404),
        ("GET", "/v1/cases/%FF", 400),
        ("GET", "/v1/policies?q=%FF", 400),
        ("GET", "/v1/notices?kind=road&kind=flood", 400),
        ("GET", "/v1/notices?limit=%EF%BC%91", 400),
    ],
)
def test_everything_wrong_is_told_as_a_problem(method: str, path: str, status: int) -> None:
    got, headers, body = Browser().ask(path, method)
    assert (got, headers.getRawHeaders("content-type")) == (status, ["application/problem+json"])
    assert json.loads(body)["status"] == status


def test_head_has_no_body() -> None:
    status, headers, body = Browser().ask("/v1/cases/20260001", "HEAD")
    assert (status, body) == (200, b"")
    assert headers.getRawHeaders("etag")


def test_the_page_lists_the_numbers_to_try() -> None:
    status, headers, body = Browser().ask("/")
    assert (status, headers.getRawHeaders("content-type")) == (200, ["text/html; charset=utf-8"])
    assert "20260001" in body.decode()
    assert "Call the hotline" in body.decode()


def test_a_mistake_in_the_server_is_a_problem_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    browser = Browser(store=None)
    status, _, body = browser.ask("/v1/cases/20260001")
    assert (status, json.loads(body)["type"]) == (500, "urn:xiangyin:problem:internal")
    assert "AttributeError" in caplog.text


def codes(answer: Any) -> list[str]:
    return [item["code"] for item in answer["items"]]


def test_lists_can_be_searched() -> None:
    store = demo_store()
    police = codes(store.service_items("公安", None, EVERYTHING, "zh"))
    assert police[:2] == ["id_card_replacement", "household_registration"]
    assert len(police) == 13
    assert codes(store.service_items("police", "baby", EVERYTHING, "en")) == ["household_registration"]
    assert codes(store.policies("新农合", EVERYTHING, "zh")) == ["medical_reimbursement", "medical_insurance_payment"]
    assert codes(store.policies("补贴 老人", EVERYTHING, "zh")) == ["elder_allowance"]
    assert codes(store.policies("100% _", EVERYTHING, "zh")) == []


def test_pages_follow_each_other() -> None:
    store = demo_store()
    whole = store.policies(None, EVERYTHING, "zh")
    first, second, third = (store.policies(None, (start, 7), "zh") for start in (0, 7, 14))
    assert [first["next"], second["next"], third["next"]] == ["7", "14", None]
    assert first["items"] + second["items"] + third["items"] == whole["items"]
    assert first["count"] == second["count"] == whole["count"] == 19
    assert store.policies(None, (500, 3), "zh") == {"items": [], "count": 19, "next": None}


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer["items"]]


def test_notices_of_a_township_and_of_the_whole_county_that_are_not_over() -> None:
    store = demo_store()
    assert ids(store.notices("power_outage", None, NOON, EVERYTHING, "zh")) == ["power-qingshui", "power-shiqiao"]
    assert ids(store.notices("flood", "dawan", NOON, EVERYTHING, "zh")) == ["flood-county", "flood-dawan"]
    assert ids(store.notices("flood", "liulin", NOON, EVERYTHING, "zh")) == ["flood-county"]
    earlier = NOON - timedelta(days=2, minutes=1)
    assert "power-liulin-over" in ids(store.notices("power_outage", None, earlier, EVERYTHING, "zh"))
    starts = [item["starts_at"] for item in store.notices(None, None, NOON, EVERYTHING, "zh")["items"]]
    assert starts == sorted(starts)


def test_china_is_eight_hours_ahead() -> None:
    assert CHINA.utcoffset(None) == timedelta(hours=8)
