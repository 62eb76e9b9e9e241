"""The wire between gateway and speech worker: Wyoming events over a Unix socket or TCP.

An event is a line of JSON, then `data_length` bytes of more JSON, then `payload_length` bytes of payload (Wyoming
protocol, https://github.com/OHF-Voice/wyoming). Reading is done here, with limits: what comes from a socket may be
anything.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from wyoming.audio import AudioChunk
from wyoming.event import Event

#: Longest line and longest JSON, in bytes: an Info of many voices is 20 kB.
MOST_JSON = 1 << 18
#: What is said of the version of the protocol.
_VERSION = "1.8.0"
#: Longest payload, in bytes: five seconds of 48 kHz stereo.
MOST_PAYLOAD = 1 << 20


class WireError(Exception):
    """What came is no Wyoming event."""


@dataclass(frozen=True)
class Address:
    """Where a speech worker listens: a Unix socket or a TCP port, never both.

    Attributes:
        path: the socket's file; None for TCP.
        host: empty for a Unix socket.
        port: 0 lets the system choose.
    """

    path: Path | None = None
    host: str = ""
    port: int = 0

    @staticmethod
    def parse(text: str) -> Address:
        """From `unix:PATH` or `tcp:HOST:PORT`; the forms `unix:///PATH` and `tcp://HOST:PORT` are taken, too.

        Raises ValueError saying what is allowed.
        """
        if match := re.fullmatch(r"unix:(?://(?=/))?(.+)", text):
            return Address(path=Path(match[1]))
        if match := re.fullmatch(r"tcp:(?://)?(\[[^\]]+\]|[^:/]+):(\d{1,5})", text):
            return Address(host=match[1].strip("[]"), port=int(match[2]))
        raise ValueError(f"{text!r} is no address of a speech worker; write unix:PATH or tcp:HOST:PORT")

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"tcp:[{self.host}]:{self.port}" if ":" in self.host else f"tcp:{self.host}:{self.port}"

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect. Raises OSError."""
        if self.path is not None:
            return await asyncio.open_unix_connection(str(self.path), limit=MOST_JSON)
        return await asyncio.open_connection(self.host, self.port, limit=MOST_JSON)


def encoded(event: Event) -> bytes:
    """An event as it goes over the wire."""
    payload = event.payload or b""
    if AudioChunk.is_type(event.type):
        return _head_of_sound(event.type, tuple(event.data.items()), len(payload)) + payload
    return _head(event.type, event.data, len(payload)) + payload


def _head(kind: str, data: Mapping[str, Any], payload_length: int) -> bytes:
    """What stands before the payload."""
    text = json.dumps(data, ensure_ascii=False).encode() if data else b""
    header = {"type": kind, "version": _VERSION, "data_length": len(text), "payload_length": payload_length}
    return json.dumps(header).encode() + b"\n" + text


@lru_cache(maxsize=64)
def _head_of_sound(kind: str, data: tuple[tuple[str, Any], ...], payload_length: int) -> bytes:
    """The same for sound, which comes 25 times a second and is nearly always as long."""
    return _head(kind, dict(data), payload_length)


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """The next event; None at the end of the stream.

    Raises:
        WireError: it is none, or one that is too large.
        OSError: the connection broke.
    """
    try:
        line = await reader.readline()
        if not line:
            return None
        header = _object(line)
        data = _object_or_none(header.get("data"))
        if length := _length(header, "data_length", MOST_JSON):
            data = {**data, **_object(await reader.readexactly(length))}
        length = _length(header, "payload_length", MOST_PAYLOAD)
        payload = await reader.readexactly(length) if length else None
    except asyncio.IncompleteReadError as error:
        raise WireError("the stream ended inside an event") from error
    except (ValueError, RecursionError) as error:
        raise WireError(f"no event: {error}") from error
    if not isinstance(header.get("type"), str):
        raise WireError("an event without a type")
    return Event(header["type"], data, payload)


def _object(text: bytes) -> dict[str, Any]:
    return _object_or_none(json.loads(text))


def _object_or_none(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WireError("an event and its data must be JSON objects")
    return value


def _length(header: dict[str, Any], name: str, most: int) -> int:
    length = header.get(name) or 0
    if not isinstance(length, int) or not 0 <= length <= most:
        raise WireError(f"{name} must be 0 to {most}, not {length!r}")
    return length
