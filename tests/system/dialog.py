"""The SIP side of a caller, as text: the requests and answers of one dialog (RFC 3261 section 12)."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from tests.system.wire import Message

_KEPT_IN_ANSWERS = ("via", "from", "to", "call-id", "cseq", "record-route")


@dataclass
class Dialog:
    """One call from the caller's side. Every method gives the text to send.

    Attributes:
        user: number that calls.
        here: our `HOST:PORT`.
        remote_uri: where requests go; the other side's Contact once it has answered.
        contact_host: written into the Contact header in place of `here`.
        allows: the methods that we say we understand.
        call_id: names the call.
        cseq: number of our latest request.
    """

    user: str
    here: str
    remote_uri: str
    contact_host: str = ""
    allows: str = "INVITE, ACK, BYE, CANCEL, INFO, UPDATE"
    call_id: str = field(default_factory=lambda: f"{random.getrandbits(64):x}@rawphone")
    cseq: int = 0

    def __post_init__(self) -> None:
        self.tag = f"{random.getrandbits(32):x}"
        self._from = f"<sip:{self.user}@{self.here}>;tag={self.tag}"
        self._to = f"<{self.remote_uri}>"
        self._branch = ""

    @classmethod
    def of_invite(cls, user: str, here: str, invite: Message) -> Dialog:
        """The side of who is called."""
        contact = re.search(r"<(sip:[^>]+)>", invite.get("contact"))
        assert contact
        dialog = cls(user, here, contact[1], call_id=invite.get("call-id"))
        dialog._from = dialog._tagged(invite.get("to"))
        dialog._to = invite.get("from")
        return dialog

    def _tagged(self, to: str) -> str:
        return to if ";tag=" in to else f"{to};tag={self.tag}"

    def request(self, method: str, body: str = "", content_type: str = "application/sdp", headers: str = "") -> str:
        """A new request."""
        self.cseq += 1
        self._branch = _new_branch()
        return self._text(method, self.cseq, self._branch, body, content_type, headers)

    def cancel(self) -> str:
        """CANCEL of the latest request."""
        return self._text("CANCEL", self.cseq, self._branch)

    def acknowledge(self, response: Message, body: str = "") -> str:
        """ACK of a final response to INVITE: part of its transaction if that is a refusal (section 17.1.1.3)."""
        cseq = int(response.get("cseq").split()[0])
        to, self._to = self._to, response.get("to")
        if response.status >= 300:
            text = self._text("ACK", cseq, self._branch)
            self._to = to
            return text
        contact = re.search(r"<(sip:[^>]+)>", response.get("contact"))
        if contact:
            self.remote_uri = contact[1]
        return self._text("ACK", cseq, _new_branch(), body)

    def answer(self, request: Message, status: str, body: str = "") -> str:
        """An answer to a request of the other side."""
        kept = "".join(
            f"{name}: {self._tagged(value) if name == 'to' else value}\r\n"
            for name, value in request.headers
            if name in _KEPT_IN_ANSWERS
        )
        kind = "Content-Type: application/sdp\r\n" if body else ""
        contact = f"Contact: <sip:{self.user}@{self.here}>\r\n"
        return f"SIP/2.0 {status}\r\n{kept}{contact}{kind}Content-Length: {len(body)}\r\n\r\n{body}"

    def _text(
        self,
        method: str,
        cseq: int,
        branch: str,
        body: str = "",
        content_type: str = "application/sdp",
        headers: str = "",
    ) -> str:
        kind = f"Content-Type: {content_type}\r\n" if body else ""
        return (
            f"{method} {self.remote_uri} SIP/2.0\r\nVia: SIP/2.0/UDP {self.here};branch={branch};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {self._from}\r\nTo: {self._to}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:{self.user}@{self.contact_host or self.here}>\r\n"
            f"User-Agent: rawphone\r\nAllow: {self.allows}\r\n{headers}{kind}"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
        )


def _new_branch() -> str:
    return f"z9hG4bK{random.getrandbits(64):x}"
