"""What ties a request to its call in the traces of whoever answers it (W3C Trace Context)."""

from __future__ import annotations

import hashlib


def trace_id(call_id: str) -> str:
    """The trace of a call: 32 hexadecimal digits, the same wherever they are made."""
    return hashlib.sha256(b"xiangyin call " + call_id.encode()).hexdigest()[:32]


def traceparent(call_id: str, request_id: str) -> str:
    """The header of that name for one request of a call. Nothing of it names a person or can be turned back."""
    span = hashlib.sha256(b"xiangyin request " + request_id.encode()).hexdigest()[:16]
    return f"00-{trace_id(call_id)}-{span}-01"
