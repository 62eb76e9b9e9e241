"""The work queues in the console: found by deadline, taken, worked on, closed; masked, guarded, written down."""

from __future__ import annotations

import re
import wave
from datetime import timedelta
from pathlib import Path

import pytest

from ivr.console.services import Undelivered
from ivr.console.townships import township_names
from ivr.storage.work_deeds import Doer
from tests.ivr.console.support import START, Browser, TestConsole
from tests.ivr.console.test_security import NASTY

NUMBER = "13800138001"


@pytest.fixture
def item(console: TestConsole) -> int:
    call = console.made_calls(1)[0].call
    details = {"appeal": "complaint", "township": "qingshui", "phone": NUMBER, "text": "路灯坏了"}
    return console.add_work(call, **details).id


def do(browser: Browser, item: int, deed: str, **form: str) -> int:
    return browser.send(f"/work/{item}", f"/work/{item}/{deed}", form).status


def test_the_list_says_what_is_urgent(console: TestConsole, item: int) -> None:
    browser = console.browser("operator")
    page = browser.get("/work").text
    assert "还剩" in page and "清水镇" in page and "6324100009" in page and "反映问题" in page
    console.time.advance(days=10)
    late = console.browser("operator").get("/work?overdue=1").text
    assert "超期" in late and "badge bad" in late
    for query in ("queue=callback", "whose=mine", "township=shiqiao", "state=closed", "ticket=1"):
        assert "6324100009" not in console.browser("operator").get(f"/work?{query}").text
    for query in ("queue=magic", "state=lost", "whose=all", "overdue=2", "after=zzz", "township=" + "x" * 300):
        assert console.browser("operator").get(f"/work?{query}").status == 400


def test_an_item_is_worked_on(console: TestConsole, item: int) -> None:
    browser = console.browser("operator")
    assert "我来办" in browser.get(f"/work/{item}").text
    assert do(browser, item, "take") == 303
    assert do(browser, item, "take") == 409
    assert do(browser, item, "transcript", text="村口的路灯坏了三天") == 303
    assert do(browser, item, "category", category="power") == 303
    assert do(browser, item, "contacted", text="已打电话") == 303
    assert do(browser, item, "note", text="已派人去修") == 303
    assert do(browser, item, "close", result="answered", text="修好了") == 303
    assert "还没有待办" not in browser.get("/work").text and "6324100009" not in browser.get("/work").text
    assert "6324100009" in browser.get("/work?state=closed").text
    page = browser.get(f"/work/{item}").text
    assert "已派人去修" in page and "修好了" in page and "供电" in page


def test_what_was_left_is_shown_for_a_reason_only(console: TestConsole, item: int) -> None:
    call_id = console.office.work.item(item).call_id
    other = console.browser("supervisor")
    do(other, item, "hand-over", to="operator")
    browser = console.browser("operator")
    do(browser, item, "transcript", text="村口的路灯坏了三天")
    for text in (NUMBER, "路灯坏了"):
        assert text not in browser.get(f"/work/{item}").text
        assert text not in browser.get("/work").text
    assert browser.send(f"/work/{item}", f"/work/{item}/reveal", {"reason": " "}).status == 400
    assert browser.send(f"/work/{item}", f"/work/{item}/reveal", {"reason": "回电核实地点"}).status == 303
    page = browser.get(f"/work/{item}").text
    assert NUMBER in page and "村口的路灯坏了三天" in page
    entry = console.office.audit.entries(action="revealed")[0]
    assert (entry.who, entry.subject, entry.detail) == ("operator", call_id, "回电核实地点")
    assert NUMBER not in other.get(f"/work/{item}").text, "the reason of one is not that of another"
    console.time.advance(minutes=31)
    assert NUMBER not in console.browser("operator").get(f"/work/{item}").text


