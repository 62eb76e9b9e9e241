"""The HTTP API keeps its OpenAPI document, and gives nothing to those without the right token."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from ivr.console.api import OPERATIONS
from ivr.console.live import LiveCall
from ivr.console.passwords import token_hash
from ivr.console.program import Operation
from tests.ivr.console.support import Reply, TestConsole


@pytest.fixture
def token(console: TestConsole) -> str:
    console.office.tokens.make("board", frozenset({"calls:read", "live:read"}), token_hash("secret"), "test", None)
    return "secret"


@pytest.fixture(scope="module")
def contract() -> OpenAPI:
    return OpenAPI.from_file_path("ivr/console/openapi.yaml")


def ask(console: TestConsole, path: str, token: str = "secret") -> Reply:
    return console.browser().get(path, Authorization=f"Bearer {token}")


def checked(contract: OpenAPI, path: str, reply: Reply) -> Any:
    """The answer, when it is what the document says."""
    request = MockRequest("http://console.test", "get", path)
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
    assert described == {
        (operation.method, operation.path.removeprefix("/api/v1").replace("<", "{").replace(">", "}"))
        for operation in OPERATIONS
    }
