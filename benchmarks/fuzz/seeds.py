"""The messages that mutations begin with: our own, and those of RFC 4475 and 5118 where they lie beside the project."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.system.running import ROOT

_TORTURE = ROOT.parent / "shared" / "data" / "sip_messages"
_METHODS = ("OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "UPDATE", "PRACK", "REFER")
_IN_DIALOG = ("ACK", "BYE", "CANCEL")

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 0 101\r\n"
    b"a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
    b"a=ptime:20\r\na=sendrecv\r\n"
)
_CRYPTO = b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4\r\n"
_ICE = (
    b"a=ice-ufrag:8hhY\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n"
    + b"a=candidate:1 1 UDP 2130706431 127.0.0.1 40000 typ host\r\n"
)


def sdp_seeds() -> list[bytes]:
    """Session descriptions that make sense (RFC 8866)."""
    return [
        SDP,
        SDP.replace(b"RTP/AVP", b"RTP/SAVP") + _CRYPTO,
        SDP + _ICE + b"a=rtcp-mux\r\na=rtcp:40001\r\n",
        SDP.replace(b"sendrecv", b"inactive") + b"m=video 40002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
        SDP.replace(b"IP4 127.0.0.1\r\nt=", b"IP6 ::1\r\nt="),
    ]


def sip_seeds(here: str, there: str) -> list[bytes]:
    """Requests and responses; one in seven is an INVITE, whose sockets are what a line worker has least of.

    Args:
        here, there: `HOST:PORT` of the sender and of the line worker.
    """
    made = [_request(method, here, there) for method in _METHODS * 3 + _IN_DIALOG * 3]
    made += [_request("INVITE", here, there, body=body, number=b"99999") for body in sdp_seeds()]
    made += [_response(status, here) for status in (b"100 Trying", b"200 OK", b"302 Moved", b"401 Unauthorized")]
    return made + torture()


def torture() -> list[bytes]:
    """The messages of RFC 4475 and RFC 5118; none where they are not beside the project."""
    found = [file.read_bytes() for file in sorted((_TORTURE / "rfc4475").glob("*.dat"))]
    for file in sorted((_TORTURE / "rfc5118").glob("*")):
        data = file.read_bytes()
        found.append(data if b"\r\n" in data else data.replace(b"\n", b"\r\n"))
    return found


def rtp_seeds() -> list[bytes]:
    """RTP (RFC 3550), telephone events (RFC 4733), comfort noise (RFC 3389), RTCP, and STUN (RFC 8489)."""
    header = struct.pack("!BBHII", 0x80, 8, 1, 160, 7)
    event = struct.pack("!BBHII", 0x80, 0x80 | 101, 2, 320, 7)
    return [
        header + b"\xd5" * 160,
        event + struct.pack("!BBH", 5, 10, 160),
        event + struct.pack("!BBH", 5, 0x8A, 800),
        struct.pack("!BBHII", 0x80, 13, 3, 480, 7) + b"\x40",
        struct.pack("!BBHII", 0x8F, 8, 4, 640, 7) + b"\x00" * 60 + b"\xd5" * 160,  # fifteen CSRC
        struct.pack("!BBHII", 0xB0, 8, 5, 800, 7)
        + struct.pack("!HH", 0xBEDE, 1)
        + b"\x10\x00\x00\x00"
        + b"\xd5" * 159
        + b"\x01",
        struct.pack("!BBHIIIIII", 0x80, 200, 6, 7, 0, 0, 160, 1, 160),
        struct.pack("!BBHIIBBHIIII", 0x81, 201, 7, 7, 9, 0, 0, 0, 1, 0, 0, 0),
        struct.pack("!BBHI", 0x81, 202, 2, 7) + b"\x01\x03abc\x00",
        struct.pack("!BBHI", 0x81, 203, 1, 7),
        struct.pack("!HHI", 1, 0, 0x2112A442) + b"\x00" * 12,
    ]


def corpus_folder(name: str) -> Path:
    """Where the corpus of a coverage-guided fuzzer is kept."""
    return Path(__file__).with_name("corpus") / name


def _request(method: str, here: str, there: str, *, body: bytes = b"", number: bytes = b"12345") -> bytes:
    """`NUMBER` stands where messages must differ if they shall not be taken for one that came again."""
    content = b"Content-Type: application/sdp\r\n" if body else b""
    return (
        method.encode() + b" sip:" + number + b"@" + there.encode() + b" SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP " + here.encode() + b";branch=z9hG4bK-fuzz-NUMBER;rport\r\n"
        b'Max-Forwards: 70\r\nFrom: "Fuzz" <sip:fuzz@' + here.encode() + b">;tag=f1\r\n"
        b"To: <sip:" + number + b"@" + there.encode() + b">\r\nCall-ID: fuzz-NUMBER@x\r\n"
        b"CSeq: 1 " + method.encode() + b"\r\nContact: <sip:fuzz@" + here.encode() + b">\r\n"
        b"Supported: 100rel, timer\r\nAllow: INVITE, ACK, BYE, CANCEL\r\nAccept: application/sdp\r\nExpires: 300\r\n"
        + content
        + b"Content-Length: "
        + str(len(body)).encode()
        + b"\r\n\r\n"
        + body
    )


def _response(status: bytes, here: str) -> bytes:
    return (
        b"SIP/2.0 " + status + b"\r\nVia: SIP/2.0/UDP " + here.encode() + b";branch=z9hG4bK-fuzz-r\r\n"
        b"From: <sip:12345@127.0.0.1>;tag=a\r\nTo: <sip:fuzz@127.0.0.1>;tag=b\r\nCall-ID: fuzz-r@x\r\n"
        b"CSeq: 1 INVITE\r\n"
        b'WWW-Authenticate: Digest realm="x", nonce="y", algorithm=MD5, qop="auth"\r\n'
        b"Contact: <sip:fuzz@127.0.0.1>\r\nContent-Length: 0\r\n\r\n"
    )
