"""Reads a request of Twisted into plain data, strictly: what is too long, of another kind or not text is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from twisted.web.server import Request

from ivr.console.web import LANGUAGES, NOTICE_COOKIE, BadRequestError, ForbiddenError, PageError

#: Longest body, in bytes: menus of a whole county as JSON.
LONGEST_BODY = 4 * 1024 * 1024
_LONGEST_FORM = 256 * 1024
_MOST_FIELDS = 100
_FORM = "application/x-www-form-urlencoded"

LOOK_COOKIE = "xiangyin_look"


class TooLargeError(PageError):
    """The body is longer than any that we take."""

    status = 413


class WrongKindError(PageError):
    """The body is of a kind that we do not take."""

    status = 415


@dataclass(frozen=True)
class Incoming:
    """One request.

    Attributes:
        token: of the session, from its cookie; empty if there is none.
        bearer: token of a program, from the Authorization header.
        body: of what is no form.
    """

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    address: str
    secure: bool
    language: str
    theme: str
    notice: str
    token: str
    bearer: str
    body: bytes = b""
    last_event: str = ""


def session_cookie(secure: bool) -> str:
    """Name of the cookie that holds the session's token. The prefix makes browsers hold it to this host and to TLS."""
    return "__Host-xiangyin" if secure else "xiangyin_session"


def read(request: Request) -> Incoming:
    """Read a request.

    Raises:
        PageError: it is refused, and why.
    """
    method = _text(request.method)
    parts = urlsplit(_text(request.uri))
    if method in ("POST", "PUT", "PATCH", "DELETE"):
        _refuse_other_sites(request)
    form, body = _body(request) if method in ("POST", "PUT") else ({}, b"")
    secure = bool(request.isSecure())
    language, theme = _look(request)
    authorization = _header(request, "authorization")
    return Incoming(
        method="GET" if method == "HEAD" else method,
        path=unquote(parts.path),
        query=_fields(parts.query),
        form=form,
        address=_text(getattr(request.getClientAddress(), "host", "") or ""),
        secure=secure,
        language=language,
        theme=theme,
        notice=unquote(_cookie(request, NOTICE_COOKIE))[:500],
        token=_cookie(request, session_cookie(secure)),
        bearer=authorization[7:].strip() if authorization[:7].lower() == "bearer " else "",
        body=body,
    )


def longest_body(content_type: str) -> int:
    """The longest body of a kind, in bytes.

    Raises:
        WrongKindError: no body of this kind is taken.
    """
    kind = _kind(content_type)
    if kind not in (_FORM, "application/json", ""):
        raise WrongKindError("不接受这种内容", f"this kind of content is not taken: {kind[:60]!r}")
    return _LONGEST_FORM if kind == _FORM else LONGEST_BODY


def too_large(longest: int) -> TooLargeError:
    """What a body gets that is longer than so many bytes."""
    return TooLargeError("内容太大", f"the body is larger than {longest} bytes")


def fields_of(incoming: Incoming) -> dict[str, str]:
    """The fields of a form. Scripts of ours send theirs as a JSON object of texts, a third as long for Chinese.

    Raises:
        BadRequestError: the body is no such object.
    """
    if not incoming.body:
        return incoming.form
    try:
        fields = json.loads(incoming.body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("内容读不懂", "the body is not JSON") from error
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise BadRequestError("内容读不懂", "the body is no JSON object of texts")
    if any("\x00" in value or (not value.isprintable() and _has_half(value)) for value in fields.values()):
        raise BadRequestError("内容里有不能用的字符", "the body holds a character that is not allowed")
    return fields


def _has_half(text: str) -> bool:
    """Whether there is half a character (a lone surrogate) in a text, which JSON can write and nobody can keep."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def _refuse_other_sites(request: Request) -> None:
    """Browsers say from which site a form is sent; from another one nobody sends ours."""
    origin, host = _header(request, "origin"), _header(request, "host")
    if origin and urlsplit(origin).netloc != host:
        raise ForbiddenError("这个请求来自别的网站，已拒绝", "this request comes from another site and is refused")
    if _header(request, "sec-fetch-site") in ("cross-site", "same-site"):
        raise ForbiddenError("这个请求来自别的网站，已拒绝", "this request comes from another site and is refused")


def _body(request: Request) -> tuple[dict[str, str], bytes]:
    assert request.content is not None
    request.content.seek(0)
    raw = request.content.read(LONGEST_BODY + 1)
    if not raw:
        return {}, b""
    kind = _header(request, "content-type")
    longest = longest_body(kind)
    if len(raw) > longest:
        raise too_large(longest)
    return (_fields(_text(raw)), b"") if _kind(kind) == _FORM else ({}, raw)


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _fields(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise BadRequestError("地址或表单读不懂", "the query or form cannot be read") from error
    if any("\x00" in text for pair in pairs for text in pair):
        raise BadRequestError("地址或表单里有不能用的字符", "the query or form holds a character that is not allowed")
    return dict(pairs)


def _look(request: Request) -> tuple[str, str]:
    language, _, theme = _cookie(request, LOOK_COOKIE).partition(".")
    if language not in LANGUAGES:
        wanted = _header(request, "accept-language").lower()
        language = "en" if wanted.startswith("en") else "zh"
    return language, theme if theme in ("light", "dark") else ""


def _cookie(request: Request, name: str) -> str:
    return _text(request.getCookie(name.encode()) or b"")[:4000]


def _header(request: Request, name: str) -> str:
    return request.getHeader(name) or ""


def _text(raw: bytes | str) -> str:
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequestError("不是 UTF-8 文字", "this is not UTF-8 text") from error
