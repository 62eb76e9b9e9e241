"""Connectors: the shipped examples, fake departments of each shape, and what goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.web.resource import Resource
from twisted.web.server import Request

import backend_client.connectors
from backend_client.connectors.check import run_examples
from backend_client.connectors.department import DepartmentSystem
from backend_client.connectors.expressions import Expression, ExpressionError
from backend_client.connectors.joined import JoinedBackend
from backend_client.connectors.mapping import Mapping, MappingError, load_mapping
from backend_client.connectors.shapes import ShapeError, from_csv, from_json, from_xml
from backend_client.errors import AnswerError, BackendError, RequestError, WrongAnswerError
from tests.backend_client.support import ScriptedBackend, Silence, result_of

EXAMPLES = Path(backend_client.connectors.__file__).parent / "examples"
REST, SOAP, CSV = (EXAMPLES / f"{name}.yaml" for name in ("social_security_rest", "civil_affairs_soap", "power_csv"))


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_examples_of_the_shipped_connectors_hold(file: Path) -> None:
    results = list(run_examples(load_mapping(file)))
    assert results
    assert [result for result in results if result.problem] == []


def said(file: Path, operation: str, number: int = 0) -> bytes:
    """What the department says in an example."""
    mapping = load_mapping(file)
    return mapping.operations[operation].examples[number].says.encode()


class Department(Resource):
    """A fake department over HTTP."""

    isLeaf = True  # noqa: N815

    def __init__(self, body: bytes, status: int = 200) -> None:
        super().__init__()
        self.body = body
        self.status = status
        self.asked: list[tuple[str, str, bytes]] = []
        self.headers: list[Any] = []

    def render(self, request: Request) -> bytes:
        content: Any = request.content
        self.asked.append((request.method.decode(), request.uri.decode(), content.read()))
        self.headers.append(request.requestHeaders)
        request.setResponseCode(self.status)
        return self.body


class Rest:
    """A backend for what no connector answers."""

    def query(self, operation: str, arguments: Any, **_: Any) -> Deferred[Any]:
        return succeed({"asked": operation})


def system(file: Path | Mapping, department: Any) -> DepartmentSystem:
    mapping = file if isinstance(file, Mapping) else load_mapping(file)
    agent = RequestTraversalAgent(department) if isinstance(department, Resource) else department
    return DepartmentSystem(mapping, Clock(), agent=agent)


def ask(joined: JoinedBackend, operation: str, **arguments: Any) -> Any:
    return result_of(joined.query(operation, arguments, language="zh", budget_ms=5000, call_id="c1"))


def test_a_case_comes_from_json() -> None:
    department = Department(said(REST, "get_case"))
    case = ask(JoinedBackend([system(REST, department)], Rest()), "get_case", number="20261234")
    assert (case["status"], case["missing_documents"]) == ("needs_documents", ["户口本", "社保卡"])
    assert department.asked == [("GET", "/api/banjian/20261234", b"")]


def test_a_lookup_is_asked_with_a_body() -> None:
    department = Department(said(REST, "look_up_social_insurance"))
    joined = JoinedBackend([system(REST, department)], Rest())
    answer = ask(joined, "look_up_social_insurance", id_last6="012345", phone="13800138001")
    assert answer["amount_cents"] == 240050
    assert department.asked[0][2] == b'{"sfzh6": "012345", "sjh": "13800138001"}'


def test_two_departments_own_parts_of_one_answer() -> None:
    social, civil = Department(said(REST, "get_case")), Department(said(SOAP, "get_case"))
    joined = JoinedBackend([system(REST, social), system(SOAP, civil)], Rest())
    case = ask(joined, "get_case", number="20261234")
    assert (case["item_name"], case["pickup_address"]) == ("城乡居民养老金", "镇便民服务中心")
    assert case["missing_documents"] == ["户口本"]
    assert b"<m:caseNo>20261234</m:caseNo>" in civil.asked[0][2]
    assert civil.headers[0].getRawHeaders("soapaction") == ['"urn:queryMaterials"']


@pytest.mark.parametrize("trouble", [Department(b"", 503), Department(b"<html>"), Department(b"", 404)])
def test_the_answer_comes_without_the_part_of_a_department_that_is_down(trouble: Department) -> None:
    joined = JoinedBackend([system(REST, Department(said(REST, "get_case"))), system(SOAP, trouble)], Rest())
    case = ask(joined, "get_case", number="20261234")
    assert (case["status"], case["missing_documents"]) == ("needs_documents", [])


def test_a_bill_comes_from_the_newest_file(tmp_path: Path) -> None:
    mapping = load_mapping(CSV)
    folder = tmp_path / "power"
    folder.mkdir()
    mapping = mapping.model_copy(update={"source": mapping.source.model_copy(update={"folder": folder})})
    joined = JoinedBackend([system(mapping, None)], Rest())
    with pytest.raises(AnswerError) as caught:
        ask(joined, "look_up_electricity_bill", account="60010001")
    assert caught.value.reason == "unreachable"
    text = said(CSV, "look_up_electricity_bill").decode()
    (folder / "dianfei-1.csv").write_bytes(text.encode("gb18030"))
    assert ask(joined, "look_up_electricity_bill", account="60010002")["amount_cents"] == -2310
    (folder / "dianfei-2.csv").write_bytes(text.replace("-23.10", "10").encode("gb18030"))
    assert ask(joined, "look_up_electricity_bill", account="60010002")["amount_cents"] == 1000
    assert ask(joined, "look_up_electricity_bill", account="60019999") is None


def test_what_no_connector_answers_is_asked_of_the_backend() -> None:
    assert ask(JoinedBackend([system(REST, Department(b""))], Rest()), "get_policy", code="x") == {
        "asked": "get_policy"
    }


TROUBLE: list[tuple[Any, str]] = [
    (Department(b"", 500), "server_error"),
    (Department(b"", 403), "refused"),
    (Department(b"<html>"), "bad_answer"),
    (Department(b'{"result": {"bjbh": "20261234", "zt": 99}}'), "bad_answer"),
    (Department(b'{"result": {"bjbh": "20261234", "zt": 10, "slsj": "yesterday"}}'), "bad_answer"),
    (Department(b"x" * 1_000_001), "too_large"),
]


@pytest.mark.parametrize(("department", "reason"), TROUBLE)
def test_trouble_of_a_department_has_the_reason_that_calls_know(department: Any, reason: str) -> None:
    joined = JoinedBackend([system(REST, department)], Rest())
    with pytest.raises(BackendError) as caught:
        ask(joined, "get_case", number="20261234")
    assert caught.value.reason == reason


def test_another_persons_case_is_refused() -> None:
    joined = JoinedBackend([system(REST, Department(said(REST, "get_case")))], Rest())
    with pytest.raises(WrongAnswerError):
        ask(joined, "get_case", number="20269999")


def test_a_wrong_argument_never_reaches_the_department() -> None:
    department = Department(b"")
    with pytest.raises(RequestError):
        ask(JoinedBackend([system(REST, department)], Rest()), "get_case", number="../../admin")
    assert department.asked == []


def test_each_department_has_a_circuit_of_its_own() -> None:
    social, civil = system(REST, Department(said(REST, "get_case"))), system(SOAP, Department(b"", 503))
    joined = JoinedBackend([social, civil], Rest())
    for _ in range(8):
        assert ask(joined, "get_case", number="20261234")["status"] == "needs_documents"
    assert civil.breaker.is_open
    assert not social.breaker.is_open
    assert joined.circuits() == {social.mapping.department: "closed", civil.mapping.department: "open"}


def test_a_slow_department_is_cut_off() -> None:
    clock = Clock()
    slow = DepartmentSystem(load_mapping(REST), clock, agent=ScriptedBackend(Silence()))
    failures: list[Any] = []
    JoinedBackend([slow], Rest()).query(
        "get_case", {"number": "1"}, language="zh", budget_ms=1000, call_id="c"
    ).addErrback(failures.append)
    clock.advance(1.1)
    assert failures[0].value.reason == "timeout"


def changed(file: Path, tmp_path: Path, change: Any) -> Path:
    yaml = YAML(typ="safe")
    data = yaml.load(file.read_text("utf-8"))
    change(data)
    written = tmp_path / "changed.yaml"
    with written.open("w", encoding="utf-8") as stream:
        YAML().dump(data, stream)
    return written


WRONG: list[tuple[Any, str]] = [
    (lambda data: data.update(connector=2), "connector"),
    (lambda data: data.update(colour="red"), "colour"),
    (lambda data: data["source"].update(base_url="ftp://x"), "base_url"),
    (lambda data: data["source"].update(kind="pigeon"), "kind"),
    (lambda data: data["source"].update(authentication={"kind": "bearer"}), "secret_file"),
    (lambda data: data["operations"].update(get_weather=data["operations"]["get_case"]), "get_weather"),
    (lambda data: data["operations"]["get_case"]["answer"].update(colour="'red'"), "colour"),
    (lambda data: data["operations"]["get_case"]["answer"].pop("status"), "status"),
    (lambda data: data["operations"]["get_case"]["answer"].update(status="data.["), "not an expression"),
    (lambda data: data["operations"]["get_case"]["answer"].update(status=5), "an expression is text"),
    (lambda data: data["operations"]["get_case"].update(request={"where": {"a": "b"}}), "rest source"),
    (lambda data: data["operations"]["get_case"].update(examples=[]), "examples"),
]


@pytest.mark.parametrize(("change", "told"), WRONG)
def test_a_wrong_mapping_says_where_it_is_wrong(tmp_path: Path, change: Any, told: str) -> None:
    with pytest.raises(MappingError, match=told):
        load_mapping(changed(REST, tmp_path, change))


def test_an_example_that_does_not_hold_says_what_came_instead(tmp_path: Path) -> None:
    def change(data: Any) -> None:
        data["operations"]["get_case"]["examples"][0]["gives"]["status"] = "done"

    (result, *_) = run_examples(load_mapping(changed(REST, tmp_path, change)))
    assert result.problem == "status: 'needs_documents' instead of 'done'"


def test_connectors_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(MappingError, match="two connectors"):
        JoinedBackend([system(REST, Department(b"")), system(REST, Department(b""))], Rest())
    with pytest.raises(MappingError, match="without a connector"):
        JoinedBackend([system(SOAP, Department(b""))], Rest())


def test_a_secret_goes_where_the_department_wants_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    sent = []
    for authentication in (
        {"kind": "bearer", "secret_file": "secret"},
        {"kind": "basic", "secret_file": "secret"},
        {"kind": "header", "header": "X-Api-Key", "secret_file": "secret"},
    ):
        department = Department(said(REST, "get_case"))
        file = changed(REST, tmp_path, lambda data, how=authentication: data["source"].update(authentication=how))
        ask(JoinedBackend([system(file, department)], Rest()), "get_case", number="20261234")
        headers = department.headers[0]
        sent.append(headers.getRawHeaders("authorization") or headers.getRawHeaders("x-api-key"))
    assert sent == [["Bearer s3cret"], ["Basic czNjcmV0"], ["s3cret"]]


def test_xml_becomes_data_without_its_dangers() -> None:
    xml = b'<a xmlns="urn:x" kind="k"><b>1</b><b> 2 </b><c/><d><e>3</e></d></a>'
    assert from_xml(xml, ["e"]) == {"@kind": "k", "b": ["1", "2"], "c": None, "d": {"e": ["3"]}}
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    fault = b'<E:Envelope xmlns:E="urn:e"><E:Body><E:Fault><s>x</s></E:Fault></E:Body></E:Envelope>'
    deep = b"<a>" * 50_000 + b"</a>" * 50_000
    for wrong in (bomb, fault, b"<a>", b"no xml", deep):
        with pytest.raises(ShapeError):
            from_xml(wrong, [])


def test_csv_and_json_are_read_strictly() -> None:
    assert from_csv("\ufeff甲,乙\n1,2\n\n".encode(), "utf-8", ",") == [{"甲": "1", "乙": "2"}]
    assert from_csv(b"", "utf-8", ",") == []
    assert from_csv(b"a,b\r1,2\r", "utf-8", ",") == [{"a": "1", "b": "2"}], "line ends of old machines"
    for wrong in (b"a,b\n1", b"\xff\xfe", b"a\n" + b"x" * 200_000):
        with pytest.raises(ShapeError):
            from_csv(wrong, "utf-8", ",")
    with pytest.raises(ShapeError):
        from_json(b"[" * 100_000)


EXPRESSIONS: list[tuple[str, Any]] = [
    ("text(a)", "x y"),
    ("text(nothing)", ""),
    ("code('t', n)", "seven"),
    ("day(d, '%Y%m%d')", "2026-11-22"),
    ("day('', '%Y%m%d')", None),
    ("moment(d, '%Y%m%d')", "2026-11-22T00:00:00+08:00"),
    ("number('12')", 12),
    ("cents('12.345')", 1234),
    ("parts(p, '、，')", ["甲", "乙", "丙"]),
    ("parts(nothing, '、')", []),
    ("nothing || '没有'", "没有"),
]


@pytest.mark.parametrize(("written", "value"), EXPRESSIONS)
def test_expressions(written: str, value: Any) -> None:
    data = {"a": " x y ", "n": 7, "d": "20261122", "p": "甲、乙， 丙"}
    assert Expression(written).value(data, {"t": {"7": "seven"}}) == value


@pytest.mark.parametrize(
    "written", ["code('t', 'x')", "code('u', 'x')", "day('x', '%Y')", "number('x')", "text(`[]`)", "unknown(a)"]
)
def test_an_expression_that_does_not_fit_is_an_error(written: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(written).value({}, {"t": {}})
