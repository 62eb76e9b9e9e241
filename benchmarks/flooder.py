"""Sends requests of one method as fast as asked, from one address or many, and counts what comes back.

`python -m benchmarks.flooder HOST PORT METHOD FIRST_ADDRESS ADDRESSES RATE SECONDS` is a process of its own, so that
it takes no time from those who measure. It prints one JSON object: how many were sent, how long it took, and
the answers by status. It answers nothing: no ACK, no BYE.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv4Address

_BODY = (
    "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
)


def request(method: str, number: int, address: str, port: int, target: str) -> bytes:
    """A request as a usual telephone would send it; `number` makes it another one."""
    body = _BODY.format(address=address) if method == "INVITE" else ""
    uri = f"sip:{target}" if method == "REGISTER" else f"sip:12345@{target}"
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/UDP {address}:{port};branch=z9hG4bKf{method}{number};rport",
        "Max-Forwards: 70",
        f"From: <sip:136{number:08}@{address}>;tag=f{number}",
        f"To: <{uri}>",
        f"Call-ID: flood-{method}-{number}-{port}@{address}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:flood@{address}:{port}>",
        *(["Content-Type: application/sdp"] if body else []),
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def sockets(first: str, count: int) -> list[socket.socket]:
    """One for each of so many addresses in a row."""
    made = []
    for offset in range(count):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((str(IPv4Address(first) + offset), 0))
        one.setblocking(False)
        made.append(one)
    return made


def flood(method: str, target: tuple[str, int], sources: Sequence[socket.socket], rate: float, seconds: float) -> None:
    """Send so many a second for so long, and print what came back."""
    answers: Counter[str] = Counter()
    poll = select.epoll()
    by_descriptor = {one.fileno(): one for one in sources}
    names = [one.getsockname() for one in sources]
    for descriptor in by_descriptor:
        poll.register(descriptor, select.EPOLLIN)
    begun, sent = time.monotonic(), 0
    where = f"{target[0]}:{target[1]}"
    while (since := time.monotonic() - begun) < seconds:
        while sent < since * rate:
            index = sent % len(sources)
            address, port = names[index]
            sources[index].sendto(request(method, sent, address, port, where), target)
            sent += 1
        for descriptor, _ in poll.poll(0.002):
            _read(by_descriptor[descriptor], answers)
    took = time.monotonic() - begun
    sys.stdout.write(
        json.dumps({"sent": sent, "seconds": round(took, 2), "answers": dict(sorted(answers.items()))}) + "\n"
    )


def _read(one: socket.socket, answers: Counter[str]) -> None:
    while True:
        try:
            data = one.recv(65535)
        except BlockingIOError:
            return
        if data.startswith(b"SIP/2.0 "):
            answers[data[8:11].decode()] += 1


def main(host: str, port: str, method: str, first: str, count: str, rate: str, seconds: str) -> None:
    sources = sockets(first, int(count))
    try:
        flood(method, (host, int(port)), sources, float(rate), float(seconds))
    finally:
        for one in sources:
            one.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
