"""openapi.yaml, the client's operations and types, and what the demo backend really answers, held to each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from pydantic import BaseModel
from ruamel.yaml import YAML
from treq.client import HTTPClient
from treq.testing import RequestTraversalAgent
from twisted.internet.task import Clock
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource

import backend_client
from backend_client import receipts, results
from backend_client.client import Asking
from backend_client.demo import appeals, parameters, routes
from backend_client.demo.faults import OPERATION_IDS
from backend_client.operations import OPERATIONS, OTHER_OPERATIONS, Operation
from backend_client.results import CASE_STATUSES, NOTICE_KINDS
from backend_client.transport import WholeBody
from tests.backend_client.support import demo_store, make_client, make_demo, result_of

FILE = Path(backend_client.__file__).with_name("openapi.yaml")
DOCUMENT: dict[str, Any] = YAML(typ="safe").load(FILE.read_text("utf-8"))
CONTRACT = OpenAPI.from_dict(
    DOCUMENT, config=Config(extra_media_type_deserializers={"application/problem+json": json.loads})
)
SCHEMAS = DOCUMENT["components"]["schemas"]
MODELS: dict[str, type[BaseModel]] = {
    name: model
    for module in (results, receipts)
    for name, model in vars(module).items()
    if isinstance(model, type) and issubclass(model, results.Answer) and name in SCHEMAS and name != "Problem"
}
LISTS = {name: model for name, model in MODELS.items() if issubclass(model, results.Page) and name != "Page"}
ALL_OPERATIONS: list[Operation[Any]] = [*OPERATIONS.values(), *OTHER_OPERATIONS.values()]
#: A sensible value for each part of a path.
PARTS = {
    "number": "12345678",
    "code": "x",
    "ticket": "6320100016",
    "recording": "0123456789abcdef",
    "collection": "policies",
    "id": "callback-6320100016",
}


def by_operation_id() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """`operationId` to path, method and the operation itself."""
    return {
        operation["operationId"]: (path, method, operation)
        for path, entry in DOCUMENT["paths"].items()
        for method, operation in entry.items()
    }


def camel(name: str) -> str:
    return re.sub(r"_(.)", lambda match: match[1].upper(), name)


def resolved(entry: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in entry:
        return entry
    found: Any = DOCUMENT
    for step in entry["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return resolved(found)


def test_the_client_has_every_operation_and_no_other() -> None:
    assert {camel(operation.name) for operation in ALL_OPERATIONS} == set(by_operation_id())


@pytest.mark.parametrize("operation", ALL_OPERATIONS, ids=lambda operation: operation.name)
def test_operation_is_that_of_the_contract(operation: Operation[Any]) -> None:
    path, method, entry = by_operation_id()[camel(operation.name)]
    assert (operation.path, operation.method) == (path, method.upper())
    parameters = [resolved(each) for each in entry["parameters"]]
    expected = {
        each["name"]: (each["in"], each.get("required", False)) for each in parameters if each["in"] != "header"
    }
    body = entry.get("requestBody", {}).get("content", {})
    if "application/json" in body:
        schema = resolved(body["application/json"]["schema"])
        expected |= {name: ("body", name in schema["required"]) for name in schema["properties"]}
    assert {each.name: (each.place, each.required) for each in operation.parameters} == expected
    assert operation.binary == ("application/octet-stream" in body)
    assert operation.keyed == ("Idempotency-Key" in {each["name"] for each in parameters})
    assert operation.may_be_absent == ("404" in entry["responses"])
    answer = entry["responses"][str(operation.status)]["content"]["application/json"]["schema"]["$ref"]
    assert operation.result.__name__ == answer.rpartition("/")[2]


@pytest.mark.parametrize("operation", ALL_OPERATIONS, ids=lambda operation: operation.name)
def test_what_is_checked_in_answers_is_a_field_of_them(operation: Operation[Any]) -> None:
    schema = operation.result.__name__.removesuffix("List")
    schema = "TownshipEntry" if schema == "Township" else schema
    for parameter in operation.parameters:
        if parameter.answered_as:
            assert parameter.answered_as in SCHEMAS[schema]["properties"]


@pytest.mark.parametrize("name", sorted(set(MODELS) - set(LISTS) - {"Page"}))
def test_type_has_the_fields_of_the_schema(name: str) -> None:
    fields = MODELS[name].model_fields
    assert set(fields) == set(SCHEMAS[name]["properties"])
    assert {field for field, info in fields.items() if info.is_required()} == set(SCHEMAS[name]["required"])


@pytest.mark.parametrize("name", sorted(LISTS))
def test_lists_have_the_fields_of_a_page(name: str) -> None:
    assert set(LISTS[name].model_fields) == set(SCHEMAS["Page"]["properties"])


def test_known_values_are_those_of_the_contract() -> None:
    assert list(CASE_STATUSES) == SCHEMAS["CaseStatus"]["examples"]
    assert list(NOTICE_KINDS) == SCHEMAS["NoticeKind"]["examples"] == list(parameters.KINDS)
    assert list(receipts.APPEAL_STATUSES) == SCHEMAS["AppealStatus"]["examples"] == list(appeals.STATUSES)
    assert list(receipts.APPEAL_KINDS) == SCHEMAS["AppealKind"]["enum"]
    assert DOCUMENT["info"]["version"] == routes.CONTRACT
    assert set(OPERATION_IDS) == set(by_operation_id())


def test_the_demo_serves_every_operation() -> None:
    served = {route.operation: route for route in routes.ROUTES}
    assert set(served) == set(by_operation_id())
    for operation_id, (path, method, entry) in by_operation_id().items():
        route = served[operation_id]
        assert re.sub("<[a-z]+>", "{}", route.rule) == re.sub("{[a-z]+}", "{}", path)
        assert route.method == method.upper()
        assert route.kept == ("304" in entry["responses"])
        assert route.keyed == ("201" in entry["responses"])


def examples() -> Iterator[tuple[str, str, Any]]:
    for operation_id, (_, _, entry) in by_operation_id().items():
        answer = entry["responses"].get("200") or entry["responses"]["201"]
        for name, example in answer["content"]["application/json"].get("examples", {}).items():
            yield operation_id, name, example["value"]


@pytest.mark.parametrize(("operation_id", "name", "value"), list(examples()))
def test_examples_are_answers_that_the_client_reads(operation_id: str, name: str, value: Any) -> None:
    operation = next(each for each in ALL_OPERATIONS if camel(each.name) == operation_id)
    read = operation.result.model_validate_json(json.dumps(value))
    written = read.model_dump(mode="json")
    assert {name: written[name] for name in value} == value
    path, _, _ = by_operation_id()[operation_id]
    path = path.format_map(PARTS)
    check(path, {}, 200, {"Content-Type": "application/json", "ETag": '"x"', "Content-Language": "zh"}, value)


def check(
    path: str, query: dict[str, Any], status: int, headers: dict[str, str], body: Any, method: str = "get"
) -> None:
    """Raise unless the answer is one that the contract has for this request."""
    request = MockRequest("http://test", method, path, args=query)
    response = MockResponse(
        json.dumps(body).encode() if body is not None else b"",
        status_code=status,
        headers=headers,
        content_type=headers.get("Content-Type", ""),
    )
    CONTRACT.validate_response(request, response)


class Demo:
    """The demo backend in memory, with every answer checked against the contract."""

    def __init__(self, **demo: Any) -> None:
        agent = RequestTraversalAgent(make_demo(**demo).resource())
        self._http = HTTPClient(agent, data_to_body_producer=WholeBody)

    def get(self, path: str, query: dict[str, str] | None = None, **headers: str) -> tuple[int, dict[str, str], Any]:
        return self.ask("GET", path, query, None, **headers)

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, dict[str, str], Any]:
        headers = {"content_type": "application/json", **headers}
        return self.ask("POST", path, None, json.dumps(body).encode(), **headers)

    def ask(
        self, method: str, path: str, query: dict[str, str] | None, data: bytes | None, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        sent = Headers({name.replace("_", "-"): [value] for name, value in headers.items()})
        url = f"http://test{path}"
        response = result_of(self._http.request(method, url, params=query or {}, headers=sent, data=data))
        body = result_of(response.content())
        got = {name.decode().title(): values[0].decode() for name, values in response.headers.getAllRawHeaders()}
        got = {("ETag" if name == "Etag" else name): value for name, value in got.items()}
        data = json.loads(body) if body else None
        check(path, query or {}, response.code, got, data, method.lower())
        return response.code, got, data


def everything() -> Iterator[str]:
    store = demo_store()
    yield "/v1/health"
    yield from (f"/v1/cases/{number}" for number, _, _ in store.cases())
    yield from (
        f"/v1/service-items/{item['code']}" for item in store.service_items(None, None, (0, 200), "zh")["items"]
    )
    yield from (f"/v1/policies/{item['code']}" for item in store.policies(None, (0, 100), "zh")["items"])
    yield "/v1/policies/winter_heating"
    yield from (f"/v1/{name}" for name in ("service-items", "policies", "notices", "townships", "departments"))
    yield from ("/v1/slots", "/v1/outbound-calls", "/v1/appeals/6320100016")
    yield from (f"/v1/changes/{collection}" for collection in SCHEMAS["Collection"]["enum"])


def test_every_answer_of_the_demo_keeps_the_contract_in_both_languages() -> None:
    demo = Demo()
    for path in everything():
        for language in ("zh", "en"):
            status, _, body = demo.get(path, accept_language=language)
            assert status == 200
            schema = next((name for prefix, name in PREFIXES.items() if path.startswith(prefix)), None)
            if schema:
                assert set(body) == set(SCHEMAS[schema]["properties"]), "no field that the contract does not know"


PREFIXES = {
    "/v1/cases/": "Case",
    "/v1/service-items/": "ServiceItem",
    "/v1/policies/": "Policy",
    "/v1/appeals/": "Appeal",
}

WRONG: list[tuple[str, dict[str, str], int]] = [
    ("/v1/cases/99999999", {}, 404),
    ("/v1/cases/" + "9" * 33, {}, 400),
    ("/v1/service-items/nothing", {}, 404),
    ("/v1/service-items/Nothing", {}, 400),
    ("/v1/policies/nothing", {}, 404),
    ("/v1/policies/9", {}, 400),
    ("/v1/service-items", {"limit": "0"}, 400),
    ("/v1/service-items", {"limit": "101"}, 400),
    ("/v1/service-items", {"cursor": "next"}, 400),
    ("/v1/policies", {"q": ""}, 400),
    ("/v1/policies", {"q": "x" * 51}, 400),
    ("/v1/notices", {"kind": "party"}, 400),
    ("/v1/notices", {"township": "清水镇"}, 400),
    ("/v1/notices", {"at": "tomorrow"}, 400),
    ("/v1/notices", {"at": "9999-12-31T23:59:59-12:00"}, 400),
    ("/v1/changes/nothing", {}, 400),
    ("/v1/changes/policies", {"since": "v9.9"}, 410),
    ("/v1/changes/policies", {"limit": "501"}, 400),
    ("/v1/appeals/6320100099", {}, 404),
    ("/v1/appeals/1", {}, 400),
    ("/v1/recordings/0123456789abcdef", {}, 404),
    ("/v1/appointments/12345678", {}, 404),
    ("/v1/slots", {"day": "2026-13-01"}, 400),
]


@pytest.mark.parametrize(("path", "query", "status"), WRONG)
def test_refusals_of_the_demo_keep_the_contract(path: str, query: dict[str, str], status: int) -> None:
    got, headers, body = Demo().get(path, query)
    assert (got, headers["Content-Type"]) == (status, "application/problem+json")
    assert body["status"] == status
    if query and status == 400:
        assert [error["parameter"] for error in body["errors"]] == list(query)


def test_a_wrong_token_keeps_the_contract() -> None:
    demo = Demo(token="s3cret")
    status, headers, _ = demo.get("/v1/cases/20260001")
    assert (status, headers["Www-Authenticate"]) == (401, "Bearer")
    assert demo.get("/v1/cases/20260001", authorization="Bearer s3cret")[0] == 200


def test_the_client_reads_all_that_the_demo_has() -> None:
    client = make_client(RequestTraversalAgent(_below_hotline()), Clock())
    asking = Asking()
    statuses = set()
    for number in range(20260001, 20260011):
        case = result_of(client.get_case(str(number), asking))
        statuses.add(case.status)
    assert statuses == set(CASE_STATUSES)
    assert {notice.kind for notice in result_of(client.list_notices(asking)).items} == set(NOTICE_KINDS)
    pages, cursor = [], None
    while True:
        page = result_of(client.list_service_items(asking, limit=5, cursor=cursor))
        pages.append(page)
        cursor = page.next
        if cursor is None:
            break
    codes = [item.code for page in pages for item in page.items]
    assert len(codes) == len(set(codes)) == pages[0].count
    for item_code in codes:
        assert result_of(client.get_service_item(item_code, asking)).code == item_code
    heating = result_of(client.get_policy("winter_heating", asking))
    assert heating.valid_until < date(2026, 11, 22)
    assert "winter_heating" not in {policy.code for policy in result_of(client.list_policies(asking)).items}
    assert result_of(client.get_case("1", asking)) is None
    assert result_of(client.health(asking)).contract == DOCUMENT["info"]["version"]


def _below_hotline() -> Any:
    """The demo where `make_client` looks for it, below /hotline."""
    root = Resource()
    root.putChild(b"hotline", make_demo().resource())
    return root
