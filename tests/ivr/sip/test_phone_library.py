from __future__ import annotations

import pytest

from ivr.sip.phone_library import PhoneError, host_of, local_address_towards, without_events

OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        "m=audio 101 RTP/AVP 8 101",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=sendrecv",
        "",
    ]
)


def test_an_offer_without_events_is_else_the_same() -> None:
    lines = OFFER.replace("RTP/AVP 8 101", "RTP/AVP 8").split("\r\n")
    # The port is 101 too and stays.
    assert without_events(OFFER).split("\r\n") == [
        line for line in lines if not line.startswith(("a=rtpmap:101", "a=fm"))
    ]
    assert without_events(without_events(OFFER)) == without_events(OFFER)


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("sip:12345@127.0.0.1:5060", "127.0.0.1"),
        ("SIP:gateway.example", "gateway.example"),
        ("sip:%23@10.0.0.1;transport=tcp", "10.0.0.1"),
        ("sip:1@10.0.0.1:5062?Subject=x", "10.0.0.1"),
    ],
)
def test_the_host_of_an_address(uri: str, host: str) -> None:
    assert host_of(uri) == host


@pytest.mark.parametrize(
    "uri", ["", "12345", "sip:", "sip:1@", "sips:1@127.0.0.1", "sip:1@[::1]", "sip:a b@c", "http://a"]
)
def test_what_is_no_address_is_said_so(uri: str) -> None:
    with pytest.raises(PhoneError, match="is no SIP address"):
        host_of(uri)


def test_the_way_to_this_machine_is_this_machine() -> None:
    assert local_address_towards("127.0.0.1") == "127.0.0.1"
