"""What requests may ask with, read and checked as the contract says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from backend_client.demo.replies import ProblemError
from backend_client.demo.seed import LANGUAGES

KINDS = ("power_outage", "water_outage", "road", "flood", "farming")
DEFAULT_LIMIT = 20

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_MOMENTS = TypeAdapter(AwareDatetime)


def read_moment(text: str) -> datetime:
    """Return a moment in UTC.

    Raises:
        ValueError: it is none, or none that has a place in UTC: the ends of the calendar do not.
    """
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    try:
        return _MOMENTS.validate_python(text).astimezone(timezone.utc)
    except (ValidationError, OverflowError) as error:
        raise ValueError(text) from error


def is_moment(text: str) -> bool:
    try:
        read_moment(text)
    except ValueError:
        return False
    return True


@dataclass
class Parameters:
    """The query of one request. Methods note what is wrong; `check` then refuses the request."""

    query: Mapping[bytes, list[bytes]]

    def __post_init__(self) -> None:
        self._errors: list[tuple[str, str]] = []

    def check(self) -> None:
        """Raises:
        ProblemError: 400, naming all parameters that were wrong.
        """
        if self._errors:
            raise ProblemError(400, "wrong-parameter", errors=self._errors)

    def text(self, name: str) -> str | None:
        """Return up to 50 characters without control characters."""
        value = self._one(name)
        if value is None:
            return None
        if not 1 <= len(value) <= 50 or not value.isprintable():
            self._errors.append((name, "1 to 50 printable characters"))
        return value

    def code(self, name: str) -> str | None:
        value = self._one(name)
        if value is not None and not _CODE.fullmatch(value):
            self._errors.append((name, f"a code: {_CODE.pattern}"))
        return value

    def kind(self, name: str) -> str | None:
        value = self._one(name)
        if value is not None and value not in KINDS:
            self._errors.append((name, f"one of {', '.join(KINDS)}"))
        return value

    def moment(self, name: str, default: datetime) -> datetime:
        value = self._one(name)
        if value is None:
            return default
        try:
            return read_moment(value)
        except ValueError:
            self._errors.append((name, "a moment as in RFC 3339, 2026-12-05T08:00:00+08:00"))
            return default

    def day(self, name: str) -> date | None:
        value = self._one(name)
        if value is None:
            return None
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                raise ValueError(name)
            return date.fromisoformat(value)
        except ValueError:
            self._errors.append((name, "a day, 2026-12-05"))
            return None

    def page(self) -> tuple[int, int]:
        """Return how many items come before the page, and how many it has at most."""
        cursor = self._one("cursor")
        if cursor is not None and not re.fullmatch(r"[0-9]{1,9}", cursor):
            self._errors.append(("cursor", "the `next` of the page before"))
            cursor = None
        return int(cursor or 0), self.number("limit", 1, 100, DEFAULT_LIMIT)

    def token(self, name: str) -> str | None:
        value = self._one(name)
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._~-]{1,200}", value):
            self._errors.append((name, "the `token` of the answer before"))
        return value

    def number(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """Return a whole number; without a default it must be there."""
        value = self._one(name)
        if value is None and default is not None:
            return default
        if value is None or not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            self._errors.append((name, f"a whole number from {least} to {most}"))
            return least
        return int(value)

    def digest(self, name: str) -> str:
        value = self._one(name)
        if value is None or not re.fullmatch("[0-9a-f]{64}", value):
            self._errors.append((name, "64 hexadecimal digits"))
            return ""
        return value

    def _one(self, name: str) -> str | None:
        values = self.query.get(name.encode(), [])
        if len(values) > 1:
            self._errors.append((name, "given more than once"))
        if len(values) != 1:
            return None
        try:
            return values[0].decode()
        except UnicodeDecodeError:
            self._errors.append((name, "not UTF-8"))
            return None


def check_path(name: str, value: str, pattern: str) -> None:
    """Refuse what cannot stand in a path."""
    if not re.fullmatch(pattern, value, re.ASCII):
        raise ProblemError(400, "wrong-parameter", errors=[(name, f"must match {pattern}")])


def best_language(accept_language: str) -> str:
    """Return the language to answer in (RFC 9110, section 12.5.4); the first of ours when none fits."""
    # Sorted by quality. Only the first part of a tag counts: zh-CN is zh, en-GB is en.
    for tag, quality in parse_accept_header(accept_language, LanguageAccept):
        language = tag.lower().partition("-")[0]
        if quality > 0 and language in LANGUAGES:
            return language
    return LANGUAGES[0]
