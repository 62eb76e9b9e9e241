"""What a BYE needs to know of a call, and the BYE (RFC 3261 sections 12 and 15)."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

#: Higher than any number that PJSIP gives to requests of a call: it begins below 2^15. RFC 3261 section 8.1.1.5 allows
#: what is below 2^31.
_CSEQ = 1 << 30
_COMPACT = {"f": "from", "t": "to", "i": "call-id", "m": "contact"}
_ANGLE = re.compile(r"<([^<>\s]+)>")


@dataclass(frozen=True)
class Dialog:
    """Our side of a dialog.

    Attributes:
        call_id: the Call-ID.
        local, remote: From and To of a request of ours, with their tags.
        target: URI in the Contact of the other side.
        routes: values of Route, the nearest first.
    """

    call_id: str
    local: str
    remote: str
    target: str
    routes: tuple[str, ...] = ()

    def to_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Dialog:
        """What `to_text` wrote.

        Raises:
            ValueError: it is something else.
        """
        try:
            fields = json.loads(text)
            return cls(**{**fields, "routes": tuple(fields["routes"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"no dialog: {error}") from error


def of_callee(invite: str, answer: str) -> Dialog | None:
    """Our side when they have called us (RFC 3261 section 12.1.1).

    Args:
        invite: their INVITE, the last one of the call.
        answer: our 2xx.
    """
    return _dialog(answer, "to", "from", _all(invite, "contact"), _all(invite, "record-route"))


def of_caller(answer: str) -> Dialog | None:
    """Our side when we have called them (RFC 3261 section 12.1.2).

    Args:
        answer: their 2xx.
    """
    return _dialog(answer, "from", "to", _all(answer, "contact"), _all(answer, "record-route")[::-1])


def bye(dialog: Dialog, here: str, branch: str) -> str:
    """The request that ends it.

    Args:
        here: `HOST:PORT` that the answer shall come to, by UDP.
        branch: of the Via, without the magic cookie.
    """
    lines = [
        f"BYE {dialog.target} SIP/2.0",
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{branch};rport",
        *(f"Route: {route}" for route in dialog.routes),
        "Max-Forwards: 70",
        f"From: {dialog.local}",
        f"To: {dialog.remote}",
        f"Call-ID: {dialog.call_id}",
        f"CSeq: {_CSEQ} BYE",
        # Q.850 cause 41, temporary failure: what the other side's log says of it (RFC 3326).
        'Reason: Q.850;cause=41;text="temporary failure"',
        "Content-Length: 0",
        "\r\n",
    ]
    return "\r\n".join(lines)


def next_hop(dialog: Dialog) -> tuple[str, int] | None:
    """Host and port that a request goes to by UDP; None where it takes another transport."""
    uri = _ANGLE.search(dialog.routes[0]) if dialog.routes else None
    found = re.match(r"sip:(?:[^@]*@)?([^@:;?>\[\]]+)(?::(\d+))?((?:[;?].*)?)$", uri[1] if uri else dialog.target, re.I)
    if found is None or re.search(r";transport=(?!udp)", found[3], re.I):
        return None
    port = int(found[2] or 5060)
    return (found[1], port) if 0 < port < 65536 else None


def _dialog(answer: str, local: str, remote: str, contacts: list[str], routes: list[str]) -> Dialog | None:
    call_id, ours, theirs = (_first(answer, name) for name in ("call-id", local, remote))
    target = _ANGLE.search(contacts[0]) if contacts else None
    if not (call_id and ours and theirs and contacts):
        return None
    uri = target[1] if target else contacts[0].partition(";")[0].strip()
    return Dialog(call_id, ours, theirs, uri, tuple(routes))


def _first(message: str, name: str) -> str:
    return next(iter(_all(message, name)), "")


def _all(message: str, name: str) -> list[str]:
    """All values of a header, those that share a line too (RFC 3261 section 7.3.1). Folded lines are joined."""
    head = re.sub(r"\r?\n[ \t]+", " ", re.split(r"\r?\n\r?\n", message, maxsplit=1)[0])
    values: list[str] = []
    for line in head.splitlines()[1:]:
        key, _, value = line.partition(":")
        key = key.strip().lower()
        if _COMPACT.get(key, key) == name:
            # A comma divides values; those that stand in a URI or in a quoted name do not.
            one_line = name in ("contact", "record-route")
            parts = re.findall(r'(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,<"])+', value) if one_line else [value]
            values += [part.strip() for part in parts]
    return values
