from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.sip.invitation import Invitation, read_body, read_headers, read_invitation, user_of


@pytest.mark.parametrize(
    ("address", "user"),
    [
        ("sip:12345@example.com", "12345"),
        ("SIP:12345@example.com", "12345"),
        ("sips:12345@example.com:5061;transport=tls", "12345"),
        ("<sip:12345@example.com>;tag=1", "12345"),
        ('"a <b> \\" c" <sip:12345@example.com>', "12345"),
        ("张三 <sip:12345@example.com>", "12345"),
        ("sip:12345;phone-context=+86@example.com", "12345"),
        ("sip:12345:secret@example.com", "12345"),
        ("sip:+86%2013800@example.com", "+86 13800"),
        ("tel:+86-138-0000-0000;phone-context=x", "+8613800000000"),
        ("sip:example.com", ""),
        ("", ""),
        ("12345", ""),
        ("http://example.com", ""),
    ],
)
def test_user_of(address: str, user: str) -> None:
    assert user_of(address) == user


INVITE = (
    "INVITE sip:12345@gateway.example SIP/2.0\r\nVia: SIP/2.0/UDP caller.example\r\n"
    'f: "Anna"\r\n <sip:13800000000@caller.example>;tag=1\r\nTo: <sip:12345@gateway.example>\r\n'
    "i: abc@caller.example\r\nUser-Agent: Phone 1.0\r\nuser-agent: another\r\nContent-Length: 4\r\n\r\nv=0\n"
)


def test_an_invite_is_read() -> None:
    assert read_invitation(INVITE) == Invitation(
        caller="13800000000", dialled="12345", user_agent="Phone 1.0", sip_call_id="abc@caller.example", whole=True
    )


@pytest.mark.parametrize("name", ["anonymous", "Anonymous", "unavailable", "restricted"])
def test_a_withheld_caller_is_empty(name: str) -> None:
    message = INVITE.replace("13800000000", name)
    assert read_invitation(message).caller == ""


@pytest.mark.parametrize(("length", "whole"), [("4", True), ("3", True), ("5", False), ("-1", True), ("x", True)])
def test_a_datagram_that_was_cut(length: str, whole: bool) -> None:
    message = INVITE.replace("Content-Length: 4", f"Content-Length: {length}")
    assert read_invitation(message).whole is whole


def test_a_body_is_measured_in_bytes() -> None:
    assert read_invitation("INVITE sip:1@h SIP/2.0\r\nContent-Length: 6\r\n\r\n公告").whole


@pytest.mark.parametrize(
    ("allow", "takes"),
    [("INVITE, ACK, BYE, MESSAGE", True), ("invite,message", True), ("INVITE, BYE", False), ("MESSAGES", False)],
)
def test_a_telephone_says_whether_it_takes_messages(allow: str, takes: bool) -> None:
    message = INVITE.replace("Content-Length: 4", f"Allow: {allow}\r\nContent-Length: 4")
    assert read_invitation(message).takes_messages is takes
    assert not read_invitation(INVITE).takes_messages, "who does not say so has no display"


@given(st.text())
def test_reading_never_fails(message: str) -> None:
    invitation = read_invitation(message)
    assert isinstance(invitation.caller, str) and isinstance(invitation.dialled, str)
    read_headers(message)
    read_body(message)
