"""Dialogues in real calls, until the backend has what came of them: a complaint with its recording, wrong tries about a
person that lock across calls, notices and a case while the link is down, and a call that the gateway itself places.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from audio import wav
from speech.spoken import Speaker
from tests.system.caller import RATE, Caller, humming
from tests.system.rawphone import RawPhone
from tests.system.running import Running, free_port, gateway

pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(600)]
ALIKE = 0.6
CALLER = "13900001234"
#: Who is called by the gateway, and where their telephone is.
CALLED, CALLED_AT = "13700137000", free_port()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings: dict[str, Any] = {
        # Speech is not understood here: what is said at the complaint goes to people, and keys do the rest.
        "hearing": {"enabled": False},
        "answers": {"wrong_tries": 3, "languages": ["zh"]},
        "console": {"enabled": False},
        "outbound": {
            "enabled": True,
            "uri": f"sip:{{number}}@127.0.0.1:{CALLED_AT}",
            "numbers": [CALLED],
            "hours": "00:00-24:00",
            "weekends": True,
            "look_every_s": 1,
            "port": free_port(),
            "rtp_port_first": 42000 + free_port() % 1000 * 2,
        },
    }
    with gateway(tmp_path_factory.mktemp("gateway"), settings, good_voice=False) as started:
        yield started


@pytest.fixture(scope="module")
def voice() -> NDArray[np.int16]:
    return humming(2.0)


def likeness(heard: NDArray[Any], said: NDArray[Any]) -> float:
    """How much the loudness of the best fitting stretch of what was heard goes like what was said: 1 is the same.

    Loudness, not waveform, and of one second: PJSIP's jitter buffer leaves out 10 ms each 200 ms while it catches up
    with a call that began late, and what is still in it when the caller hangs up is never heard.
    """
    whole, part = loudness(heard), loudness(said)
    found = [np.corrcoef(whole[at : at + len(part)], part)[0, 1] for at in range(len(whole) - len(part) + 1)]
    return max((float(one) for one in found if np.isfinite(one)), default=0.0)


def loudness(samples: NDArray[Any]) -> NDArray[np.float64]:
    """Level of each 20 ms; the added hum of 1 keeps silence from being flat."""
    frames = samples[: len(samples) // 160 * 160].astype(np.float64).reshape(-1, 160)
    return np.asarray(np.sqrt((frames**2).mean(axis=1)) + np.random.default_rng(1).random(len(frames)), np.float64)


def until(what: Callable[[], Any], why: str, timeout: float = 60.0) -> Any:
    """What another process writes, as soon as it is there: looking again is the only way to see it."""
    deadline = time.monotonic() + timeout
    while not (found := what()):
        assert time.monotonic() < deadline, why
        time.sleep(0.1)
    return found


@contextmanager
def link_down(running: Running) -> Iterator[None]:
    """The backend closes every connection without an answer."""
    running.ask_demo("PUT", "/admin/faults", {"faults": "drop"})
    try:
        yield
    finally:
        running.ask_demo("DELETE", "/admin/faults")


def in_demo(running: Running, question: str, *values: str) -> list[Any]:
    """Rows of the demo backend's database."""
    with closing(sqlite3.connect(running.data / "demo" / "backend.sqlite", timeout=10)) as database:
        database.row_factory = sqlite3.Row
        return database.execute(question, values).fetchall()


def delivered(running: Running, ticket: str) -> Any:
    """The appeal at the backend, once it is there."""
    rows = until(lambda: in_demo(running, "SELECT * FROM appeals WHERE ticket = ?", ticket), f"{ticket} did not arrive")
    return rows[0]


def appeals(running: Running) -> int:
    return len(in_demo(running, "SELECT ticket FROM appeals"))


def recording(running: Running, name: str, folder: Path) -> NDArray[Any]:
    """A recording as the backend has it."""
    pieces = in_demo(running, "SELECT data FROM recording_pieces WHERE recording = ? ORDER BY offset", name)
    file = folder / f"{name}.wav"
    file.write_bytes(b"".join(piece["data"] for piece in pieces))
    return wav.read(file).samples


