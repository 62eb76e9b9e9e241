"""Keys of programs for the HTTP API. The token itself is shown once; here is its hash, and what it may be used for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from ivr.storage.database import writing
from ivr.storage.down import or_down
from ivr.storage.office_models import ApiToken

_COLUMNS = (ApiToken.name, ApiToken.scopes, ApiToken.made_by, ApiToken.made_at, ApiToken.expires_at, ApiToken.used_at)


class TokenExistsError(ValueError):
    """There is a token of this name."""


class NoSuchTokenError(LookupError):
    """There is no token of this name."""


@dataclass(frozen=True)
class Token:
    """What is known of a token.

    Attributes:
        scopes: what it may be used for, such as `calls:read`.
        expires_at: None for never.
    """

    name: str
    scopes: frozenset[str]
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class Tokens:
    """All tokens. Every method raises `DatabaseDownError` when the database cannot be used."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def make(self, name: str, scopes: frozenset[str], token_hash: str, made_by: str, lasts: timedelta | None) -> None:
        """Keep a new token.

        Raises:
            TokenExistsError: there is one of this name.
        """
        now = self._now()
        values = {
            "name": name,
            "scopes": " ".join(sorted(scopes)),
            "token_hash": token_hash,
            "made_by": made_by,
            "made_at": now,
            "expires_at": now + lasts if lasts else None,
            "used_at": None,
        }
        try:
            with or_down(), writing(self._engine).begin() as connection:
                connection.execute(insert(ApiToken).values(**values))
        except IntegrityError as error:
            raise TokenExistsError(name) from error

    def all(self) -> list[Token]:
        with or_down(), self._engine.connect() as connection:
            rows = connection.execute(select(*_COLUMNS).order_by(ApiToken.name))
            return [_token(row) for row in rows]

    def find(self, token_hash: str) -> Token | None:
        """The token of this hash, if it is valid. That it is used is written down once a minute at most."""
        now = self._now()
        valid = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now)
        with or_down(), self._engine.connect() as connection:
            row = connection.execute(select(*_COLUMNS).where(ApiToken.token_hash == token_hash, valid)).one_or_none()
        if row is None:
            return None
        if row.used_at is None or now - row.used_at >= timedelta(minutes=1):
            with or_down(), writing(self._engine).begin() as connection:
                connection.execute(update(ApiToken).where(ApiToken.token_hash == token_hash).values(used_at=now))
        return _token(row)

    def revoke(self, name: str) -> None:
        """Make a token worthless.

        Raises:
            NoSuchTokenError: there is none of this name.
        """
        with or_down(), writing(self._engine).begin() as connection:
            gone = connection.execute(delete(ApiToken).where(ApiToken.name == name).returning(ApiToken.name))
            if gone.one_or_none() is None:
                raise NoSuchTokenError(name)


def _token(row: Any) -> Token:
    return Token(row.name, frozenset(row.scopes.split()), row.made_by, row.made_at, row.expires_at, row.used_at)
