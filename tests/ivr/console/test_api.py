"""The HTTP API keeps its OpenAPI document, and gives nothing to those without the right token."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import resources
from typing import Any

import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from ivr.console.api import OPERATIONS, SCOPES
from ivr.console.live import LiveCall
from ivr.console.passwords import token_hash
from ivr.console.program import Operation
from tests.ivr.console.support import Reply, TestConsole


@pytest.fixture
def token(console: TestConsole) -> str:
    console.office.tokens.make("board", frozenset(SCOPES), token_hash("secret"), "test", None)
    return "secret"


@pytest.fixture(scope="module")
def contract() -> OpenAPI:
    return OpenAPI.from_file_path("ivr/console/openapi.yaml")


def ask(console: TestConsole, path: str, token: str = "secret", method: str = "GET", **body: Any) -> Reply:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return console.browser().ask(method, path, headers, json.dumps(body).encode() if method == "POST" else b"")


def checked(contract: OpenAPI, path: str, reply: Reply, method: str = "get") -> Any:
    """The answer, when it is what the document says."""
    request = MockRequest("http://console.test", method, path)
    answer = MockResponse(data=reply.body, status_code=reply.status, content_type=reply.headers["content-type"])
    contract.validate_response(request, answer)
    return json.loads(reply.body)


def test_calls_come_page_by_page(console: TestConsole, token: str, contract: OpenAPI) -> None:
    made = {record.call.id for record in console.made_calls(70)}
    found: list[str] = []
    after = ""
    while True:
        reply = ask(console, f"/api/v1/calls?limit=30&after={after}")
        page = checked(contract, "/api/v1/calls", reply)
        found += [call["id"] for call in page["calls"]]
        after = page["next"]
        if not after:
            break
    assert len(found) == 70
    assert set(found) == made


def test_one_call_has_its_steps_and_no_number(console: TestConsole, token: str, contract: OpenAPI) -> None:
    record = console.made_calls(1)[0]
    reply = ask(console, f"/api/v1/calls/{record.call.id}")
    answer = checked(contract, f"/api/v1/calls/{record.call.id}", reply)
    assert len(answer["steps"]) == len(record.steps)
    assert "caller_sealed" not in answer["call"]
    assert console.key.unseal(record.call.caller_sealed).encode() not in reply.body


def test_what_is_going_on(console: TestConsole, token: str, contract: OpenAPI) -> None:
    console.live.shown = [LiveCall("c1", "line-1", node="main_menu")]
    answer = checked(contract, "/api/v1/live", ask(console, "/api/v1/live"))
    assert [call["node"] for call in answer["calls"]] == ["main_menu"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/calls?limit=0", 400), ("/api/v1/calls?since=soon", 400), ("/api/v1/calls/none", 404)],
)
def test_errors_are_problems(console: TestConsole, token: str, path: str, status: int) -> None:
    reply = ask(console, path)
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    problem = json.loads(reply.body)
    assert problem["status"] == status
    assert problem["detail"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_nothing_without_the_right_token(console: TestConsole, operation: Operation) -> None:
    def ask(token: str) -> Reply:
        return console.browser().ask(operation.method, operation.path, {"Authorization": f"Bearer {token}"})

    console.office.tokens.make("other", frozenset({"nothing"}), token_hash("other"), "test", None)
    console.office.tokens.make("old", frozenset({"calls:read"}), token_hash("old"), "test", timedelta(days=1))
    console.time.advance(days=2)
    assert ask("other").status == 403
    for worthless in ("", "guessed", "old"):
        reply = ask(worthless)
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == "Bearer"
    assert console.browser("administrator").ask(operation.method, operation.path, {}).status == 401


def test_a_revoked_token_is_worth_nothing(console: TestConsole, token: str) -> None:
    assert ask(console, "/api/v1/live").status == 200
    assert console.office.tokens.all()[0].used_at == console.time.at
    console.office.tokens.revoke("board")
    assert ask(console, "/api/v1/live").status == 401


def test_the_document_has_every_operation(console: TestConsole, contract: OpenAPI) -> None:
    served = console.browser().get("/api/v1/openapi.yaml")
    assert served.status == 200
    described = {(method.upper(), path) for path, item in contract.spec["paths"].items() for method, _ in item.items()}
    built = {
        (operation.method, operation.path.removeprefix("/api/v1").replace("<", "{").replace(">", "}"))
        for operation in OPERATIONS
    }
    assert described == built | {("GET", "/live/events")}


def test_every_operation_says_its_scope() -> None:
    document = yaml.safe_load((resources.files("ivr.console") / "openapi.yaml").read_text("utf-8"))
    for operation in OPERATIONS:
        path = operation.path.removeprefix("/api/v1").replace("<", "{").replace(">", "}")
        described = document["paths"][path][operation.method.lower()]["description"]
        assert f"scope {operation.scope}." in described, path
    assert {operation.scope for operation in OPERATIONS} == set(SCOPES)


def test_a_program_works_through_a_queue(console: TestConsole, token: str, contract: OpenAPI) -> None:
    call = console.made_calls(1)[0].call
    item = console.add_work(call, appeal="complaint", township="qingshui", phone="13800138001", text="路灯坏了")
    listed = checked(contract, "/api/v1/work", ask(console, "/api/v1/work?queue=appeal&township=qingshui"))
    assert [one["id"] for one in listed["items"]] == [item.id]
    path = f"/api/v1/work/{item.id}"
    assert ask(console, f"{path}/notes", method="POST", text="先记一笔").status == 409, "it has not taken it"
    taken = checked(contract, f"{path}/take", ask(console, f"{path}/take", method="POST"), "post")
    assert taken["item"]["taken_by"] == "token:board"
    assert ask(console, f"{path}/take", method="POST").status == 409
    checked(contract, f"{path}/notes", ask(console, f"{path}/notes", method="POST", text="已派单"), "post")
    closed = ask(console, f"{path}/close", method="POST", result="passed_on", text="电力公司")
    assert checked(contract, f"{path}/close", closed, "post")["item"]["state"] == "closed"
    course = checked(contract, path, ask(console, path))["notes"]
    assert [(note["who"], note["deed"]) for note in course] == [
        ("token:board", "taken"),
        ("token:board", "note"),
        ("token:board", "closed"),
    ]
    assert "13800138001" not in str(listed) and "路灯坏了" not in str(listed)
    assert console.office.audit.entries(action="work_closed")[0].who == "token:board"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("close", b'{"result": "magic"}', 400),
        ("close", b"[1]", 400),
        ("notes", b"{", 400),
        ("notes", b'{"text": 7}', 400),
        ("notes", b'{"text": ""}', 400),
        ("notes", b'{"text": "a\\u0000b"}', 400),
    ],
)
def test_bad_bodies_are_refused(console: TestConsole, token: str, path: str, body: bytes, status: int) -> None:
    item = console.add_work(console.made_calls(1)[0].call)
    headers = {"Authorization": "Bearer secret", "Content-Type": "application/json"}
    reply = console.browser().ask("POST", f"/api/v1/work/{item.id}/{path}", headers, body)
    assert reply.status == status, reply.text
    assert ask(console, "/api/v1/work/7777", method="GET").status == 404
