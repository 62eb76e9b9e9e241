"""Signed requests, as the contract describes them: what is signed, and how the header is written and read."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

SCHEME = "Xiangyin-HMAC-SHA256"
#: How far the clocks of both sides may be apart, in seconds.
TOLERANCE_S = 300

_HEADER = re.compile(
    rf"{SCHEME} key=(?P<key>[A-Za-z0-9_.-]{{1,64}}), time=(?P<time>[0-9]{{1,12}}), "
    r"nonce=(?P<nonce>[A-Za-z0-9_-]{16,64}), signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Signature:
    """What an `Authorization` header of a signed request says.

    Attributes:
        key: id of the key.
        time: Unix time in seconds.
        nonce: what was never used before with this key.
        signature: 64 hexadecimal digits.
    """

    key: str
    time: int
    nonce: str
    signature: str

    def header(self) -> str:
        return f"{SCHEME} key={self.key}, time={self.time}, nonce={self.nonce}, signature={self.signature}"


def sign(secret: bytes, method: str, target: str, body: bytes, *, key: str, time: int, nonce: str) -> Signature:
    """Return the signature of a request; `target` is its path with the query."""
    lines = "\n".join([method, target, str(time), nonce, hashlib.sha256(body).hexdigest()])
    return Signature(key, time, nonce, hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest())


def read_signature(header: str) -> Signature | None:
    """Return what a header says, None if it is no signature."""
    match = _HEADER.fullmatch(header)
    return Signature(match["key"], int(match["time"]), match["nonce"], match["signature"]) if match else None


def is_right(secret: bytes, signature: Signature, method: str, target: str, body: bytes, now: float) -> bool:
    """Whether the signature is of this request and of this time. Nonces are the server's affair."""
    right = sign(secret, method, target, body, key=signature.key, time=signature.time, nonce=signature.nonce)
    return abs(now - signature.time) <= TOLERANCE_S and hmac.compare_digest(right.signature, signature.signature)