def test_the_recording_is_beside_the_words(console: TestConsole, item: int, tmp_path: Path) -> None:
    found = console.office.work.item(item)
    (tmp_path / "recordings").mkdir()
    for name in (found.recordings, f"{found.call_id}-3.wav"):
        with wave.open(str(tmp_path / "recordings" / name), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(b"\x00\x10" * 800)
    browser = console.browser("operator")
    assert "<audio" not in browser.get(f"/work/{item}").text
    browser.send(f"/work/{item}", f"/work/{item}/reveal", {"reason": "听录音核实"})
    page = browser.get(f"/work/{item}").text
    sounds = re.findall(r'<audio[^>]+src="([^"]+)"', page)
    assert len(sounds) == 1, "only what belongs to it"
    assert browser.get(sounds[0]).headers["content-type"] == "audio/wav"


def test_a_machine_writes_a_draft_that_a_person_mends(console: TestConsole, item: int, tmp_path: Path) -> None:
    browser = console.browser("operator")
    do(browser, item, "take")
    assert do(browser, item, "draft") == 404, "there is no recording"
    found = console.office.work.item(item)
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / found.recordings).write_bytes(b"sound")
    console.typist.trouble = OSError("busy")
    assert do(browser, item, "draft") == 503
    console.typist.trouble = None
    assert do(browser, item, "draft") == 404, "nothing was understood"
    console.typist.text = "村口的路灯坏了"
    assert do(console.browser("supervisor"), item, "draft") == 409, "who has it decides"
    assert do(browser, item, "draft") == 303
    assert console.typist.asked[-1] == (found.recordings, found.language)
    browser.send(f"/work/{item}", f"/work/{item}/reveal", {"reason": "听录音核实"})
    assert "机器写的，请边听边改" in browser.get(f"/work/{item}").text
    assert do(browser, item, "draft") == 409, "what is there is not written over"
    do(browser, item, "transcript", text="村口的路灯坏了三天")
    assert console.office.work.item(item).transcript_by == "operator"


def test_nobody_else_works_on_what_somebody_has_taken(console: TestConsole, item: int) -> None:
    console.office.accounts.add("second", "二号", "operator", console.office.accounts.person("operator").password)
    browser, second = console.browser("operator"), console.browser()
    second.sign_in("second")
    do(browser, item, "take")
    page = second.get(f"/work/{item}").text
    assert "/note" not in page and "/close" not in page
    key = second.form_key("/work")
    for deed in ("take", "note", "contacted", "category", "transcript", "hand-over", "put-back", "close"):
        form = {"form_key": key, "text": "x", "category": "road", "to": "second", "result": "answered"}
        assert second.post(f"/work/{item}/{deed}", form).status == 409, deed
    assert second.post(f"/work/{item}/reopen", {"form_key": key, "text": "x"}).status in (403, 409)
    assert console.office.work.item(item).taken_by == "operator"
    assert do(browser, item, "hand-over", to="second", text="他去现场") == 303
    assert second.send(f"/work/{item}", f"/work/{item}/close", {"result": "answered"}).status == 303
    # What is closed is opened again by who oversees, and by nobody else.
    assert second.post(f"/work/{item}/reopen", {"form_key": key, "text": "又坏了"}).status == 403
    assert do(console.browser("supervisor"), item, "reopen", text="又坏了") == 303


@pytest.mark.parametrize("role", ["author", "auditor", "administrator"])
def test_other_roles_see_no_work(console: TestConsole, item: int, role: str) -> None:
    browser = console.browser(role)
    for path in ("/work", f"/work/{item}", "/outbox"):
        assert browser.get(path).status == 403
    call_id = console.office.work.item(item).call_id
    assert f"/work/{item}" not in browser.get(f"/calls/{call_id}").text
    assert 'href="/work"' not in browser.get("/calls").text


def test_bad_forms_change_nothing(console: TestConsole, item: int) -> None:
    browser = console.browser("operator")
    do(browser, item, "take")
    before = console.office.work.item(item), console.office.work.notes(item)
    assert do(browser, item, "note", text=" ") == 400
    assert do(browser, item, "note", text="x" * 2001) == 400
    assert do(browser, item, "category", category="magic") == 400
    assert do(browser, item, "close", result="magic") == 400
    assert do(browser, item, "hand-over", to="auditor") == 400
    assert do(browser, item, "explode") == 404
    for strange in ("0", "99", "x", "1" * 30, "٣"):
        assert browser.get(f"/work/{strange}").status == 404
    assert (console.office.work.item(item), console.office.work.notes(item)) == before


