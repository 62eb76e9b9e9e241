"""The county of the demo backend: of a real size, sensible on any day, fit to be read aloud."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError

from backend_client.demo.seed import demo_rows, spoken_day
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
from tests.backend_client.support import TODAY


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
