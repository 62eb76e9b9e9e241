"""HTTP replies of the demo backend as plain data, before anything is sent."""

from __future__ import annotations

import gzip
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
    "not-verified": "The PIN is wrong",
    "locked": "Too many wrong PINs",
    "key-reused": "The idempotency key belongs to another request",
    "token-expired": "The change token is not known any more",
    "too-large": "The body is too large",
    "wrong-media-type": "The body is of another type than this operation takes",
    "ticket-taken": "The ticket belongs to something else",
    "recording-missing": "The recording has not arrived",
    "wrong-offset": "A piece before this one is missing",
    "wrong-digest": "The recording is not the one that was announced",
    "closed": "The appeal is closed",
    "slot-taken": "This time is full",
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
        wait_s: seconds after which it may be tried again, 0 if that is not known.
    """

    def __init__(
        self, status: int, kind: str, detail: str = "", errors: Sequence[tuple[str, str]] = (), wait_s: int = 0
    ) -> None:
        super().__init__(f"{status} {kind}")
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.wait_s = wait_s

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
        if self.wait_s:
            headers["Retry-After"] = str(self.wait_s)
        return Reply(self.status, _dump(problem), headers)


def json_reply(data: Any, language: str | None = None, *, status: int = 200, kept: bool = False) -> Reply:
    """Return the data; with `kept`, also the headers of an answer that can be kept.

    The tag is that of the text in this language (RFC 9110, section 8.8.3).
    """
    body = _dump(data)
    headers = {"Content-Type": "application/json", "Cache-Control": "no-cache" if kept else "no-store"}
    if language:
        headers["Content-Language"] = language
        headers["Vary"] = "Accept-Language"
    if language and kept:
        headers["ETag"] = f'"{hashlib.sha256(language.encode() + body).hexdigest()[:24]}"'
    return Reply(status, body, headers)


def gzipped(reply: Reply, accept_encoding: str) -> Reply:
    """Return the reply packed, if it is worth it and the client takes it (RFC 9110, section 12.5.3)."""
    accepted = {each.partition(";")[0].strip() for each in accept_encoding.lower().split(",") if "q=0" not in each}
    if reply.status != 200 or "gzip" not in accepted or len(reply.body) < 500:
        return reply
    headers = {**reply.headers, "Content-Encoding": "gzip", "Vary": "Accept-Language, Accept-Encoding"}
    return Reply(200, gzip.compress(reply.body, mtime=0), headers)


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
