"""HTTP replies of the demo backend as plain data, before anything is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

_TITLES = {
    "not-found": "There is no such thing",
    "wrong-parameter": "A parameter is wrong",
    "not-authorised": "The token is missing or wrong",
    "no-such-path": "There is nothing at this path",
    "wrong-method": "This method is not allowed here",
    "internal": "The server made a mistake",
    "unavailable": "The service is not available",
}


@dataclass(frozen=True)
class Reply:
    """What is to be sent.

    Attributes:
        headers: header names to values; `Content-Length` follows from the body.
        end: `whole` sends everything; `partial` announces everything, sends half and closes; `stall` sends half and
            then nothing; `drop` closes without sending anything; `chunked` sends everything without saying how much.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    end: Literal["whole", "partial", "stall", "drop", "chunked"] = "whole"


class ProblemError(Exception):
    """What becomes an `application/problem+json` answer (RFC 9457).

    Attributes:
        kind: last part of the problem's type.
        errors: (parameter, what is wrong with it).
    """

    def __init__(self, status: int, kind: str, detail: str = "", errors: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(f"{status} {kind}")
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)

    def reply(self) -> Reply:
        problem: dict[str, Any] = {
            "type": f"urn:xiangyin:problem:{self.kind}",
            "title": _TITLES[self.kind],
            "status": self.status,
        }
        if self.detail:
            problem["detail"] = self.detail
        if self.errors:
            problem["errors"] = [{"parameter": name, "detail": detail} for name, detail in self.errors]
        headers = {"Content-Type": "application/problem+json"}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return Reply(self.status, _dump(problem), headers)


def json_reply(data: Any, language: str | None = None) -> Reply:
    """Return a 200 with the data; with a language, also the headers of an answer that can be kept.

    The tag is that of the text in this language (RFC 9110, section 8.8.3).
    """
    body = _dump(data)
    headers = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
    if language:
        headers["Content-Language"] = language
        headers["Vary"] = "Accept-Language"
        headers["ETag"] = f'"{hashlib.sha256(language.encode() + body).hexdigest()[:24]}"'
    return Reply(200, body, headers)


def unless_known(reply: Reply, if_none_match: str) -> Reply:
    """Return 304 in place of `reply` if the client has it already (RFC 9110, section 13.1.2)."""
    tag = reply.headers.get("ETag")
    if not tag:
        return reply
    # The comparison is the weak one: W/"x" means "x" here.
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    if tag not in known and if_none_match.strip() != "*":
        return reply
    kept = {name: value for name, value in reply.headers.items() if name != "Content-Type"}
    return Reply(304, b"", kept)


def _dump(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
