"""One request as handlers see it, and what a route is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from backend_client.demo.parameters import Parameters, check_path
from backend_client.demo.requests import read_body
from backend_client.demo.store import Store

Json = dict[str, Any]
Body = TypeVar("Body", bound=BaseModel)

#: Name of a part of a path to what it may be.
PATH_PATTERNS = {
    "number": r"[0-9A-Za-z-]{1,32}",
    "code": r"[a-z][a-z0-9_]{0,63}",
    "collection": r"service-items|policies|notices|townships|departments",
    "recording": r"[A-Za-z0-9_-]{16,64}",
    "ticket": r"[0-9]{10}",
    "id": r"[A-Za-z0-9_-]{1,64}",
    "appointment": r"[0-9]{8}",
}


@dataclass(frozen=True)
class Asked:
    """One request.

    Attributes:
        operation: `operationId` of the contract.
        path: parts of the path, by name.
        body: as it came.
        key: idempotency key, empty where there is none.
        now: with an offset.
    """

    operation: str
    store: Store
    path: dict[str, str]
    parameters: Parameters
    language: str
    body: bytes
    key: str
    now: datetime

    def part(self, name: str) -> str:
        """Return a part of the path.

        Raises:
            ProblemError: 400, it cannot be one.
        """
        check_path(name, self.path[name], PATH_PATTERNS[name])
        return self.path[name]

    def read(self, model: type[Body]) -> Body:
        """Return what the body says.

        Raises:
            ProblemError: 400, with what is wrong where.
        """
        return read_body(model, self.body)


@dataclass(frozen=True)
class Route:
    """One operation of the contract.

    Attributes:
        operation: its `operationId`.
        rule: path for klein, with `<name>` for what varies.
        handle: returns the answer, None if there is no such thing. Raises `ProblemError`.
        body: media type of the body, empty if there is none.
        keyed: whether it must carry an idempotency key and has its effect once. The answer is 201 then.
        kept: whether the answer can be kept, and carries an `ETag`.
        packed: whether the answer may be gzipped.
    """

    operation: str
    method: Literal["GET", "POST", "PUT"]
    rule: str
    handle: Callable[[Asked], Json | None] = field(repr=False)
    body: str = ""
    keyed: bool = False
    kept: bool = False
    packed: bool = False
