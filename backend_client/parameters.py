"""Arguments of operations: checked before anything is sent, and put where the contract wants them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

from backend_client.errors import RequestError


@dataclass(frozen=True)
class Parameter:
    """One argument of an operation.

    Attributes:
        name: what menus and the contract call it.
        pattern: regular expression that the whole value matches.
        required: False if it may be left out. An argument that is None or empty counts as left out.
        place: where it goes in the request.
        answered_as: field of the answer (of every item, in a list) that must be equal to it.
        number: whether a body holds it as a number.
    """

    name: str
    pattern: str
    required: bool = False
    place: Literal["path", "query", "body"] = "query"
    answered_as: str = ""
    number: bool = False

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
        path: with everything filled in, percent-encoded.
        query: what follows the question mark.
        body: what is sent along, None if nothing is.
        expected: field of the answer to the value that it must have.
    """

    path: str
    query: Mapping[str, str]
    body: bytes | None
    expected: Mapping[str, str]

    @property
    def target(self) -> str:
        """Path and query as they stand in the request."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def make_question(
    operation: str,
    path: str,
    parameters: tuple[Parameter, ...],
    arguments: Mapping[str, Any],
    data: bytes | None = None,
) -> Question:
    """Return what is to be asked.

    Args:
        path: path template of the contract.
        data: body that is not JSON.

    Raises:
        RequestError: an argument is missing, wrong or unknown.
    """
    unknown = sorted(set(arguments) - {parameter.name for parameter in parameters})
    if unknown:
        raise RequestError(f"operation {operation} has no argument {unknown[0]}")
    query: dict[str, str] = {}
    body: dict[str, Any] = {}
    expected: dict[str, str] = {}
    for parameter in parameters:
        value = parameter.text(arguments.get(parameter.name))
        if value is None:
            continue
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
        elif parameter.place == "query":
            query[parameter.name] = value
        else:
            body[parameter.name] = int(value) if parameter.number else value
        if parameter.answered_as:
            expected[parameter.answered_as] = value
    in_body = any(parameter.place == "body" for parameter in parameters)
    return Question(path, query, json.dumps(body, ensure_ascii=False).encode() if in_body else data, expected)
