"""What a program asks of the HTTP API and what it can be told, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ivr.console.web import BadRequestError, PageError

Body = TypeVar("Body", bound="RequestBody")


@dataclass(frozen=True)
class Asked:
    """One request of a program that has the right token.

    Attributes:
        who: the name for the audit log.
        query: the last value of each key.
        body: JSON, not read yet.
        address: of the program.
    """

    who: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = ""


@dataclass(frozen=True)
class Made:
    """An answer that says that something was made (201)."""

    value: Any


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Attributes:
        scope: what the token must be for.
        give: makes the answer of services, what is asked, and the arguments of the path.
    """

    method: Literal["GET", "POST"]
    path: str
    scope: str
    give: Callable[..., Any]


class RequestBody(BaseModel):
    """A body that is sent; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def read(cls: type[Body], body: bytes) -> Body:
        """The body.

        Raises:
            BadRequestError: it is none, and why.
        """
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False, include_context=False)
            told = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in wrong[:5])
            raise BadRequestError("内容不对", told) from error


class RefusedError(PageError):
    """It is understood, and not done.

    Attributes:
        members: what programs want to know besides the words, as JSON data.
    """

    def __init__(self, status: int, chinese: str, english: str, members: Mapping[str, Any]) -> None:
        super().__init__(chinese, english)
        self.status = status
        self.members = members
