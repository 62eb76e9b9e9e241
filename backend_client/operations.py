"""The operations of the contract. `OPERATIONS` is the registry of those that menus can name.

A new operation is one more entry, and its path in `openapi.yaml`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from backend_client.errors import AnswerError, WrongAnswerError
from backend_client.parameters import Parameter, Question, make_question
from backend_client.receipts import (
    APPEAL_KINDS,
    APPOINTMENT,
    OUTBOUND,
    PHONE,
    RECORDING,
    SLOT,
    TICKET,
    Appeal,
    Appointment,
    Callback,
    Lookup,
    OutboundCall,
    OutboundCallList,
    Place,
    Rating,
    Recording,
    SlotList,
)
from backend_client.results import (
    CASE_NUMBER,
    CODE,
    CURSOR,
    ID_LAST6,
    Case,
    CaseList,
    Changes,
    DepartmentList,
    Health,
    NoticeList,
    OfferList,
    Page,
    Policy,
    PolicyList,
    ServiceItem,
    ServiceItemList,
    TownshipList,
)

Result = TypeVar("Result", bound=BaseModel)

#: Longest page of a list when nobody says how long it should be.
DEFAULT_LIMIT = 20

_WORDS = r"^[^\x00-\x1f\x7f]{1,50}$"
_SPEECH = r"(?s)^.{1,4000}$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([+-][0-9]{2}:[0-9]{2}|Z)$"
_NUMBER = r"^(0|[1-9][0-9]{0,7})$"


@dataclass(frozen=True)
class Operation(Generic[Result]):
    """One operation of the contract.

    Attributes:
        name: what menus call it; the contract has it in camel case as `operationId`.
        path: path template of the contract.
        result: the type of the answer.
        parameters: what can be asked with.
        may_be_absent: True if 404 means that there is no such thing; a list can be empty, but is never absent.
        keyed: it changes something, once for each idempotency key.
        binary: the body is bytes, and not the parameters as JSON.
        packed: answers may be gzipped; they are large, and not waited for by a caller.
    """

    name: str
    path: str
    result: type[Result]
    parameters: tuple[Parameter, ...] = ()
    may_be_absent: bool = False
    method: Literal["GET", "POST", "PUT"] = "GET"
    keyed: bool = False
    binary: bool = False
    packed: bool = False

    @property
    def status(self) -> int:
        """HTTP status of an answer."""
        return 201 if self.keyed else 200

    def question(self, arguments: Mapping[str, Any], data: bytes | None = None) -> Question:
        """Return what is to be asked.

        Raises:
            RequestError: an argument is missing, wrong or unknown.
        """
        return make_question(self.name, self.path, self.parameters, arguments, data)

    def read(self, body: bytes, question: Question) -> Result:
        """Return the answer in `body`. A list longer than what was asked for is cut.

        Raises:
            AnswerError: `bad_answer`: it is not what the contract promises.
            WrongAnswerError: it answers another question.
        """
        try:
            result = self.result.model_validate_json(body)
        except ValidationError as error:
            # Only places and kinds of error: pydantic's own message would quote the answer.
            first = error.errors(include_input=False, include_context=False, include_url=False)[0]
            place = ".".join(str(step) for step in first["loc"]) or "the whole"
            raise AnswerError("bad_answer", f"{place}: {first['type']}", self.status) from None
        items = getattr(result, "items", (result,))
        for answer in items:
            for field, value in question.expected.items():
                if getattr(answer, field) != value:
                    raise WrongAnswerError(f"the answer is about another {field} than was asked for", self.status)
        most = int(question.query.get("limit", DEFAULT_LIMIT))
        if isinstance(result, Page) and len(items) > most:
            return result.model_copy(update={"items": items[:most]})
        return result


def idempotency_key(call_id: str, operation: str, arguments: Mapping[str, Any]) -> str:
    """Return the key of what a call does: the same call doing the same thing again does it once."""
    written = json.dumps([call_id, operation, dict(arguments)], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:32]


def _path(name: str, pattern: str, answered_as: str = "") -> Parameter:
    return Parameter(name, pattern, required=True, place="path", answered_as=answered_as)


def _body(name: str, pattern: str, *, required: bool = False, answered_as: str = "", number: bool = False) -> Parameter:
    return Parameter(name, pattern, required, "body", answered_as, number)


_CODE = _path("code", CODE, "code")
_Q = Parameter("q", _WORDS)
_PAGING = (Parameter("limit", r"^([1-9][0-9]?|100)$"), Parameter("cursor", CURSOR))
_LEFT_AT = _body("left_at", _MOMENT, required=True)
_PIN = _body("pin", r"^[0-9]{4,8}$")
_ID_PHONE = (_body("phone", PHONE, required=True), _PIN)

GET_CASE = Operation(
    "get_case", "/v1/cases/{number}", Case, (_path("number", CASE_NUMBER, "number"),), may_be_absent=True
)
FIND_CASES = Operation(
    "find_cases",
    "/v1/cases/search",
    CaseList,
    (_body("id_last6", ID_LAST6, required=True, answered_as="applicant_id_last6"), *_ID_PHONE),
    method="POST",
)
GET_SERVICE_ITEM = Operation("get_service_item", "/v1/service-items/{code}", ServiceItem, (_CODE,), may_be_absent=True)
LIST_SERVICE_ITEMS = Operation(
    "list_service_items", "/v1/service-items", ServiceItemList, (Parameter("department", _WORDS), _Q, *_PAGING)
)
GET_POLICY = Operation("get_policy", "/v1/policies/{code}", Policy, (_CODE,), may_be_absent=True)
LIST_POLICIES = Operation("list_policies", "/v1/policies", PolicyList, (_Q, *_PAGING))
LIST_NOTICES = Operation(
    "list_notices",
    "/v1/notices",
    NoticeList,
    (
        Parameter("kind", CODE, answered_as="kind"),
        Parameter("township", CODE),
        Parameter("at", _MOMENT),
        *_PAGING,
    ),
)
LIST_DEPARTMENTS = Operation("list_departments", "/v1/departments", DepartmentList, _PAGING)
LIST_TOWNSHIPS = Operation("list_townships", "/v1/townships", TownshipList, _PAGING)


def _lookup(name: str, path: str, parameters: tuple[Parameter, ...]) -> Operation[Lookup]:
    return Operation(f"look_up_{name}", f"/v1/lookups/{path}", Lookup, parameters, may_be_absent=True, method="POST")


_PERSON = (_body("id_last6", ID_LAST6, required=True, answered_as="subject"), *_ID_PHONE)
LOOKUPS = (
    _lookup("social_insurance", "social-insurance", _PERSON),
    _lookup("medical_insurance", "medical-insurance", _PERSON),
    _lookup("pension_confirmation", "pension-confirmation", _PERSON),
    _lookup("farm_subsidies", "farm-subsidies", _PERSON),
    _lookup("housing_fund", "housing-fund", _PERSON),
    _lookup("traffic_violations", "traffic-violations", _PERSON),
    _lookup("phone_balance", "phone-balance", (_body("phone", PHONE, required=True, answered_as="subject"),)),
    _lookup(
        "electricity_bill",
        "electricity-bill",
        (_body("account", r"^[0-9]{4,20}$", required=True, answered_as="subject"),),
    ),
)

GET_APPEAL = Operation("get_appeal", "/v1/appeals/{ticket}", Appeal, (_path("ticket", TICKET, "ticket"),), True)
LIST_SLOTS = Operation("list_slots", "/v1/slots", SlotList, (Parameter("item", CODE), Parameter("day", _DAY), *_PAGING))
BOOK_APPOINTMENT = Operation(
    "book_appointment",
    "/v1/appointments",
    Appointment,
    (_body("slot", SLOT, required=True, answered_as="slot"), _body("phone", PHONE, required=True)),
    may_be_absent=True,
    method="POST",
    keyed=True,
)
GET_APPOINTMENT = Operation(
    "get_appointment",
    "/v1/appointments/{number}",
    Appointment,
    (_path("number", APPOINTMENT, "number"),),
    may_be_absent=True,
)
CANCEL_APPOINTMENT = Operation(
    "cancel_appointment",
    "/v1/appointments/{number}/cancellation",
    Appointment,
    (_path("number", APPOINTMENT, "number"), _body("phone", PHONE, required=True)),
    may_be_absent=True,
    method="POST",
    keyed=True,
)

# What menus do not name: callers leave things through the outbox, and the rest is done by processes of their own.

GET_HEALTH = Operation("get_health", "/v1/health", Health)
LIST_CHANGES = Operation(
    "list_changes",
    "/v1/changes/{collection}",
    Changes,
    (
        _path("collection", r"^(service-items|policies|notices|townships|departments)$"),
        Parameter("since", CURSOR),
        Parameter("limit", r"^([1-9][0-9]?|[1-4][0-9][0-9]|500)$"),
    ),
    may_be_absent=True,
    packed=True,
)
GET_RECORDING = Operation(
    "get_recording", "/v1/recordings/{recording}", Recording, (_path("recording", RECORDING, "recording"),), True
)
PUT_RECORDING = Operation(
    "put_recording",
    "/v1/recordings/{recording}",
    Recording,
    (
        _path("recording", RECORDING, "recording"),
        Parameter("offset", _NUMBER, required=True),
        Parameter("total", _NUMBER, required=True),
        Parameter("sha256", r"^[0-9a-f]{64}$", required=True),
    ),
    method="PUT",
    binary=True,
)
LEAVE_APPEAL = Operation(
    "leave_appeal",
    "/v1/appeals",
    Appeal,
    (
        _body("ticket", TICKET, required=True, answered_as="ticket"),
        _body("kind", rf"^({'|'.join(APPEAL_KINDS)})$", required=True),
        _body("category", CODE),
        _body("township", CODE),
        _body("phone", PHONE),
        _body("text", _SPEECH),
        _body("recording", RECORDING),
        _LEFT_AT,
    ),
    method="POST",
    keyed=True,
)
REMIND_APPEAL = Operation(
    "remind_appeal",
    "/v1/appeals/{ticket}/reminders",
    Appeal,
    (_path("ticket", TICKET, "ticket"), _LEFT_AT, _body("text", _SPEECH)),
    may_be_absent=True,
    method="POST",
    keyed=True,
)
LEAVE_RATING = Operation(
    "leave_rating",
    "/v1/ratings",
    Rating,
    (
        _body("about", r"^[A-Za-z0-9._-]{1,64}$", required=True, answered_as="about"),
        _body("score", r"^[1-5]$", required=True, number=True),
        _body("text", _SPEECH),
        _LEFT_AT,
    ),
    method="POST",
    keyed=True,
)
LEAVE_CALLBACK = Operation(
    "leave_callback",
    "/v1/callbacks",
    Callback,
    (
        _body("ticket", TICKET, required=True, answered_as="ticket"),
        _body("phone", PHONE, required=True),
        _body("subject", r"(?s)^.{1,200}$"),
        _body("wanted", r"^(morning|afternoon|any)$"),
        _LEFT_AT,
    ),
    method="POST",
    keyed=True,
)
LIST_OUTBOUND_CALLS = Operation("list_outbound_calls", "/v1/outbound-calls", OutboundCallList, _PAGING)
REPORT_OUTBOUND_CALL = Operation(
    "report_outbound_call",
    "/v1/outbound-calls/{id}/results",
    OutboundCall,
    (
        _path("id", OUTBOUND, "id"),
        _body("outcome", r"^(talked|no_answer|busy|wrong_number|refused_further_calls)$", required=True),
        _body("called_at", _MOMENT, required=True),
    ),
    may_be_absent=True,
    method="POST",
    keyed=True,
)


def _by_name(*operations: Operation[Any]) -> Mapping[str, Operation[Any]]:
    return {operation.name: operation for operation in operations}


#: What menus can name.
OPERATIONS: Mapping[str, Operation[Any]] = _by_name(
    GET_CASE,
    FIND_CASES,
    GET_SERVICE_ITEM,
    LIST_SERVICE_ITEMS,
    GET_POLICY,
    LIST_POLICIES,
    LIST_NOTICES,
    LIST_DEPARTMENTS,
    LIST_TOWNSHIPS,
    *LOOKUPS,
    GET_APPEAL,
    LIST_SLOTS,
    BOOK_APPOINTMENT,
    GET_APPOINTMENT,
    CANCEL_APPOINTMENT,
)
#: Answered by the answer store, and by nobody else; menus can name it like the others.
FIND_ANSWERS = Operation("find_answers", "", OfferList, (Parameter("q", r"(?s)^.{1,500}$", required=True), _PAGING[0]))
LOCAL_OPERATIONS: Mapping[str, Operation[Any]] = _by_name(FIND_ANSWERS)
#: Answered by the gateway itself, for menus: how many callers wait for a person before this one.
WAIT_FOR_PERSON = Operation("wait_for_person", "", Place, (Parameter("target", CODE, required=True),))
GATEWAY_OPERATIONS: Mapping[str, Operation[Any]] = _by_name(WAIT_FOR_PERSON)
#: What processes of the gateway use besides.
OTHER_OPERATIONS: Mapping[str, Operation[Any]] = _by_name(
    GET_HEALTH,
    LIST_CHANGES,
    GET_RECORDING,
    PUT_RECORDING,
    LEAVE_APPEAL,
    REMIND_APPEAL,
    LEAVE_RATING,
    LEAVE_CALLBACK,
    LIST_OUTBOUND_CALLS,
    REPORT_OUTBOUND_CALL,
)
