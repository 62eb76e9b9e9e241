"""What attackers try: forged forms, other people's rights, markup in data, paths, headers, formulas."""

from __future__ import annotations

import io
import re
import shutil
import wave
import zipfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from ivr.console.exports import harmless
from ivr.console.recordings import recording_file
from ivr.console.roles import ROLES as RIGHTS
from ivr.console.roles import may
from ivr.console.routes import ROUTES, Route
from ivr.privacy import SealedFiles
from ivr.storage.entries import CallEntry, CallRecord, StepEntry
from tests.ivr.console.support import ROLES, START, TestConsole

NASTY = "\"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'=1+1"


def nasty_call(console: TestConsole) -> CallRecord:
    """A call in which everything that others can write is an attack."""
    made = console.made_calls(1)[0]
    step = StepEntry(
        call_id=made.call.id,
        step=1,
        entered_at=START,
        tree=NASTY,
        node=NASTY,
        kind="menu",
        prompt=NASTY,
        moments=(
            {"ms": 1, "what": "said", "text": NASTY, "ended": NASTY, "played_ms": 1, "total_ms": 1, "late_clauses": 0},
            {
                "ms": 2,
                "what": "input",
                "input": NASTY,
                "option": NASTY,
                "outcome": NASTY,
                "key_source": NASTY,
                "attempt": 1,
            },
            {"ms": 3, "what": "backend", "operation": NASTY, "status": NASTY, "took_ms": 1},
            {"ms": 4, "what": "transfer", "target": NASTY, "outcome": NASTY, "took_ms": 1},
            {"ms": 5, "what": NASTY},
        ),
    )
    call: CallEntry = replace(
        made.call,
        id="20261120-000000-ffffff",
        caller_masked=NASTY,
        user_agent=NASTY,
        dialled=NASTY,
        tree=NASTY,
        last_tree=NASTY,
        last_node=NASTY,
        menu_revision=NASTY,
        language=NASTY,
        end_reason=NASTY,
        transfer_outcome=NASTY,
        codec=NASTY,
        key_source=NASTY,
        worker=NASTY,
    )
    heard = {"id": NASTY, "phrase": NASTY, "confidence": 0.9, "mergers": [NASTY]}
    spoken = {"what": "input", "input": NASTY, "outcome": "match", "option": "1", "key_source": "speech"}
    said = {**spoken, "ms": 6, "attempt": 1, "band": "accept", "confidence": 0.9, "candidates": [heard]}
    steps = {
        1: replace(step, call_id=call.id),
        2: StepEntry(call.id, 2, entered_at=START, tree="hotline", node=NASTY, language="zh", moments=(said,)),
    }
    return console.add_calls([CallRecord(call, steps)])[0]


class TestMarkup:
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_nothing_that_others_write_becomes_markup(self, console: TestConsole, language: str) -> None:
        call = nasty_call(console).call
        browser = console.browser("supervisor")
        browser.cookies["xiangyin_look"] = f"{language}.dark"
        for path in (f"/calls/{call.id}", "/calls", "/reports?until=2026-11-20", "/reports/month/2026-11"):
            page = browser.get(path)
            assert page.status == 200
            assert "&lt;script&gt;alert(1)" in page.text
            assert "<script>alert" not in page.text
            assert "<img src=x" not in page.text

    def test_nor_does_what_stands_in_the_address(self, console: TestConsole) -> None:
        page = console.browser("supervisor").get("/calls?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        assert page.status == 400
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;" in page.text

    def test_pages_may_run_only_our_script(self, console: TestConsole) -> None:
        page = console.browser("operator").get("/calls")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["cache-control"] == "no-store"
        assert "style=" not in page.text
        assert "<script>" not in page.text
        assert not re.search(r"<[^>]+\son[a-z]+=", page.text)


class TestForgedForms:
    @pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "POST" and r.needs], ids=lambda r: r.path)
    def test_a_form_without_its_key_does_nothing(self, console: TestConsole, route: Route) -> None:
        role = next(role for role in ROLES if may(role, route.needs))  # type: ignore[arg-type]
        browser = console.browser(role)
        path = route.path.replace("<call_id>", "x").replace("<name>", "operator")
        for key in ({}, {"form_key": "guessed"}):
            reply = browser.post(path, {"what": "disable", **key})
            assert reply.status == 403
            assert "表单" in reply.text

    def test_a_form_of_another_site_is_refused(self, console: TestConsole) -> None:
        browser = console.browser("operator")
        key = browser.form_key("/calls")
        assert browser.post("/sign-out", {"form_key": key}, Origin="https://evil.test").status == 403
        assert browser.post("/sign-out", {"form_key": key}, Sec_Fetch_Site="cross-site").status == 403
        assert browser.get("/calls").status == 200
        assert browser.post("/sign-out", {"form_key": key}, Origin="http://console.test").status == 303

    def test_the_key_of_somebody_else_is_no_key(self, console: TestConsole) -> None:
        other = console.browser("supervisor").form_key("/calls")
        assert console.browser("operator").post("/sign-out", {"form_key": other}).status == 403

    def test_nothing_is_changed_by_a_get(self, console: TestConsole) -> None:
        assert console.browser("operator").get("/sign-out").status == 405


