"""Where the backend is, and how patient the client is with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

#: Environment variable that holds the bearer token, unless a file does.
TOKEN_VARIABLE = "XIANGYIN_BACKEND_TOKEN"


@dataclass(frozen=True)
class BackendSettings:
    """Settings of `BackendClient`.

    Attributes:
        base_url: address in front of `/v1`, http or https, such as `https://zwfw.example/hotline`.
        token_file: file whose only content is the bearer token; None takes it from the environment, if it is there.
        ca_file: PEM file of certificate authorities to trust in place of the system's; only for https.
        client_certificate_file: PEM file of the gateway's own certificate and its key, for a backend that asks for one.
        signing_key_file: file whose content is the secret with which requests are signed, in place of a token.
        signing_key_id: what the backend calls that secret.
        connect_timeout_ms: longest wait for one connection. Budgets of whole queries come with each query.
        budgets_ms: operation to the longest time that it may take, whatever a menu allows.
        tries: how often a question is asked at most, the first time included.
        first_pause_ms: longest pause before the second try; it doubles from try to try. Jitter halves it at most.
        longest_pause_ms: where doubling ends.
        size_limit: largest answer in bytes.
        connections: how many idle connections are kept.
        idle_s: how many seconds an idle connection is kept. Servers commonly close theirs after 60 or more.

    Raises:
        ValueError: a value is not allowed. The message begins with the name of the setting.
    """

    #: Where settings come from a file, a misspelt key is an error.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    base_url: str = "http://127.0.0.1:8099"
    token_file: Path | None = None
    ca_file: Path | None = None
    client_certificate_file: Path | None = None
    signing_key_file: Path | None = None
    signing_key_id: str = "gateway"
    connect_timeout_ms: int = 2000
    budgets_ms: Mapping[str, int] = field(default_factory=dict)
    tries: int = 4
    first_pause_ms: int = 200
    longest_pause_ms: int = 2000
    size_limit: int = 1_000_000
    connections: int = 4
    idle_s: int = 50

    def __post_init__(self) -> None:
        _check_base_url(self.base_url)
        for name in ("ca_file", "client_certificate_file"):
            if getattr(self, name) and not self.base_url.startswith("https://"):
                raise ValueError(f"{name}: only for an https base_url")
        if self.signing_key_file and self.token_file:
            raise ValueError("signing_key_file: either that or token_file")
        if not re.fullmatch("[A-Za-z0-9_.-]{1,64}", self.signing_key_id):
            raise ValueError(f"signing_key_id: {self.signing_key_id!r} is not 1 to 64 letters, digits or ._-")
        for operation, milliseconds in self.budgets_ms.items():
            if not 100 <= milliseconds <= 120_000:
                raise ValueError(f"budgets_ms: {operation}: {milliseconds!r} is not from 100 to 120000")
        for name, least, most in (
            ("connect_timeout_ms", 50, 60_000),
            ("tries", 1, 10),
            ("first_pause_ms", 0, 60_000),
            ("longest_pause_ms", 0, 60_000),
            ("size_limit", 1000, 100_000_000),
            ("connections", 1, 100),
            ("idle_s", 0, 3600),
        ):
            value = getattr(self, name)
            if not isinstance(value, int) or not least <= value <= most:
                raise ValueError(f"{name}: {value!r} is not a whole number from {least} to {most}")

    def read_token(self, environment: Mapping[str, str]) -> str | None:
        """Return the bearer token, or None where none is set.

        Raises:
            ValueError: the file cannot be read, or what it holds cannot be a token.
        """
        source = f"token_file: {self.token_file}" if self.token_file else TOKEN_VARIABLE
        try:
            token = self.token_file.read_text("ascii") if self.token_file else environment.get(TOKEN_VARIABLE, "")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{source}: cannot be read: {type(error).__name__}") from error
        token = token.strip()
        if any(not "!" <= character <= "~" for character in token) or (self.token_file and not token):
            raise ValueError(f"{source}: must hold one token of visible ASCII characters")
        return token or None

    def read_signing_key(self) -> bytes:
        """Return the secret with which requests are signed, empty if they are not.

        Raises:
            ValueError: the file cannot be read, or is too short for a secret.
        """
        if self.signing_key_file is None:
            return b""
        try:
            key = self.signing_key_file.read_bytes().strip()
        except OSError as error:
            raise ValueError(f"signing_key_file: cannot be read: {type(error).__name__}") from error
        if len(key) < 16:
            raise ValueError("signing_key_file: must hold a secret of at least 16 bytes")
        return key


def _check_base_url(base_url: str) -> None:
    try:
        parts = urlsplit(base_url)
        usable = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and not (parts.query or parts.fragment or parts.username or parts.password)
            and base_url.isascii()
            and base_url.isprintable()
            and " " not in base_url
        )
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(
            f"base_url: {base_url!r} is not an address such as https://zwfw.example/hotline "
            "(http or https, no user name, no ? and no #)"
        )
