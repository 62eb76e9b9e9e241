"""The HTTP API for programs: calls, what is going on, what waits for people, and menus,
as JSON. `openapi.yaml` describes it.

A program sends `Authorization: Bearer TOKEN`; a token is made with `ivr tokens make` and has scopes. Numbers are
masked, as on the pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from importlib import resources
from types import MappingProxyType
from typing import Any

from ivr.console import api_menus, api_work
from ivr.console.call_filters import place_of, place_text, search_of
from ivr.console.incoming import Incoming
from ivr.console.passwords import token_hash
from ivr.console.program import Asked, Made, Operation, RefusedError
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, ForbiddenError, NotFoundError, NotSignedInError, PageError, Visit
from ivr.storage.log import NoSuchCallError

#: What a token may be for.
SCOPES = ("calls:read", "live:read", api_work.READ, api_work.WRITE, api_menus.READ, api_menus.PUBLISH)
_MOST = 500
_NOT_GIVEN = ("caller_sealed",)


def calls(services: Services, asked: Asked) -> Any:
    """A page of calls, latest first, with the filters of the list."""
    limit = asked.query.get("limit", "50")
    if not limit.isdigit() or not 1 <= int(limit) <= _MOST:
        raise BadRequestError(f"limit 从 1 到 {_MOST}", f"limit is a number from 1 to {_MOST}")
    search = search_of(asked.query, services.numbers.hash)
    found = services.office.search.page(search, place_of(asked.query.get("after", "")), int(limit))
    return {
        "calls": [_plain(call) for call in found.calls],
        "next": place_text(found.next) if found.next else None,
        "searched_to": found.searched_to,
    }


def call(services: Services, asked: Asked, call_id: str) -> Any:
    """One call with its steps."""
    try:
        found = services.office.calls.call(call_id)
    except NoSuchCallError as error:
        raise NotFoundError("没有这次通话", "there is no such call") from error
    return {"call": _plain(found), "steps": [_plain(step) for step in services.office.calls.steps(found.id)]}


def live(services: Services, asked: Asked) -> Any:
    """The calls in progress on this machine."""
    return going_on(services)


def going_on(services: Services) -> dict[str, Any]:
    """The calls in progress, as JSON data."""
    return {"calls": [asdict(one) for one in services.live.calls()], "workers": services.live.workers()}


OPERATIONS = (
    Operation("GET", "/api/v1/calls", "calls:read", calls),
    Operation("GET", "/api/v1/calls/<call_id>", "calls:read", call),
    Operation("GET", "/api/v1/live", "live:read", live),
    *api_work.OPERATIONS,
    *api_menus.OPERATIONS,
)


def answer(services: Services, incoming: Incoming, operation: Operation, arguments: Mapping[str, str]) -> Answer:
    """What a program gets.

    Raises:
        DatabaseDownError: the caller makes 503 of it (`problem`).
    """
    try:
        who = admitted(services, incoming, operation.scope)
        asked = Asked(who, incoming.query, incoming.body, incoming.address)
        given = operation.give(services, asked, **arguments)
        return _json(given.value, 201) if isinstance(given, Made) else _json(given, 200)
    except RefusedError as error:
        return problem(error.status, str(error), error.members)
    except PageError as error:
        return problem(error.status, str(error))


def admitted(services: Services, incoming: Incoming, scope: str) -> str:
    """The name of the program that asks, `token:NAME`.

    Raises:
        NotSignedInError: there is no token, or it is worth nothing.
        ForbiddenError: it is for something else.
        DatabaseDownError: the database is down.
    """
    services.office.prepare()
    token = services.office.tokens.find(token_hash(incoming.bearer)) if incoming.bearer else None
    if token is None:
        raise NotSignedInError("没有令牌，或令牌无效", "no token, or it is not valid")
    if scope not in token.scopes:
        raise ForbiddenError(f"令牌没有 {scope}", f"the token lacks {scope}")
    return f"token:{token.name}"


def problem(status: int, detail: str, members: Mapping[str, Any] = MappingProxyType({})) -> Answer:
    """An error as RFC 9457 has it, with what else programs want to know."""
    body = json.dumps({"status": status, "detail": detail, **members}, ensure_ascii=False).encode()
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Answer(body, status, content_type="application/problem+json", headers=headers)


def description(services: Services, visit: Visit) -> Answer:
    """The OpenAPI document."""
    text = (resources.files("ivr.console") / "openapi.yaml").read_bytes()
    return Answer(text, content_type="application/yaml; charset=utf-8")


def _json(value: Any, status: int) -> Answer:
    text = json.dumps(value, ensure_ascii=False, default=_moment)
    return Answer(text.encode(), status, content_type="application/json")


def _plain(entry: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name not in _NOT_GIVEN}


def _moment(value: object) -> str:
    assert isinstance(value, datetime), f"{value!r} has no JSON form"
    return value.isoformat()