class TestRights:
    @pytest.mark.parametrize("role", ROLES)
    def test_every_page_is_closed_to_roles_without_its_permission(self, console: TestConsole, role: str) -> None:
        browser = console.browser(role)
        call = console.made_calls(1)[0].call
        key = browser.form_key("/account")
        closed = [route for route in ROUTES if route.needs and not may(role, route.needs)]
        assert closed
        for route in closed:
            path = route.path.replace("<call_id>", call.id).replace("<name>", "operator").replace("<tree>", "hotline")
            path = path.replace("<item>", "1").replace("<deed>", "take").replace("<ticket>", "6324100090")
            reply = browser.get(path) if route.method == "GET" else browser.post(path, {"form_key": key})
            assert reply.status == 403, route

    @pytest.mark.parametrize("route", [r for r in ROUTES if r.needs], ids=lambda r: f"{r.method} {r.path}")
    def test_every_page_is_closed_to_nobody(self, console: TestConsole, route: Route) -> None:
        browser = console.browser()
        reply = browser.get(route.path) if route.method == "GET" else browser.post(route.path)
        assert reply.status == 303
        assert reply.headers["location"].startswith("/sign-in")

    def test_a_role_that_does_not_exist_may_nothing(self) -> None:
        assert not may("root", "signed_in")
        assert set(RIGHTS) == set(ROLES)

    def test_nobody_takes_their_own_rights_away(self, console: TestConsole) -> None:
        browser = console.browser("administrator")
        reply = browser.send("/people", "/people/administrator", {"what": "disable"})
        assert reply.status == 400

    def test_saved_views_are_ones_own(self, console: TestConsole) -> None:
        browser = console.browser("operator")
        form = {"name": "我的视图", "query": "outcome=lost"}
        assert browser.send("/calls", "/calls/views", form).status == 303
        assert "我的视图" in browser.get("/calls").text
        other = console.browser("supervisor")
        assert "我的视图" not in other.get("/calls").text
        other.send("/calls", "/calls/views/forget", {"name": "我的视图"})
        assert "我的视图" in browser.get("/calls").text


class TestWhatIsMasked:
    def test_a_number_is_shown_for_a_reason_only(self, console: TestConsole) -> None:
        call = console.made_calls(1)[0].call
        number = console.key.unseal(call.caller_sealed)
        browser = console.browser("operator")
        assert number not in browser.get(f"/calls/{call.id}").text
        path = f"/calls/{call.id}"
        assert browser.send(path, f"{path}/reveal", {"reason": " "}).status == 400
        assert console.office.audit.entries(action="revealed") == []
        page = browser.send(path, f"{path}/reveal", {"reason": "回电核实住址"})
        assert number in page.text
        entry = console.office.audit.entries(action="revealed")[0]
        assert (entry.who, entry.subject, entry.detail) == ("operator", call.id, "回电核实住址")
        assert number not in browser.get(path).text

    def test_the_number_stands_in_no_list_and_no_export(self, console: TestConsole) -> None:
        call = console.made_calls(1)[0].call
        number = console.key.unseal(call.caller_sealed)
        browser = console.browser("supervisor")
        for kind in ("csv", "xlsx"):
            export = browser.send("/calls", "/calls/export", {"query": "", "kind": kind})
            assert number.encode() not in export.body
            assert call.caller_sealed.encode() not in export.body