def test_nothing_that_others_write_becomes_markup(console: TestConsole) -> None:
    call = console.made_calls(1)[0].call
    nasty = dict.fromkeys(("appeal", "township", "category", "preferred_time", "phone", "text", "reason"), NASTY)
    number = console.add_work(call, **nasty).id
    console.outbox.waiting = [Undelivered(NASTY, NASTY, NASTY, START, True, 1, START, NASTY)]
    browser = console.browser("supervisor")
    do(browser, number, "take")
    for deed in ("note", "transcript", "contacted"):
        assert do(browser, number, deed, text=NASTY) == 303
    browser.send(f"/work/{number}", f"/work/{number}/reveal", {"reason": NASTY})
    for path in ("/work", f"/work/{number}", "/outbox", f"/calls/{call.id}", f"/work?township={NASTY[:20]}"):
        page = browser.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.text and "<img src=x" not in page.text
    assert "&lt;script&gt;alert(1)" in browser.get(f"/work/{number}").text


def test_a_call_is_sent_to_review(console: TestConsole) -> None:
    call = console.made_calls(1)[0].call
    browser = console.browser("operator")
    path = f"/calls/{call.id}"
    reply = browser.send(path, f"{path}/review", {"why": "客人说听不清"})
    assert reply.status == 303
    assert "有人请求" in browser.get(reply.headers["location"]).text
    assert reply.headers["location"] in browser.get(path).text


def test_calls_that_wait_to_be_called_back(console: TestConsole) -> None:
    calls = [record.call for record in console.made_calls(40)]
    waits, done = calls[3], calls[5]
    console.add_work(waits, "callback", number=NUMBER)
    closed = console.add_work(done, "callback", token=10, number=NUMBER)
    console.office.deeds.review(calls[7], Doer("operator"), "")
    browser = console.browser("operator")
    do(browser, closed.id, "take")
    do(browser, closed.id, "close", result="answered")
    page = browser.get("/calls?call_back=1").text
    assert set(re.findall(r'href="/calls/([\w-]+)"', page)) == {waits.id}
    assert f"/calls/{waits.id}" in browser.get(f"/calls?call_back=1&outcome={waits.outcome}").text
    other = next(outcome for outcome in ("served", "lost") if outcome != waits.outcome)
    assert waits.id not in browser.get(f"/calls?call_back=1&outcome={other}").text


def test_what_is_not_delivered_is_seen_and_sent_again(console: TestConsole) -> None:
    console.outbox.waiting = [
        Undelivered("6324100017", "appeal", "c1", START, False, 3, START + timedelta(minutes=5), "unreachable"),
        Undelivered("6324100025", "callback", "c2", START, True, 1, START, "422 phone"),
    ]
    console.outbox.messages = 4
    browser = console.browser("operator")
    page = browser.get("/outbox").text
    assert page.index("6324100025") < page.index("6324100017"), "what a person must look at comes first"
    assert "4 条短信" in page and "422 phone" in page
    assert browser.send("/outbox", "/outbox/6324100025/retry", {}).status == 303
    assert console.outbox.retried == ["6324100025"]
    assert console.office.audit.entries(action="outbox_retried")[0].subject == "6324100025"
    assert browser.send("/outbox", "/outbox/6324199999/retry", {}).status == 404
    console.outbox.trouble = OSError("disk full")
    broken = browser.get("/outbox")
    assert broken.status == 503 and "disk full" in broken.text


def test_townships_have_the_names_of_the_menus(console: TestConsole) -> None:
    names = township_names(console.services.menus(), "zh")
    assert names["qingshui"] == "清水镇"
    assert township_names(console.services.menus(), "en")["qingshui"] == "Qingshui"
    assert township_names(None, "zh") == {}
