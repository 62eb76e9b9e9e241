"""What people leave at the demo backend, and what they ask about themselves; every answer keeps the contract."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend_client.demo.appeals import progress
from backend_client.demo.left_tables import AppealRow
from backend_client.demo.recordings import LONGEST, read_recording
from backend_client.demo.seed import CHINA
from backend_client.demo.store import Store
from backend_client.demo.working_days import working_days_later
from backend_client.signing import sign
from tests.backend_client.support import NOON, TODAY
from tests.backend_client.test_contract import Demo

KEY = "0123456789abcdef"
LEFT_AT = "2026-11-22T11:58:00+08:00"
APPEAL = {"ticket": "6326100018", "kind": "complaint", "category": "road", "text": "路坏了", "left_at": LEFT_AT}
RECORDING = "recording-0123456789"


@pytest.fixture
def store() -> Store:
    return Store(None, lambda: TODAY)


@pytest.fixture
def demo(store: Store) -> Demo:
    return Demo(store=store)


def test_an_appeal_has_its_deadlines_and_goes_to_who_is_in_charge(demo: Demo) -> None:
    status, headers, appeal = demo.post("/v1/appeals", APPEAL, idempotency_key=KEY)
    assert status == 201
    assert "Idempotency-Replayed" not in headers
    assert (appeal["ticket"], appeal["status"], appeal["escalated"]) == ("6326100018", "received", False)
    # Left on a Sunday: one working day is Monday, five are Friday.
    assert appeal["contact_by"] == "2026-11-23T17:00:00+08:00"
    assert appeal["answer_by"] == "2026-11-27T17:00:00+08:00"
    assert demo.get("/v1/appeals/6326100018")[2] == appeal


def test_a_question_is_answered_sooner(demo: Demo) -> None:
    question = {**APPEAL, "kind": "question"}
    assert demo.post("/v1/appeals", question, idempotency_key=KEY)[2]["answer_by"] == "2026-11-25T17:00:00+08:00"


def test_the_same_key_does_nothing_twice(demo: Demo) -> None:
    first = demo.post("/v1/appeals", APPEAL, idempotency_key=KEY)
    again = demo.post("/v1/appeals", dict(reversed(APPEAL.items())), idempotency_key=KEY)
    assert again[2] == first[2]
    assert again[1]["Idempotency-Replayed"] == "true"
    other = demo.post("/v1/appeals", {**APPEAL, "text": "水断了"}, idempotency_key=KEY)
    assert (other[0], other[2]["type"]) == (422, "urn:xiangyin:problem:key-reused")
    taken = demo.post("/v1/appeals", APPEAL, idempotency_key=KEY + "2")
    assert (taken[0], taken[2]["type"]) == (409, "urn:xiangyin:problem:ticket-taken")


WRONG_APPEALS: list[tuple[dict[str, Any], str]] = [
    ({"text": None}, "body"),
    ({"ticket": "12"}, "ticket"),
    ({"ticket": "6326100018\n"}, "ticket"),
    ({"kind": "party"}, "kind"),
    ({"left_at": "yesterday"}, "left_at"),
    ({"left_at": "2026-11-22 11:58:00+08:00"}, "left_at"),
    ({"colour": "red"}, "colour"),
    ({"text": ""}, "text"),
    ({"text": 5}, "text"),
]


@pytest.mark.parametrize(("change", "place"), WRONG_APPEALS)
def test_a_wrong_appeal_is_refused(demo: Demo, change: dict[str, Any], place: str) -> None:
    status, _, body = demo.post("/v1/appeals", {**APPEAL, **change}, idempotency_key=KEY)
    assert status == 400
    assert [error["parameter"] for error in body["errors"]] == [place]


def test_what_is_missing_around_a_body_is_refused(demo: Demo) -> None:
    assert demo.post("/v1/appeals", APPEAL)[0] == 400
    assert demo.post("/v1/appeals", APPEAL, idempotency_key="short")[0] == 400
    assert demo.post("/v1/appeals", APPEAL, idempotency_key=KEY, content_type="text/plain")[0] == 415
    assert demo.post("/v1/appeals", [], idempotency_key=KEY)[0] == 400
    too_large = demo.ask("POST", "/v1/appeals", None, b"x" * 1_200_000, content_type="application/json")
    assert too_large[0] == 413


def piece(demo: Demo, sound: bytes, offset: int, size: int, **changes: str) -> tuple[int, Any]:
    query = {"offset": str(offset), "total": str(len(sound)), "sha256": hashlib.sha256(sound).hexdigest(), **changes}
    data = sound[offset : offset + size]
    status, _, body = demo.ask(
        "PUT", f"/v1/recordings/{RECORDING}", query, data, content_type="application/octet-stream"
    )
    return status, body


def test_a_recording_comes_in_pieces_that_may_come_twice(demo: Demo, store: Store) -> None:
    sound = bytes(range(256)) * 100
    with_recording = {**APPEAL, "recording": RECORDING}
    assert piece(demo, sound, 0, 10_000)[1]["received"] == 10_000
    assert demo.post("/v1/appeals", with_recording, idempotency_key=KEY)[2]["type"].endswith("recording-missing")
    assert piece(demo, sound, 0, 12_000)[1]["received"] == 12_000, "what is there already is not taken again"
    assert piece(demo, sound, 12_001, 100)[0] == 409
    assert demo.get(f"/v1/recordings/{RECORDING}")[2] == {
        "recording": RECORDING,
        "received": 12_000,
        "complete": False,
    }
    assert piece(demo, sound, 12_000, 20_000)[1]["complete"]
    assert piece(demo, sound, 12_000, 20_000)[1]["complete"]
    with store.session() as session:
        assert read_recording(session, RECORDING) == sound
    assert demo.post("/v1/appeals", with_recording, idempotency_key=KEY)[0] == 201


def test_a_recording_that_is_not_what_was_announced_is_thrown_away(demo: Demo) -> None:
    sound = b"sound" * 100
    assert piece(demo, sound, 0, 500, sha256="0" * 64)[1]["type"].endswith("wrong-digest")
    assert demo.get(f"/v1/recordings/{RECORDING}")[0] == 404
    assert piece(demo, sound, 0, 500)[1]["complete"]


def test_a_recording_of_forty_minutes_is_refused_at_its_first_piece(demo: Demo) -> None:
    assert piece(demo, b"sound", 0, 5, total=str(2 * LONGEST))[0] == 413


def test_an_appeal_moves_on_by_itself_and_is_rated_at_the_end(demo: Demo, store: Store) -> None:
    demo.post("/v1/appeals", {**APPEAL, "phone": "13800138009"}, idempotency_key=KEY)
    with store.session() as session:
        row = session.get(AppealRow, APPEAL["ticket"])
        assert row
        hours = [progress(row, NOON + timedelta(hours=hour)) for hour in range(0, 200, 2)]
    assert sorted(set(hours), key=hours.index) == ["received", "assigned", "contacted", "answered", "closed"]


def test_a_late_appeal_is_before_the_county(demo: Demo) -> None:
    late = demo.get("/v1/appeals/6305100031")[2]
    assert (late["status"], late["escalated"]) == ("assigned", True)
    assert "督办" in late["step"]


def test_reminders_are_counted_until_it_is_closed(demo: Demo) -> None:
    reminder = {"left_at": LEFT_AT}
    for count in (1, 2):
        answer = demo.post("/v1/appeals/6305100031/reminders", reminder, idempotency_key=f"{KEY}{count}")
        assert (answer[0], answer[2]["reminders"]) == (201, count)
    again = demo.post("/v1/appeals/6305100031/reminders", reminder, idempotency_key=f"{KEY}2")
    assert again[2]["reminders"] == 2
    assert demo.post("/v1/appeals/6301100043/reminders", reminder, idempotency_key=KEY)[0] == 409
    assert demo.post("/v1/appeals/9999999999/reminders", reminder, idempotency_key=KEY)[0] == 404


def outbound(demo: Demo) -> dict[str, Any]:
    return {call["id"]: call for call in demo.get("/v1/outbound-calls")[2]["items"]}


def test_closed_appeals_and_callbacks_are_to_be_called_until_they_are_done(demo: Demo) -> None:
    callback = {"ticket": "6326100026", "phone": "13800138008", "subject": "社保卡", "left_at": LEFT_AT}
    kept = demo.post("/v1/callbacks", callback, idempotency_key=KEY)
    assert (kept[0], kept[2]["status"], kept[2]["call_by"]) == (201, "waiting", "2026-11-23T17:00:00+08:00")
    calls = outbound(demo)
    assert calls["callback-6326100026"]["text"] == "社保卡"
    assert calls["rating-6301100043"]["purpose"] == "rating"
    result = {"outcome": "no_answer", "called_at": LEFT_AT}
    for number in range(3):
        answer = demo.post("/v1/outbound-calls/callback-6326100026/results", result, idempotency_key=f"{KEY}{number}")
    assert (answer[2]["tries"], answer[2]["status"]) == (3, "given_up")
    rating = {"about": "6301100043", "score": 4, "left_at": LEFT_AT}
    assert demo.post("/v1/ratings", rating, idempotency_key=KEY + "r")[0] == 201
    left = outbound(demo)
    assert "callback-6326100026" not in left
    assert "rating-6301100043" not in left
    assert demo.post("/v1/outbound-calls/nobody/results", result, idempotency_key=KEY + "n")[0] == 404


PERSON = {"id_last6": "23456X", "phone": "13800138002"}


def test_cases_of_a_person_repeat_who_was_asked_for(demo: Demo) -> None:
    found = demo.post("/v1/cases/search", {"id_last6": "012345", "phone": "13800138001"})[2]
    assert {case["number"] for case in found["items"]} == {"20260001", "20260004"}
    assert {case["applicant_id_last6"] for case in found["items"]} == {"012345"}
    assert demo.post("/v1/cases/search", {"id_last6": "012345", "phone": "13800138002"})[2]["count"] == 0


def test_five_wrong_pins_lock_the_person(demo: Demo) -> None:
    right = {**PERSON, "pin": "2468"}
    assert demo.post("/v1/cases/search", right)[0] == 200
    for pin in ("1111", "2222", "3333", "4444", None):
        wrong = PERSON if pin is None else {**PERSON, "pin": pin}
        status, _, body = demo.post("/v1/lookups/social-insurance", wrong)
        assert (status, body["type"]) == (403, "urn:xiangyin:problem:not-verified")
    status, headers, body = demo.post("/v1/cases/search", right)
    assert (status, body["type"], headers["Retry-After"]) == (429, "urn:xiangyin:problem:locked", "900")


LOOKUPS = [
    ("social-insurance", {"id_last6": "012345", "phone": "13800138001"}, 240000),
    ("medical-insurance", {"id_last6": "012345", "phone": "13800138001"}, 35050),
    ("traffic-violations", {**PERSON, "pin": "2468"}, 20000),
    ("phone-balance", {"phone": "13800138002"}, -560),
    ("electricity-bill", {"account": "60010001"}, 5600),
]


@pytest.mark.parametrize(("name", "body", "cents"), LOOKUPS)
def test_lookups_answer_about_who_asked(demo: Demo, name: str, body: dict[str, str], cents: int) -> None:
    answer = demo.post(f"/v1/lookups/{name}", body)[2]
    assert answer["amount_cents"] == cents
    assert answer["subject"] in body.values()
    nobody = {field: "99999X" if field == "id_last6" else "19999999999" for field in body if field != "pin"}
    assert demo.post(f"/v1/lookups/{name}", nobody)[0] == 404


def test_times_are_booked_given_back_and_never_twice(demo: Demo) -> None:
    slots = demo.get("/v1/slots", {"item": "passport", "day": "2026-11-24"})[2]
    assert slots["count"] == 6
    slot = slots["items"][0]
    numbers = []
    for key in ("a", "b"):
        booked = demo.post("/v1/appointments", {"slot": slot["id"], "phone": "13800138001"}, idempotency_key=KEY + key)
        assert (booked[0], booked[2]["starts_at"]) == (201, "2026-11-24T09:00:00+08:00")
        numbers.append(booked[2]["number"])
    full = demo.post("/v1/appointments", {"slot": slot["id"], "phone": "13800138001"}, idempotency_key=KEY + "c")
    assert (full[0], full[2]["type"]) == (409, "urn:xiangyin:problem:slot-taken")
    assert demo.get("/v1/slots", {"item": "passport", "day": "2026-11-24"})[2]["count"] == 5
    path = f"/v1/appointments/{numbers[0]}/cancellation"
    assert demo.post(path, {"phone": "13800138002"}, idempotency_key=KEY + "d")[0] == 404
    assert demo.post(path, {"phone": "13800138001"}, idempotency_key=KEY + "e")[2]["status"] == "cancelled"
    assert demo.get(f"/v1/appointments/{numbers[0]}")[2]["status"] == "cancelled"
    assert demo.get("/v1/slots", {"item": "passport", "day": "2026-11-24"})[2]["count"] == 6
    assert (
        demo.post("/v1/appointments", {"slot": "no-20261124-09", "phone": "123"}, idempotency_key=KEY + "f")[0] == 404
    )


def test_working_days_skip_the_weekend() -> None:
    friday = datetime(2026, 11, 20, 10, tzinfo=CHINA)
    assert working_days_later(friday, 1).isoformat() == "2026-11-23T17:00:00+08:00"
    assert working_days_later(friday, 5).isoformat() == "2026-11-27T17:00:00+08:00"


def test_changes_come_in_pages_and_then_only_what_is_new() -> None:
    today = TODAY
    store = Store(None, lambda: today)
    demo = Demo(store=store)
    keys, since = [], {}
    while True:
        answer = demo.get("/v1/changes/service-items", {"limit": "50", **since})[2]
        keys += [change["key"] for change in answer["changes"]]
        since = {"since": answer["token"]}
        if not answer["more"]:
            break
    assert len(keys) == len(set(keys)) == 130
    assert demo.get("/v1/changes/service-items", since)[2]["changes"] == []
    notices = demo.get("/v1/changes/notices")[2]
    today += timedelta(days=1)
    assert demo.get("/v1/changes/service-items", since)[2]["changes"] == []
    changed = demo.get("/v1/changes/notices", {"since": notices["token"]})[2]
    assert len(changed["changes"]) == len(notices["changes"]), "their dates count from today"


def test_a_signed_request_is_let_in_once(store: Store) -> None:
    secret = b"a secret of the county"
    demo = Demo(store=store, signing_key=secret)
    now = int(NOON.timestamp())

    def ask(signed_path: str, nonce: str, moment: int, path: str = "/v1/policies?limit=1") -> int:
        signature = sign(secret, "GET", signed_path, b"", key="gateway", time=moment, nonce=nonce)
        plain, _, query = path.partition("?")
        arguments = dict(each.split("=") for each in query.split("&")) if query else {}
        return demo.get(plain, arguments, authorization=signature.header())[0]

    assert ask("/v1/policies?limit=1", "n" * 16, now) == 200
    assert ask("/v1/policies?limit=1", "n" * 16, now) == 401, "a nonce is good once"
    assert ask("/v1/policies?limit=2", "m" * 16, now) == 401
    assert ask("/v1/policies?limit=1", "o" * 16, now - 301) == 401
    assert demo.get("/v1/policies")[0] == 401
    assert demo.get("/v1/policies", authorization="Bearer x")[0] == 401


def test_listing_is_quick_enough_for_a_caller(demo: Demo) -> None:
    started = time.perf_counter()
    demo.get("/v1/service-items", {"q": "补贴"})
    assert time.perf_counter() - started < 1