class TestRecordings:
    @pytest.fixture
    def sound(self, console: TestConsole, tmp_path: Path) -> tuple[str, str]:
        call = console.made_calls(1)[0].call
        folder = console.services.recordings / call.id
        folder.mkdir(parents=True)
        with wave.open(str(folder / "call.wav"), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(b"\x00\x10\x00\x20" * 8000)
        (tmp_path / "secret.wav").write_bytes(b"RIFFsecret")
        (console.services.recordings / "other").mkdir()
        (console.services.recordings / "other" / "call.wav").write_bytes(b"RIFFother")
        return call.id, f"/calls/{call.id}/recordings/call.wav"

    def test_is_heard_by_those_who_said_why(self, console: TestConsole, sound: tuple[str, str]) -> None:
        call_id, path = sound
        browser = console.browser("operator")
        assert browser.get(path).status == 403
        assert "<svg" in browser.get(f"/calls/{call_id}").text
        browser.send(f"/calls/{call_id}", f"/calls/{call_id}/reveal", {"reason": "核对投诉内容"})
        part = browser.get(path, Range="bytes=0-3")
        assert (part.status, part.body, part.headers["content-type"]) == (206, b"RIFF", "audio/wav")
        console.time.advance(minutes=29)
        assert browser.get(path, Range="bytes=4-7").status == 206
        console.time.advance(minutes=2)
        assert browser.get(path).status == 403

    def test_a_sealed_one_is_seen_and_heard_from_any_place(self, console: TestConsole, sound: tuple[str, str]) -> None:
        call_id, path = sound
        file = console.services.recordings / call_id / "call.wav"
        plain = file.read_bytes()
        SealedFiles(console.key_file).seal(file, file)
        browser = console.browser("operator")
        browser.send(f"/calls/{call_id}", f"/calls/{call_id}/reveal", {"reason": "核对投诉内容"})
        assert "<svg" in browser.get(f"/calls/{call_id}").text and file.read_bytes() != plain
        assert browser.get(path).body == plain
        part = browser.get(path, Range="bytes=16000-")
        assert (part.body, part.headers["content-range"]) == (
            plain[16000:],
            f"bytes 16000-{len(plain) - 1}/{len(plain)}",
        )

    def test_one_that_no_key_of_ours_opens_is_said_to_be_locked(
        self, console: TestConsole, sound: tuple[str, str], tmp_path: Path
    ) -> None:
        call_id, path = sound
        file = console.services.recordings / call_id / "call.wav"
        SealedFiles(tmp_path / "other.key").seal(file, file)
        browser = console.browser("operator")
        browser.send(f"/calls/{call_id}", f"/calls/{call_id}/reveal", {"reason": "核对投诉内容"})
        assert browser.get(f"/calls/{call_id}").status == 200
        assert (browser.get(path).status, "密钥" in browser.get(path).text) == (404, True)

    @pytest.mark.parametrize(
        "name",
        ["../secret.wav", "..%2Fsecret.wav", "%2e%2e/secret.wav", "....//secret.wav", "/etc/passwd"],
    )
    def test_no_path_leads_out(self, console: TestConsole, sound: tuple[str, str], name: str) -> None:
        call_id, _ = sound
        browser = console.browser("operator")
        browser.send(f"/calls/{call_id}", f"/calls/{call_id}/reveal", {"reason": "核对投诉内容"})
        reply = browser.get(f"/calls/{call_id}/recordings/{name}")
        assert reply.status in (400, 404)
        assert b"RIFFsecret" not in reply.body

    def test_nor_does_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "out.wav").write_bytes(b"RIFF")
        folder = tmp_path / "recordings" / "c1"
        folder.mkdir(parents=True)
        (folder / "link.wav").symlink_to(tmp_path / "out.wav")
        assert recording_file(tmp_path / "recordings", "c1", "link.wav") is None
        assert recording_file(tmp_path / "recordings", "..", "out.wav") is None

    def test_a_missing_or_broken_one_does_not_hide_the_call(self, console: TestConsole, sound: tuple[str, str]) -> None:
        call_id, _ = sound
        file = console.services.recordings / call_id / "call.wav"
        file.write_bytes(b"RIFF broken")
        page = console.browser("operator").get(f"/calls/{call_id}")
        assert page.status == 200
        assert 'class="wave"' not in page.text
        assert "welcome" in page.text or "来电" in page.text
        file.unlink()
        page = console.browser("operator").get(f"/calls/{call_id}")
        assert page.status == 200
        assert "welcome" in page.text or "来电" in page.text

    def test_a_file_whose_name_is_an_attack_is_not_shown(self, console: TestConsole, sound: tuple[str, str]) -> None:
        call_id, _ = sound
        file = console.services.recordings / call_id / "call.wav"
        shutil.copy(file, file.with_name('"><img src=x onerror=alert(1)>.wav'))
        browser = console.browser("operator")
        browser.send(f"/calls/{call_id}", f"/calls/{call_id}/reveal", {"reason": "核对投诉内容"})
        page = browser.get(f"/calls/{call_id}").text
        assert page.count("<audio") == 1
        assert "onerror" not in page


