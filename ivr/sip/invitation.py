"""What an INVITE says, read from its text (RFC 3261 sections 7, 19.1 and 20; RFC 3966 for `tel:`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_SCHEME = re.compile(r"^\s*(sips?|tel):", re.IGNORECASE)
_COMPACT = {"f": "from", "t": "to", "c": "content-type", "i": "call-id", "l": "content-length"}
_WITHHELD = {"", "anonymous", "unavailable", "restricted", "unknown"}


@dataclass(frozen=True)
class Invitation:
    """Who calls whom.

    Attributes:
        caller: number as text, empty if withheld.
        dialled: number of the request URI.
        user_agent: what the other side calls itself, possibly empty.
        sip_call_id: the Call-ID header.
        whole: False if the body is shorter than Content-Length says; such a datagram is to be refused with 400
            (RFC 3261 section 18.3), which PJSIP leaves to us.
        takes_messages: their telephone allows MESSAGE (RFC 3428), so it has a display.
    """

    caller: str
    dialled: str
    user_agent: str = ""
    sip_call_id: str = ""
    whole: bool = True
    takes_messages: bool = False


def read_invitation(message: str) -> Invitation:
    """Read an INVITE. Never raises: what is not there is empty."""
    request = message.split("\n", 1)[0].split(" ")
    headers = read_headers(message)
    caller = user_of(headers.get("from", ""))
    return Invitation(
        caller="" if caller.lower() in _WITHHELD else caller,
        dialled=user_of(request[1]) if len(request) > 1 else "",
        user_agent=headers.get("user-agent", ""),
        sip_call_id=headers.get("call-id", ""),
        takes_messages="MESSAGE" in re.split(r"[,\s]+", headers.get("allow", "").upper()),
        whole=_is_whole(headers.get("content-length", ""), read_body(message)),
    )


def read_headers(message: str) -> dict[str, str]:
    """The headers of a SIP message by lower-case long name; of repeated ones, the first. Folded lines are joined."""
    head = re.split(r"\r?\n\r?\n", message, maxsplit=1)[0]
    lines = re.sub(r"\r?\n[ \t]+", " ", head).splitlines()[1:]
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers.setdefault(_COMPACT.get(key, key), value.strip())
    return headers


def read_body(message: str) -> str:
    """What follows the headers of a SIP message."""
    parts = re.split(r"\r?\n\r?\n", message, maxsplit=1)
    return parts[1] if len(parts) == 2 else ""


def _is_whole(content_length: str, body: str) -> bool:
    return not content_length.isdecimal() or len(body.encode("utf-8", "surrogateescape")) >= int(content_length)


def user_of(address: str) -> str:
    """The user part of a URI, a name-addr or an addr-spec, unescaped and without parameters; empty if there is none.

    A `tel:` number loses its visual separators.
    """
    unquoted = re.sub(r'"(?:\\.|[^"\\])*"', "", address)
    bracketed = re.search(r"<([^>]*)>", unquoted)
    uri = bracketed[1] if bracketed else unquoted
    scheme = _SCHEME.match(uri)
    if scheme is None:
        return ""
    rest = uri[scheme.end() :]
    if scheme[1].lower() == "tel":
        return re.sub(r"[-.() ]", "", unquote(rest.split(";")[0]))
    user, at, _ = rest.partition("@")
    return unquote(re.split(r"[;:]", user)[0]).strip() if at else ""
