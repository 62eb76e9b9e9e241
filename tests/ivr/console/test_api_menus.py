"""Programs publish menus over HTTP: published, or every reason why not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from ivr.console.passwords import token_hash
from tests.ivr.console.support import Reply, TestConsole
from tests.ivr.publishing.test_desk import files

PUBLICATIONS = "/api/v1/menus/publications"


class Program:
    """A program with a token."""

    def __init__(self, console: TestConsole, contract: OpenAPI, *scopes: str) -> None:
        console.office.prepare()
        console.office.tokens.make("county", frozenset(scopes), token_hash("secret"), "test", None)
        self._browser = console.browser()
        self._contract = contract

    def get(self, path: str) -> tuple[int, Any]:
        return self._checked("get", path, self._browser.get(path, Authorization="Bearer secret"))

    def post(self, path: str, body: object) -> tuple[int, Any]:
        return self._checked("post", path, self.send(path, json.dumps(body).encode()))

    def send(self, path: str, body: bytes) -> Reply:
        headers = {"Authorization": "Bearer secret", "Content-Type": "application/json"}
        return self._browser.ask("POST", path, headers, body)

    def publish(self, given: dict[str, str], base: str = "", why: str = "试验") -> tuple[int, Any]:
        return self.post(PUBLICATIONS, {"files": given, "base": base, "why": why})

    def _checked(self, method: str, path: str, reply: Reply) -> tuple[int, Any]:
        """What was answered, when it is what the document says."""
        request = MockRequest("http://console.test", method, path.partition("?")[0])
        answer = MockResponse(data=reply.body, status_code=reply.status, content_type=reply.headers["content-type"])
        self._contract.validate_response(request, answer)
        return reply.status, json.loads(reply.body)


@pytest.fixture(scope="module")
def contract() -> OpenAPI:
    problems = Config(extra_media_type_deserializers={"application/problem+json": json.loads})
    return OpenAPI.from_file_path("ivr/console/openapi.yaml", problems)


@pytest.fixture
def program(console: TestConsole, contract: OpenAPI) -> Program:
    return Program(console, contract, "menus:read", "menus:publish")


def served(console: TestConsole) -> str:
    found = console.served.served()
    return found.revision if found else ""


def test_a_program_publishes_and_gateways_serve_it(program: Program, console: TestConsole) -> None:
    status, answer = program.publish(files())
    publication = answer["publication"]
    assert status == 201
    assert (publication["who"], publication["why"], publication["kind"]) == ("token:county", "试验", "publish")
    assert served(console) == publication["revision"]
    assert program.get(PUBLICATIONS) == (200, {"publications": [publication]})
    status, revision = program.get(f"/api/v1/menus/revisions/{publication['revision'][:5]}")
    assert (status, revision["files"]) == (200, files())
    assert program.publish(files()) == (200, answer)
    (entry,) = [entry for entry in console.office.audit.entries() if entry.action == "published"]
    assert (entry.who, entry.subject, entry.detail) == ("token:county", publication["revision"], "试验")


def test_what_is_wrong_is_said_with_its_place(program: Program, console: TestConsole) -> None:
    status, refused = program.publish(files("next: bye, busy", "next: bey, busy"))
    assert (status, refused["stage"]) == (422, "check")
    first = refused["problems"][0]
    assert (first["file"], first["line"], first["code"]) == ("village.yaml", 26, "unknown_node")
    assert "bye" in first["fix"]["en"]

    status, refused = program.publish(files("请输入号码。", "请按号码。"))
    assert (status, refused["stage"]) == (422, "rehearsal")
    assert refused["problems"][0]["file"] == "village.cases.yaml"

    status, refused = program.publish({"../village.yaml": files()["village.yaml"]})
    assert (status, refused["stage"], refused["problems"][0]["code"]) == (422, "check", "file_name")
    assert served(console) == ""


def test_two_at_once_get_a_conflict_that_says_who_and_when(program: Program, console: TestConsole) -> None:
    base = program.publish(files())[1]["publication"]["revision"]
    other = console.services.desk.candidate(files("谢谢来电", "谢谢您来电"))
    console.time.advance(hours=1)
    console.services.desk.publish(other, base=base, who="wang", why="更客气")
    status, conflict = program.publish(files("没有这个号码", "查不到这个号码"), base)
    assert status == 409
    assert "wang（2026-11-20 10:30 UTC）" in conflict["detail"]
    assert (conflict["current"]["who"], conflict["current"]["why"]) == ("wang", "更客气")
    assert [publication["revision"] for publication in conflict["since"]] == [other.revision]
    assert served(console) == other.revision
    assert program.publish(files("没有这个号码", "查不到这个号码"), other.revision)[0] == 201


def test_a_program_goes_back(program: Program, console: TestConsole) -> None:
    back = "/api/v1/menus/rollback"
    assert program.post(back, {"why": "念错了"})[0] == 404
    first = program.publish(files())[1]["publication"]["revision"]
    second = program.publish(files("谢谢来电", "谢谢您来电"), first)[1]["publication"]["revision"]
    assert program.post(back, {"why": "念错了", "base": first})[0] == 409
    status, answer = program.post(back, {"why": "念错了", "base": second})
    assert (status, answer["publication"]["revision"], answer["publication"]["kind"]) == (201, first, "rollback")
    assert served(console) == first
    assert program.post(back, {"why": "没念错", "revision": second[:6]})[0] == 201
    assert program.post(back, {"why": "x", "revision": "ffff"})[0] == 404


def test_differences_are_told(program: Program) -> None:
    diff = "/api/v1/menus/diff"
    assert program.post(diff, {"files": files()})[0] == 404
    first = program.publish(files())[1]["publication"]["revision"]
    changed = files("没有这个号码", "查不到这个号码")
    status, answer = program.post(diff, {"files": changed})
    (change,) = answer["changes"]
    assert (status, change["where"], change["what"]) == (200, "village.missing", "changed")
    assert program.post(diff, {"files": {"village.yaml": "ivr: 99\n"}})[0] == 422
    second = program.publish(changed, first)[1]["publication"]["revision"]
    status, answer = program.get(f"{diff}?before={first[:5]}")
    assert (status, answer["before"], answer["after"]) == (200, first, second)
    assert answer["changes"] == [change]
    assert program.get(f"{diff}?before={second}&after={first}")[1]["changes"] != [change]
    assert program.get(diff)[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"files",
        b"\xff\xfe",
        b"[]",
        b'{"files": {}, "base": ""}',
        b'{"files": {}, "base": "../x", "why": "x"}',
        b'{"files": {"a.yaml": 1}, "base": "", "why": "x"}',
        b'{"files": {}, "base": "", "why": "two\\nlines"}',
        b'{"files": {"a.yaml": "\\ud800"}, "base": "", "why": "x"}',
        b'{"files": {}, "base": "", "why": "x", "who": "mayor"}',
        b'{"files": ' + b'{"a":' * 20_000,
    ],
    ids=range(11),
)
@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_what_is_no_request_is_said(program: Program, body: bytes) -> None:
    reply = program.send(PUBLICATIONS, body)
    assert reply.status == 400
    assert json.loads(reply.body)["detail"]


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_menus_may_be_large_but_not_without_end(program: Program) -> None:
    assert program.send(PUBLICATIONS, b" " * 5_000_000).status == 413
    status, refused = program.publish({"village.yaml": "# " + "长" * 600_000})
    assert (status, refused["stage"]) == (422, "check")


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_reading_is_not_publishing(console: TestConsole, contract: OpenAPI) -> None:
    reader = Program(console, contract, "menus:read")
    assert reader.get(PUBLICATIONS)[0] == 200
    assert reader.publish(files())[0] == 403
    assert reader.post("/api/v1/menus/rollback", {"why": "x"})[0] == 403
