"""What a page is given and what it gives back, as plain data: no page knows Twisted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import urlencode

from ivr.console.roles import Permission, may
from ivr.storage.accounts import BrowserSession, Person

Language = str
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Visit:
    """One request for a page.

    Attributes:
        path: without the query.
        query: the last value of each key.
        form: fields of a form that was sent, the last value of each.
        address: of the browser.
        secure: it came over TLS.
        person: who is signed in; None for nobody.
        notice: what the page before wanted to be said on this one.
    """

    method: str = "GET"
    path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    secure: bool = False
    language: Language = "zh"
    theme: str = ""
    person: Person | None = None
    session: BrowserSession | None = None
    notice: str = ""

    def say(self, chinese: str, english: str) -> str:
        """The one of the two that this person reads."""
        return english if self.language == "en" else chinese

    def may(self, permission: Permission) -> bool:
        return self.person is not None and may(self.person.role, permission)

    @property
    def who(self) -> str:
        """The name for the audit log; empty for nobody."""
        return self.person.name if self.person else ""

    def here(self, **changes: str | None) -> str:
        """This page with other values in its query; None takes a key away."""
        values = {**self.query, **changes}
        query = urlencode({key: value for key, value in values.items() if value})
        return f"{self.path}?{query}" if query else self.path


@dataclass(frozen=True)
class Cookie:
    """A cookie to set. All are HttpOnly and SameSite=Lax; an empty value takes it away.

    Attributes:
        lasts_s: None until the browser is closed.
    """

    name: str
    value: str
    lasts_s: int | None = None


@dataclass(frozen=True)
class Answer:
    """What is sent back.

    Attributes:
        file: sent in place of the body, with byte ranges, so that a player can jump; closed when it is sent.
        headers: besides those that every answer has.
    """

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()
    file: BinaryIO | None = None


NOTICE_COOKIE = "xiangyin_notice"


def see(path: str, *, notice: str = "", cookies: tuple[Cookie, ...] = ()) -> Answer:
    """Send the browser to another page of ours, which says the notice."""
    assert path.startswith("/") and not path.startswith("//"), path
    if notice:
        cookies = (*cookies, Cookie(NOTICE_COOKIE, notice, lasts_s=60))
    return Answer(status=303, headers={"Location": path}, cookies=cookies)


def download(body: bytes, content_type: str, file_name: str) -> Answer:
    """A file to keep. Its name is ours: letters, digits, dots and hyphens."""
    assert file_name.replace("-", "").replace(".", "").replace("_", "").isalnum(), file_name
    return Answer(
        body, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{file_name}"'}
    )


class PageError(Exception):
    """A page cannot be given. The message is for the person, already in both languages.

    Attributes:
        status: of HTTP.
    """

    status = 400

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese} / {english}")
        self.chinese = chinese
        self.english = english


class BadRequestError(PageError):
    """The request is not understood."""


class NotSignedInError(PageError):
    """Somebody must sign in first."""

    status = 401


class ForbiddenError(PageError):
    """This person may not do this."""

    status = 403


class NotFoundError(PageError):
    """There is no such thing."""

    status = 404


class ConflictError(PageError):
    """Something is not as it must be for this, perhaps because somebody else was faster."""

    status = 409


class GoneWrongError(PageError):
    """It cannot be done just now."""

    status = 503
