"""Reading Wyoming events from sockets that may send anything."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wyoming.event import Event

from speech.wire import MOST_JSON, Address, WireError, read_event


def read(data: bytes) -> Event | None:
    async def scenario() -> Event | None:
        reader = asyncio.StreamReader(limit=MOST_JSON)
        reader.feed_data(data)
        reader.feed_eof()
        return await read_event(reader)

    return asyncio.run(scenario())


def line(**header: object) -> bytes:
    return json.dumps(header).encode() + b"\n"


def test_an_event_with_data_and_payload() -> None:
    event = read(line(type="audio-chunk", data={"rate": 8000}, data_length=11, payload_length=4) + b'{"width":2}abcd')
    assert event == Event("audio-chunk", {"rate": 8000, "width": 2}, b"abcd")


def test_an_event_alone_and_the_end() -> None:
    assert read(line(type="describe")) == Event("describe", {}, None)
    assert read(b"") is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff\xfe\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"5\n",
        b"[]\n",
        b"{}\n",
        line(type=7),
        line(type="x", data=[1]),
        line(type="x", data="text", data_length=2) + b"{}",
        line(type="x", data_length=-1),
        line(type="x", data_length="9"),
        line(type="x", data_length=1 << 40),
        line(type="x", payload_length=1 << 40),
        line(type="x", payload_length=100) + b"short",
        line(type="x", data_length=2) + b"[]",
        line(type="x", data_length=2) + b"{x",
        b"x" * (MOST_JSON + 1) + b"\n",
        b"[" * 100_000 + b"\n",
    ],
    ids=range(17),
)
def test_what_is_no_event(data: bytes) -> None:
    with pytest.raises(WireError):
        read(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_an_error(data: bytes) -> None:
    try:
        event = read(data + b"\n")
    except WireError:
        return
    assert event is None or isinstance(event.data, dict)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:/run/speech.sock", Address(path=Path("/run/speech.sock"))),
        ("unix:///run/speech.sock", Address(path=Path("/run/speech.sock"))),
        ("unix:var/speech.sock", Address(path=Path("var/speech.sock"))),
        ("tcp:127.0.0.1:10200", Address(host="127.0.0.1", port=10200)),
        ("tcp://speech.example:10200", Address(host="speech.example", port=10200)),
        ("tcp:[::1]:10200", Address(host="::1", port=10200)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize("text", ["", "unix:", "tcp:127.0.0.1", "http://x:1", "tcp:::1:99", "tcp:a:b"])
def test_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="unix:PATH or tcp:HOST:PORT"):
        Address.parse(text)
