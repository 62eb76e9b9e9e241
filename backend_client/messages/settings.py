"""Settings of text messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from backend_client.settings import BackendSettings

#: Environment variables that hold the address and the bearer token, unless the settings do.
URL_VARIABLE = "XIANGYIN_MESSAGES_URL"
TOKEN_VARIABLE = "XIANGYIN_MESSAGES_TOKEN"
#: What stands for the number, the text, and an id that is the same whenever the same message is sent again.
PLACES = ("to", "text", "id")


@dataclass(frozen=True)
class MessageSettings:
    """How text messages are sent.

    Attributes:
        url: address of the SMS provider; empty takes it from XIANGYIN_MESSAGES_URL, and without it nothing is sent.
        method: `POST`, `PUT`, or `GET`, which puts the fields into the address.
        body: what is sent, with `{to}`, `{text}` and `{id}` inside any text of it.
        body_as: `json` or `form`.
        token_file: file whose only content is the bearer token; None takes it from XIANGYIN_MESSAGES_TOKEN.
        ca_file: PEM file of certificate authorities to trust in place of the system's; only for https.
        accepted_path: where the JSON answer says whether it took the message, such as `result.code`; empty: status 2xx.
        accepted_value: what stands there when it did.
        wait_ms: longest wait for the provider during a call; then the message is queued.
        keep_hours: for how long a queued message is tried; later it would only puzzle who gets it.

    Raises:
        ValueError: a value is not allowed. The message begins with the name of the setting.
    """

    #: Where settings come from a file, a misspelt key is an error.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    url: str = ""
    method: Literal["POST", "PUT", "GET"] = "POST"
    body: Mapping[str, Any] = field(default_factory=lambda: {"to": "{to}", "text": "{text}"})
    body_as: Literal["json", "form"] = "json"
    token_file: Path | None = None
    ca_file: Path | None = None
    accepted_path: str = ""
    accepted_value: str = "0"
    wait_ms: int = 5000
    keep_hours: int = 24

    def __post_init__(self) -> None:
        if self.url:
            try:
                BackendSettings(self.url, ca_file=self.ca_file)
            except ValueError as error:
                raise ValueError(str(error).replace("base_url", "url", 1)) from error
        if self.body_as == "json" and self.method == "GET":
            raise ValueError("body_as: a GET has no body; use form")
        if self.body_as == "form" and any(isinstance(value, (Mapping, list)) for value in self.body.values()):
            raise ValueError("body: a form has texts only, nothing nested")
        named = {name for text in _texts(self.body) for name in re.findall(r"\{(\w+)\}", text)}
        if not {"to", "text"} <= named or not named <= set(PLACES):
            raise ValueError("body: needs {to} and {text}, may have {id}, and nothing else in braces")
        for name, most in (("wait_ms", 60_000), ("keep_hours", 24 * 7)):
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name}: {getattr(self, name)!r} is not from 1 to {most}")

    def read_token(self, environment: Mapping[str, str]) -> str | None:
        """The bearer token, or None where none is set.

        Raises:
            ValueError: the file cannot be read, or what it holds cannot be a token.
        """
        if self.token_file is None:
            return environment.get(TOKEN_VARIABLE, "").strip() or None
        return BackendSettings(token_file=self.token_file).read_token({})


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
