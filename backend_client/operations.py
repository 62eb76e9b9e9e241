"""The operations that menus can name, each with its parameters: the one registry, `OPERATIONS`.

A new operation is one more entry there, and its path in `openapi.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from backend_client.errors import AnswerError, RequestError
from backend_client.results import (
    CASE_NUMBER,
    CODE,
    CURSOR,
    Case,
    Health,
    NoticeList,
    Policy,
    PolicyList,
    ServiceItem,
    ServiceItemList,
)

Result = TypeVar("Result", bound=BaseModel)

_WORDS = r"^[^\x00-\x1f\x7f]{1,50}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([+-][0-9]{2}:[0-9]{2}|Z)$"


@dataclass(frozen=True)
class Parameter:
    """One argument of an operation.

    Attributes:
        name: what menus and the contract call it.
        pattern: regular expression that the whole value matches.
        required: False if it may be left out. An argument that is None or empty counts as left out.
        place: where it goes in the request.
        answered_as: field of the answer (of every item, in a list) that must be equal to it.
    """

    name: str
    pattern: str
    required: bool = False
    place: Literal["path", "query"] = "query"
    answered_as: str = ""

    def text(self, value: Any) -> str | None:
        """Return the value as it is sent, None if it is left out.

        Raises:
            RequestError: it is missing, or cannot be such a value. The value is not in the message.
        """
        if value is None or value == "":
            if self.required:
                raise RequestError(f"argument {self.name} is missing")
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise RequestError(f"argument {self.name} is neither text nor a whole number")
        text = str(value)
        if not re.fullmatch(self.pattern, text):
            raise RequestError(f"argument {self.name} does not match {self.pattern}")
        return text


@dataclass(frozen=True)
class Question:
    """Arguments of an operation, ready to be sent.

    Attributes:
        path: percent-encoded path below the base URL.
        query: names and values for the query string.
        expected: field of the answer to the value that it must have.
    """

    path: str
    query: Mapping[str, str]
    expected: Mapping[str, str]


@dataclass(frozen=True)
class Operation(Generic[Result]):
    """One operation of the contract. All of them are GET so far, so all may be asked again.

    Attributes:
        name: what menus call it; the contract has it in camel case as `operationId`.
        path: path template of the contract.
        result: the type of the answer.
        parameters: what can be asked with.
        may_be_absent: True if 404 means that there is no such thing; a list can be empty, but is never absent.
    """

    name: str
    path: str
    result: type[Result]
    parameters: tuple[Parameter, ...] = ()
    may_be_absent: bool = False

    def question(self, arguments: Mapping[str, Any]) -> Question:
        """Return what is to be asked.

        Raises:
            RequestError: an argument is missing, wrong or unknown.
        """
        unknown = sorted(set(arguments) - {parameter.name for parameter in self.parameters})
        if unknown:
            raise RequestError(f"operation {self.name} has no argument {unknown[0]}")
        path, query, expected = self.path, {}, {}
        for parameter in self.parameters:
            value = parameter.text(arguments.get(parameter.name))
            if value is None:
                continue
            if parameter.place == "path":
                path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
            else:
                query[parameter.name] = value
            if parameter.answered_as:
                expected[parameter.answered_as] = value
        return Question(path, query, expected)

    def read(self, body: bytes, question: Question) -> Result:
        """Return the answer in `body`, which came with status 200.

        Raises:
            AnswerError: `bad_answer`: it is not what the contract promises, or answers another question.
        """
        try:
            result = self.result.model_validate_json(body)
        except ValidationError as error:
            # Only places and kinds of error: pydantic's own message would quote the answer.
            first = error.errors(include_input=False, include_context=False, include_url=False)[0]
            place = ".".join(str(step) for step in first["loc"]) or "the whole"
            raise AnswerError("bad_answer", f"{place}: {first['type']}", 200) from None
        for answer in getattr(result, "items", (result,)):
            for field, value in question.expected.items():
                if getattr(answer, field) != value:
                    raise AnswerError("bad_answer", f"the answer is about another {field} than was asked for", 200)
        return result


_CODE = Parameter("code", CODE, required=True, place="path", answered_as="code")
_Q = Parameter("q", _WORDS)
_PAGING = (Parameter("limit", r"^([1-9][0-9]?|100)$"), Parameter("cursor", CURSOR))

GET_CASE = Operation(
    "get_case",
    "/v1/cases/{number}",
    Case,
    (Parameter("number", CASE_NUMBER, required=True, place="path", answered_as="number"),),
    may_be_absent=True,
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
#: Asked by `ivr doctor`, not by menus.
GET_HEALTH = Operation("get_health", "/v1/health", Health)

#: What menus can name.
OPERATIONS: Mapping[str, Operation[Any]] = {
    operation.name: operation
    for operation in (GET_CASE, GET_SERVICE_ITEM, LIST_SERVICE_ITEMS, GET_POLICY, LIST_POLICIES, LIST_NOTICES)
}
