"""The HTTP API for programs: calls and what is going on, as JSON. `openapi.yaml` describes it.

A program sends `Authorization: Bearer TOKEN`; a token is made with `ivr tokens make` and has scopes. Numbers are
masked, as on the pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from ivr.console.call_filters import place_of, place_text, search_of
from ivr.console.passwords import token_hash
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, ForbiddenError, NotFoundError, NotSignedInError, PageError, Visit
from ivr.storage.log import NoSuchCallError

#: What a token may be for.
SCOPES = ("calls:read", "live:read")
_MOST = 500
_NOT_GIVEN = ("caller_sealed",)


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Attributes:
        scope: what the token must be for; empty for an operation that anybody may use.
    """

    path: str
    scope: str
    give: Callable[..., Any]


def calls(services: Services, visit: Visit) -> Any:
    """A page of calls, latest first, with the filters of the list."""
    limit = visit.query.get("limit", "50")
    if not limit.isdigit() or not 1 <= int(limit) <= _MOST:
        raise BadRequestError(f"limit 从 1 到 {_MOST}", f"limit is a number from 1 to {_MOST}")
    search = search_of(visit.query, services.numbers.hash)
    found = services.office.search.page(search, place_of(visit.query.get("after", "")), int(limit))
    return {
        "calls": [_plain(call) for call in found.calls],
        "next": place_text(found.next) if found.next else None,
        "searched_to": found.searched_to,
    }


def call(services: Services, visit: Visit, call_id: str) -> Any:
    """One call with its steps."""
    try:
        found = services.office.calls.call(call_id)
    except NoSuchCallError as error:
        raise NotFoundError("没有这次通话", "there is no such call") from error
    return {"call": _plain(found), "steps": [_plain(step) for step in services.office.calls.steps(found.id)]}


def live(services: Services, visit: Visit) -> Any:
    """The calls in progress on this machine."""
    return {"calls": [asdict(one) for one in services.live.calls()], "workers": services.live.workers()}


OPERATIONS = (
    Operation("/api/v1/calls", "calls:read", calls),
    Operation("/api/v1/calls/<call_id>", "calls:read", call),
    Operation("/api/v1/live", "live:read", live),
)


def answer(services: Services, visit: Visit, bearer: str, operation: Operation, arguments: Mapping[str, str]) -> Answer:
    """What a program gets.

    Raises:
        DatabaseDownError: the caller makes 503 of it (`problem`).
    """
    try:
        services.office.prepare()
        token = services.office.tokens.find(token_hash(bearer)) if bearer else None
        if token is None:
            raise NotSignedInError("没有令牌，或令牌无效", "no token, or it is not valid")
        if operation.scope not in token.scopes:
            raise ForbiddenError(f"令牌没有 {operation.scope}", f"the token lacks {operation.scope}")
        return _json(operation.give(services, visit, **arguments))
    except PageError as error:
        return problem(error.status, str(error))


def problem(status: int, detail: str) -> Answer:
    """An error as RFC 9457 has it."""
    body = json.dumps({"status": status, "detail": detail}, ensure_ascii=False).encode()
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Answer(body, status, content_type="application/problem+json", headers=headers)


def description(services: Services, visit: Visit) -> Answer:
    """The OpenAPI document."""
    text = (resources.files("ivr.console") / "openapi.yaml").read_bytes()
    return Answer(text, content_type="application/yaml; charset=utf-8")


def _json(value: Any) -> Answer:
    text = json.dumps(value, ensure_ascii=False, default=_moment)
    return Answer(text.encode(), content_type="application/json")


def _plain(entry: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name not in _NOT_GIVEN}


def _moment(value: object) -> str:
    assert isinstance(value, datetime), f"{value!r} has no JSON form"
    return value.isoformat()