def left(running: Running) -> list[dict[str, Any]]:
    """What lies in the outbox, the latest first."""
    with closing(sqlite3.connect(running.data / "outbox" / "outbox.sqlite", timeout=10)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM entries ORDER BY number DESC")]


def test_a_complaint_is_heard_back_kept_ticketed_and_delivered(
    running: Running, voice: NDArray[np.int16], tmp_path: Path
) -> None:
    earlier = appeals(running)
    with RawPhone(user=CALLER) as phone:
        caller = Caller(running, phone)
        caller.complain(voice)
        caller.until("recorded", cause="silence")
        asked = time.time()
        phone.press("2")
        caller.until("played", purpose="recording", ended="finished")
        assert likeness(phone.heard(asked), voice[:RATE]) > ALIKE
        phone.press("1")
        caller.until("left", kind="appeal", status="kept")
        ticket = left(running)[0]["reference"]
        caller.press({"after_kept": "2"})
        caller.until("sent", channel="sms", outcome="sent")
        phone.hang_up()
    (recorded,) = caller.told("recorded")
    assert 2000 <= recorded["duration_ms"] <= 5000
    spoken = Speaker().say(ticket, "digits")
    assert any(spoken in played["text"] for played in caller.told("played")), f"{spoken} was not said"

    appeal = delivered(running, ticket)
    assert (appeal["kind"], appeal["township"], appeal["phone"]) == ("complaint", "qingshui", CALLER)
    assert appeals(running) == earlier + 1
    assert likeness(recording(running, appeal["recording"], tmp_path), voice[:RATE]) > ALIKE
    ((to, text),) = in_demo(running, "SELECT receiver, text FROM text_messages")
    assert to == CALLER and ticket in text


def test_who_hangs_up_while_they_speak_has_left_it(running: Running, voice: NDArray[np.int16], tmp_path: Path) -> None:
    earlier = appeals(running)
    with RawPhone(user=CALLER) as phone:
        caller = Caller(running, phone)
        caller.complain(voice)
        phone.hang_up()
    until(lambda: "kept" in [one["status"] for one in caller.told("left")], "what was said was not kept")
    assert [recorded["cause"] for recorded in caller.told("recorded")] == ["hangup"]
    appeal = delivered(running, left(running)[0]["reference"])
    assert appeals(running) == earlier + 1
    assert likeness(recording(running, appeal["recording"], tmp_path), voice[:RATE]) > ALIKE


def test_wrong_tries_about_a_person_lock_across_calls(running: Running) -> None:
    with RawPhone(user=CALLER) as phone:
        caller = Caller(running, phone)
        caller.press({"main_menu": "5", "more_menu": "3", "ask_what": "1"})
        for guess in range(1, 4):
            caller.press({"ask_identity": f"01234{guess}", "ask_phone": "13800138001#"}, times=guess)
            caller.until("backend", guess, operation="find_cases", status="ok")
        caller.until("step_entered", node="say_give_up")
        phone.hang_up()
    with RawPhone(user="13900005678") as phone:
        caller = Caller(running, phone)
        caller.press({"main_menu": "5", "more_menu": "3", "ask_what": "1"})
        caller.press({"ask_identity": "012345", "ask_phone": "13800138001#"})
        caller.until("backend", operation="find_cases", status="locked")
        caller.press({"other_ways": "9"})
        phone.hang_up()
    typed = json.dumps(running.journal(), ensure_ascii=False)
    assert "012345" not in typed and "13800138001" not in typed, "nobody reads in the journal what was typed"


def test_notices_and_a_case_are_told_while_the_link_is_down(running: Running) -> None:
    content = running.data / "answers" / "content.sqlite"
    until(lambda: content.exists() and stored_notices(content), "nothing was synchronised")
    with RawPhone(user=CALLER) as phone:
        caller = Caller(running, phone)
        caller.press({"main_menu": "1", "ask_number": "20260001"})
        caller.until("backend", operation="get_case", status="ok")
        with link_down(running):
            caller.press({"after_text": "9"})
            caller.press({"main_menu": "4"}, times=2)
            caller.press({"notice_menu": "1", "place_menu": "1"})
            caller.until("backend", operation="list_notices", status="ok")
            caller.until("step_entered", node="say_notices")
            caller.press({"after_notices": "9"})
            caller.press({"main_menu": "1"}, times=3)
            caller.press({"ask_number": "20260001"}, times=2)
            caller.until("step_entered", node="say_age")
            caller.until("step_entered", 2, node="say_state")
        phone.hang_up()


def test_a_telephone_with_a_display_shows_the_answer(running: Running) -> None:
    with RawPhone(user=CALLER, display=True) as phone:
        caller = Caller(running, phone)
        caller.press({"main_menu": "1", "ask_number": "20260001", "after_text": "3"})
        caller.until("sent", channel="any", outcome="sent")
        phone.hang_up()
    (message,) = [one for one in phone.messages if one.method == "MESSAGE" and not one.status]
    assert message.get("content-type").startswith("text/plain")
    assert "高龄补贴" in message.body
    assert not in_demo(running, "SELECT * FROM text_messages WHERE text LIKE '%高龄补贴%'"), (
        "and no text message is sent"
    )


def stored_notices(content: Path) -> int:
    with closing(sqlite3.connect(f"file:{content}?mode=ro", uri=True, timeout=10)) as store:
        (found,) = store.execute("SELECT count(*) FROM content WHERE collection = 'notices'").fetchone()
        return int(found)


def test_the_gateway_calls_for_a_mark_and_never_again_when_it_has_it(running: Running) -> None:
    ticket = "6326099990"
    left_at = datetime.now().astimezone().isoformat()
    appeal = {"ticket": ticket, "kind": "complaint", "phone": CALLED, "text": "路坏了。", "left_at": left_at}
    with RawPhone(user=CALLED, sip_port=CALLED_AT) as phone:
        person = Caller(running, phone, dials=False)
        running.ask_demo("POST", "/v1/appeals", appeal, key="system-test-appeal")
        running.ask_demo("PUT", f"/admin/appeals/{ticket}", {"status": "closed"})
        invite = phone.await_call(60.0)
        assert invite.first_line.startswith(f"INVITE sip:{CALLED}@127.0.0.1:{CALLED_AT} ")
        person.press({"ask_rating": "1", "rate": "5"})
        person.until("left", kind="rating", status="kept")
        phone.run(lambda: phone.ended_by_other, 60.0)
    (played,) = [one["text"] for one in person.told("played") if "不会问您的密码" in one["text"]]
    assert played
    until(lambda: tries(running) == [(f"rating-{ticket}", "talked", 1)], "the result was not reported")
    assert until(lambda: in_demo(running, "SELECT score FROM ratings WHERE about = ?", ticket), "no mark")[0][0] == 5
    listed = json.loads(running.ivr("outbound", "list", "--json"))
    assert {call["verdict"] for call in listed} == {"wrong_number"}, "the others are of no kind that may be called"


def tries(running: Running) -> list[tuple[str, str, int]]:
    """What the gateway knows of the calls that it has placed."""
    with closing(sqlite3.connect(running.data / "outbound" / "outbound.sqlite", timeout=10)) as database:
        return database.execute("SELECT wanted, outcome, reported FROM tries").fetchall()
