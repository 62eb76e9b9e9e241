"""Which packets belong to a call."""

from __future__ import annotations

import io
import socket
import struct

import pytest

from ivr.sip.capture import CallFilter, write_header, write_packet

SDP = "v=0\r\nc=IN IP4 192.0.2.5\r\nm=audio 4000 RTP/AVP 8\r\n"


CALLER, GATEWAY = ("192.0.2.5", 5060), ("192.0.2.1", 5060)


def packet(payload: bytes, source: tuple[str, int] = CALLER, target: tuple[str, int] = GATEWAY) -> bytes:
    addresses = (socket.inet_aton(source[0]), socket.inet_aton(target[0]))
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, *addresses)
    return header + struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0) + payload


def sip(first: str, call_id: str = "a@b", caller: str = "1001", cseq: str = "1 INVITE", body: str = "") -> bytes:
    lines = [first, f"From: <sip:{caller}@x>;tag=1", "To: <sip:12345@y>", f"Call-ID: {call_id}", f"CSeq: {cseq}"]
    return packet(("\r\n".join([*lines, "Via: SIP/2.0/UDP x"]) + "\r\n\r\n" + body).encode())


INVITE = "INVITE sip:12345@y SIP/2.0"


def test_the_next_call_is_followed_with_its_sound_and_no_other() -> None:
    wanted = CallFilter()
    sound = packet(b"\x80\x08", source=("192.0.2.5", 4000), target=("192.0.2.1", 16384))
    assert not wanted.wants(sound)
    assert wanted.wants(sip(INVITE, body=SDP))
    assert wanted.wants(sound)
    assert wanted.wants(packet(b"\x80\xc8", source=("192.0.2.1", 16385), target=("192.0.2.5", 4001))), "RTCP"
    assert not wanted.wants(sip(INVITE, call_id="other"))
    assert not wanted.wants(packet(b"\x80\x08", source=("192.0.2.5", 4100)))
    assert not wanted.over
    assert wanted.wants(sip("BYE sip:line-1@y SIP/2.0", cseq="2 BYE")) and wanted.over


def test_the_call_of_one_caller_is_waited_for() -> None:
    wanted = CallFilter(caller="13800000000")
    assert not wanted.wants(sip(INVITE, caller="1001"))
    assert wanted.wants(sip(INVITE, call_id="mine", caller="13800000000"))
    assert wanted.sip_call_id == "mine"


def test_a_refused_call_is_over() -> None:
    wanted = CallFilter(sip_call_id="a@b")
    assert wanted.wants(sip("SIP/2.0 486 Busy Here")) and wanted.over


@pytest.mark.parametrize("garbage", [b"", b"SIP/2.0", b"\xff SIP/2.0 \xfe\r\n\r\n", b"INVITE SIP/2.0\r\n"])
def test_garbage_is_not_kept(garbage: bytes) -> None:
    assert not CallFilter().wants(packet(garbage))


def test_the_file_is_a_pcap_of_ip_packets() -> None:
    out = io.BytesIO()
    write_header(out)
    write_packet(out, 12.5, b"packet")
    data = out.getvalue()
    assert struct.unpack_from("=IHHiIII", data) == (0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    assert struct.unpack_from("=IIII", data, 24) == (12, 500000, 6, 6) and data.endswith(b"packet")
