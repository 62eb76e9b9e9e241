"""The collections that are synchronised: the type of their content, and what can be looked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone
from typing import Any

from pydantic import ValidationError

from backend_client.results import (
    Answer,
    Department,
    Notice,
    Policy,
    ServiceItem,
    TownshipEntry,
)

#: Sorts behind every moment, for what has no end.
ENDLESS = "9999-12-31T23:59:59+00:00"


@dataclass(frozen=True)
class Content:
    """One piece of content as the store keeps it.

    Attributes:
        key: its `code` or `id`.
        body: all fields, as JSON data.
        kind, township, department: what lists are narrowed by; empty where there is none.
        starts_at, ends_at: moments in UTC, ISO 8601, so that they sort; `ENDLESS` where there is no end.
        words: what is searched in lists, in small letters.
    """

    key: str
    body: dict[str, Any]
    kind: str = ""
    township: str = ""
    department: str = ""
    starts_at: str = ""
    ends_at: str = ENDLESS
    words: str = ""


class BadContentError(ValueError):
    """Content that is not what the contract promises. The message quotes nothing of it."""


_TYPES: Mapping[str, type[Answer]] = {
    "service-items": ServiceItem,
    "policies": Policy,
    "notices": Notice,
    "townships": TownshipEntry,
    "departments": Department,
}
COLLECTIONS = tuple(_TYPES)


def read_content(collection: str, key: str, data: Mapping[str, Any]) -> Content:
    """Return what the store keeps of a piece of content.

    Raises:
        BadContentError: it is not what the contract promises, or has another key.
    """
    model = _TYPES[collection]
    try:
        # As JSON, because strict types read dates from text only there.
        answer = model.model_validate_json(json.dumps(dict(data)))
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the whole"
        raise BadContentError(f"{collection}: {place}: {first['type']}") from None
    body = answer.model_dump(mode="json")
    if body.get("code", body.get("id")) != key:
        raise BadContentError(f"{collection}: the content has another key than the change")
    if isinstance(answer, ServiceItem):
        words = " ".join([answer.name, answer.summary, *answer.keywords]).lower()
        return Content(key, body, department=answer.department, words=words)
    if isinstance(answer, Policy):
        ends = ENDLESS if answer.valid_until is None else f"{answer.valid_until.isoformat()}T23:59:59+00:00"
        words = " ".join([answer.title, answer.summary, *answer.keywords]).lower()
        return Content(key, body, ends_at=ends, words=words)
    if isinstance(answer, Notice):
        return Content(
            key,
            body,
            kind=answer.kind,
            township=answer.township or "",
            starts_at=answer.starts_at.astimezone(timezone.utc).isoformat(),
            ends_at=ENDLESS if answer.ends_at is None else answer.ends_at.astimezone(timezone.utc).isoformat(),
        )
    return Content(key, body)
