"""What descriptions PJSIP may see."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from ivr.sip.screen import Screen, problem_of_description, problem_of_request

SOUND = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 101\r\n"
    b"a=candidate:1 1 UDP 2130706431 127.0.0.1 40000 typ host\r\na=rtcp:40001 IN IP4 127.0.0.1\r\n"
)


@pytest.mark.parametrize(
    "description", [b"", SOUND, SOUND + b"a=fmtp:101 " + b"x" * 1000, b"\xff" * 1000, b"\r\n" * 500]
)
def test_what_pjsip_can_stand_is_let_through(description: bytes) -> None:
    assert problem_of_description(description) == ""


@pytest.mark.parametrize("line", [b"c=IN IP4 ", b"o=- 1 1 IN IP4 ", b"a=rtcp:40001 IN IP4 ", b"m=audio 1 RTP/AVP "])
def test_an_address_that_is_longer_than_any_name_is_a_problem(line: bytes) -> None:
    assert problem_of_description(SOUND + line + b"a" * 253) == ""
    assert problem_of_description(SOUND + line + b"a" * 254 + b"\r\na=ptime:20\r\n")
    assert problem_of_description(SOUND.replace(b"\r\n", b"\n") + line + b"a" * 254)


HEAD = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\nCSeq: 8 OPTIONS\r\n\r\nCSeq: 1 INVITE\r\n"


@pytest.mark.parametrize(
    "text", [HEAD, HEAD.replace("CSeq: 8 ", "cseq :\t8  "), HEAD.replace("8 OPT", "8\r\n OPT"), "", "\r\n\r\n"]
)
def test_a_request_of_one_method_is_let_through(text: str) -> None:
    assert problem_of_request(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("8 OPTIONS", "8 INVITE"),
        HEAD.replace("8 OPTIONS", "8\r\n\tINVITE"),
        HEAD.replace("8 OPTIONS", "8 OPTIONS\r\nCSeq: 8 INVITE"),
        HEAD.replace("\r\n", "\n").replace("8 OPTIONS", "8 INVITE"),
        "\r\n" + HEAD.replace("\r\n", "\r").replace("8 OPTIONS", "8 INVITE"),
        HEAD.replace("8 OPTIONS", "8"),
    ],
)
def test_a_request_of_two_methods_is_a_problem(text: str) -> None:
    assert "CSeq" in problem_of_request(text)


ACK = 'ACK sip:a@b SIP/2.0\r\nTo: "A" <sip:a@b>;tag=1\r\nCSeq: 8 ACK\r\n\r\n'


@pytest.mark.parametrize(
    "to", ["To: <sip:a@b>;x=1; TAG = 2", "t: sip:a@b;tag=x", 'To: "x;y" <sip:a@b;tag=u>;tag=2', "To: a\r\n ;tag=1"]
)
def test_an_ack_of_a_response_is_let_through(to: str) -> None:
    assert problem_of_request(ACK) == ""
    assert problem_of_request(ACK.replace('To: "A" <sip:a@b>;tag=1', to)) == ""


@pytest.mark.parametrize(
    "to", ["To: <sip:a@b>", "t: sip:a@b;x=tag", 'To: ";tag=1" <sip:a@b;tag=1>', "To: <sip:a@b>;tag="]
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_an_ack_of_nothing_is_a_problem(to: str, end: str) -> None:
    text = ACK.replace('To: "A" <sip:a@b>;tag=1', to).replace("\r\n", end)
    assert "ACK" in problem_of_request(text)
    assert problem_of_request(text.replace("ACK", "OPTIONS")) == "", "only an ACK needs one"


def test_nonsense_is_counted_and_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([0.0, 1.0, 59.0, 61.0])
    native: Any = None
    screen = Screen(native, lambda: next(times))
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            screen._complain("too long")
    assert screen.refused == 4
    assert [record.getMessage()[-8:] for record in caplog.records] == ["1 so far", "4 so far"]