class TestRequests:
    def test_a_body_that_is_too_long_is_refused(self, console: TestConsole) -> None:
        assert console.browser().post("/sign-in", {"name": "x" * 300_000}).status == 413

    def test_another_kind_of_body_is_refused(self, console: TestConsole) -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        assert console.browser().ask("POST", "/sign-in", headers, b"--x--").status in (400, 415)

    @pytest.mark.parametrize(
        "query",
        [
            "since=yesterday",
            "misheard=yes",
            "outcome=nice",
            "after=@@@",
            "until=9999-99-99",
            "tree=%3Cb%3E",
            "q=%00",
            "q=%ff",
            "after=MQ",
        ],
    )
    def test_a_malformed_query_gets_400_and_a_reason(self, console: TestConsole, query: str) -> None:
        reply = console.browser("operator").get(f"/calls?{query}")
        assert reply.status == 400
        assert len(reply.text) > 500

    @pytest.mark.parametrize(
        "address",
        [
            "/calls?until=9999-12-31",
            "/calls?since=0001-01-01",
            "/audit?before=99999999999999999999",
            "/audit?before=٣",
            "/reports?days=0",
            "/reports?days=99999999999999999999",
            "/reports?until=9999-12-31",
            "/menus/hotline?days=-1",
            "/work?after=MQ",
        ],
    )
    def test_numbers_and_days_that_no_gateway_has_get_400_too(self, console: TestConsole, address: str) -> None:
        role = "auditor" if address.startswith("/audit") else "supervisor"
        assert console.browser(role).get(quote(address, safe="/?=")).status == 400

    @pytest.mark.parametrize("value", ["zh\r\nSet-Cookie: a=b", "en\nX: y"])
    def test_no_value_becomes_a_header(self, console: TestConsole, value: str) -> None:
        reply = console.browser().post(
            "/look", {"language": value, "theme": value, "then": f"/calls\r\nX-Evil: {value}"}
        )
        assert "x-evil" not in reply.headers
        assert "a" not in reply.cookies
        assert reply.headers["location"] == "/"

    def test_a_page_that_does_not_exist(self, console: TestConsole) -> None:
        assert console.browser("operator").get("/no-such-page").status == 404
        assert console.browser("operator").get("/calls/no-such-call").status == 404
        assert console.browser().get("/static/..%2fserver.py").status == 404


class TestFormulas:
    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
    def test_look_like_text(self, text: str) -> None:
        assert harmless(text) == f"'{text}"

    def test_numbers_and_plain_text_stay(self) -> None:
        assert harmless(5) == 5
        assert harmless("139****5678") == "139****5678"

    def test_in_exports_there_is_no_formula(self, console: TestConsole) -> None:
        made = console.made_calls(1)[0].call
        console.add_calls([CallRecord(replace(made, id="20261120-000000-eeeeee", user_agent="=HYPERLINK(1)"))])
        browser = console.browser("supervisor")
        table = browser.send("/calls", "/calls/export", {"query": "", "kind": "csv"})
        assert "'=HYPERLINK(1)" in table.body.decode("utf-8-sig")
        book = browser.send("/calls", "/calls/export", {"query": "", "kind": "xlsx"})
        with zipfile.ZipFile(io.BytesIO(book.body)) as parts:
            sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert [entry.detail[:5] for entry in console.office.audit.entries(action="exported")] == ["2 xls", "2 csv"]
