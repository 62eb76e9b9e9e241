"""The demo backend in memory: languages, tags, lists, faults, and its data."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError
from treq.testing import StubTreq
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.web.client import ResponseFailed

from backend_client.demo.faults import FAULTS, FaultPlan, parse_faults
from backend_client.demo.seed import CHINA, demo_rows, spoken_day
from backend_client.demo.store import Store
from backend_client.demo.tables import (
    CaseRow,
    DepartmentRow,
    NoticeRow,
    PolicyRow,
    Row,
    SeedRow,
    ServiceItemRow,
)
from backend_client.results import CASE_STATUSES
from tests.backend_client.support import NOON, TODAY, demo_store, make_demo, result_of

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


def all_rows(day: date) -> list[dict[str, Any]]:
    return [
        {"table": row.__tablename__} | {column.key: getattr(row, column.key) for column in row.__table__.columns}
        for row in demo_rows(day)
    ]


def test_the_same_day_gives_the_same_data_and_another_day_another() -> None:
    assert all_rows(TODAY) == all_rows(TODAY)
    assert all_rows(TODAY) != all_rows(TODAY + timedelta(days=1))


@pytest.mark.parametrize("day", [date(2026, 2, 28), date(2028, 2, 28), date(2026, 12, 31), TODAY], ids=str)
def test_dates_are_sensible_on_any_day(day: date) -> None:
    rows: list[Row] = list(demo_rows(day))
    cases = [row for row in rows if isinstance(row, CaseRow)]
    assert {case.status for case in cases} == set(CASE_STATUSES)
    for case in cases:
        assert case.accepted_on < day
        assert all(each.weekday() < 5 for each in (case.accepted_on, case.expected_on) if each)
        assert bool(case.texts["zh"]["missing_documents"]) == (case.status == "needs_documents")
    for notice in (row for row in rows if isinstance(row, NoticeRow)):
        starts = datetime.fromisoformat(notice.starts_at)
        assert starts.utcoffset() == timedelta(hours=8)
        assert notice.ends_at is None or datetime.fromisoformat(notice.ends_at) > starts
        assert "{" not in notice.texts["zh"]["text"] + notice.texts["en"]["text"]


def test_codes_that_menus_name_are_there() -> None:
    rows = list(demo_rows(TODAY))
    items = {row.code for row in rows if isinstance(row, ServiceItemRow)}
    policies = {row.code for row in rows if isinstance(row, PolicyRow)}
    assert len(items) >= 15
    assert items >= {
        "id_card_replacement",
        "resident_pension",
        "medical_insurance",
        "elder_card",
        "subsistence_allowance",
    }
    assert policies >= {"elder_allowance", "grain_subsidy", "medical_reimbursement", "house_renovation"}


def test_the_county_is_of_the_size_of_a_real_one() -> None:
    rows = list(demo_rows(TODAY))
    items = [row for row in rows if isinstance(row, ServiceItemRow)]
    assert len(items) == 130
    assert sum(item.frequent for item in items) == 50
    departments = {row.texts["zh"]["name"] for row in rows if isinstance(row, DepartmentRow)}
    assert len(departments) == 18
    assert {item.texts["zh"]["department"] for item in items} == departments
    assert len({item.number for item in items}) == 130
    assert [item.frequent for item in items] == sorted((item.frequent for item in items), reverse=True)


def spoken_texts(language: str) -> list[str]:
    found: list[str] = []
    for row in demo_rows(TODAY):
        if isinstance(row, Row) and not isinstance(row, SeedRow):
            found += spoken(row.texts[language])  # type: ignore[attr-defined]
    return found


def spoken(value: Any) -> list[str]:
    """All that is said of a value, however deep; days and moments are not."""
    if isinstance(value, dict):
        return [text for name, each in value.items() if name not in ("until", "as_of") for text in spoken(each)]
    if isinstance(value, list):
        return [text for each in value for text in spoken(each)]
    return [value] if isinstance(value, str) and value else []


def test_chinese_texts_can_be_read_aloud_as_they_are() -> None:
    for text in spoken_texts("zh"):
        assert not re.search(r"[0-9A-Za-z<>{}%/()（）《》【】]", text), text
        for clause in re.split("[，。；：、！？]", text):
            assert len(clause) <= 24, f"too long for one breath: {clause}"


def test_english_texts_can_be_read_aloud_as_they_are() -> None:
    for text in spoken_texts("en"):
        assert not re.search(r"[<>{}%/()\u4e00-\u9fff]", text), text
        for sentence in re.split(r"[.;:?!]", text):
            assert len(sentence.split()) <= 30, f"too long: {sentence}"


@pytest.mark.parametrize(
    ("day", "chinese", "english"),
    [
        (date(2026, 11, 22), "十一月二十二号，星期天", "Sunday, November 22"),
        (date(2027, 1, 1), "一月一号，星期五", "Friday, January 1"),
        (date(2026, 10, 10), "十月十号，星期六", "Saturday, October 10"),
        (date(2026, 12, 30), "十二月三十号，星期三", "Wednesday, December 30"),
    ],
)
def test_days_are_spoken_as_people_say_them(day: date, chinese: str, english: str) -> None:
    assert (spoken_day(day, "zh"), spoken_day(day, "en")) == (chinese, english)


def test_data_in_a_file_is_kept_for_the_day_and_renewed_on_the_next(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "demo.sqlite"
    today = TODAY
    store = Store(file, lambda: today)
    before = store.case("20260001", "zh")
    written = file.stat().st_mtime_ns
    store.close()
    again = Store(file, lambda: today)
    assert again.case("20260001", "zh") == before
    assert file.stat().st_mtime_ns == written, "nothing is seeded twice on a day"
    today = TODAY + timedelta(days=10)
    after = again.case("20260001", "zh")
    assert after and before and after["expected_on"] > before["expected_on"]
    again.close()


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "demo.sqlite"
    file.write_text("this is not SQLite, " * 100)
    with pytest.raises(DatabaseError):
        Store(file, lambda: TODAY)


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


def test_china_is_eight_hours_ahead() -> None:
    assert CHINA.utcoffset(None) == timedelta(hours=8)
