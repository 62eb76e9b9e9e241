"""What is read from INVITE and 200, and the BYE that is made of it."""

from __future__ import annotations

import pytest

from ivr.farewell.dialog import Dialog, bye, next_hop, of_callee, of_caller

INVITE = "\r\n".join(
    [
        "INVITE sip:12345@192.0.2.1 SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
        "Record-Route: <sip:127.0.0.1;lr;r2=on>, <sip:192.0.2.1;lr;r2=on>",
        "Record-Route: <sip:192.0.2.7;lr>",
        "f: <sip:13912345678@192.0.2.9>;tag=theirs",
        "t: <sip:12345@192.0.2.1>",
        "i: abc@192.0.2.9",
        'm: "Wang, Er" <sip:13912345678@192.0.2.9:5062;alias=192.0.2.9~5062~1>;expires=60',
        "CSeq: 7 INVITE",
        "",
        "Contact: <sip:of.the@body>",
    ]
)
ANSWER = "\r\n".join(
    [
        "SIP/2.0 200 OK",
        "Record-Route: <sip:127.0.0.1;lr;r2=on>",
        "Record-Route: <sip:192.0.2.1;lr;r2=on>",
        "Record-Route: <sip:192.0.2.7;lr>",
        "From: <sip:13912345678@192.0.2.9>;tag=theirs",
        "To: <sip:12345@192.0.2.1>;tag=ours",
        "Call-ID: abc@192.0.2.9",
        "Contact: <sip:line-1@192.0.2.1>",
        "",
        "",
    ]
)


def test_a_caller_is_told_by_the_way_on_which_they_came() -> None:
    dialog = of_callee(INVITE, ANSWER)
    assert dialog == Dialog(
        call_id="abc@192.0.2.9",
        local="<sip:12345@192.0.2.1>;tag=ours",
        remote="<sip:13912345678@192.0.2.9>;tag=theirs",
        target="sip:13912345678@192.0.2.9:5062;alias=192.0.2.9~5062~1",
        routes=("<sip:127.0.0.1;lr;r2=on>", "<sip:192.0.2.1;lr;r2=on>", "<sip:192.0.2.7;lr>"),
    )
    assert next_hop(dialog) == ("127.0.0.1", 5060)


def test_whom_we_have_called_is_told_by_the_way_back() -> None:
    dialog = of_caller(ANSWER)
    assert dialog is not None
    assert (dialog.local, dialog.remote) == (
        "<sip:13912345678@192.0.2.9>;tag=theirs",
        "<sip:12345@192.0.2.1>;tag=ours",
    )
    assert dialog.target == "sip:line-1@192.0.2.1"
    assert dialog.routes[0] == "<sip:192.0.2.7;lr>" and dialog.routes[-1] == "<sip:127.0.0.1;lr;r2=on>"


def test_the_bye_is_a_whole_request() -> None:
    dialog = of_callee(INVITE, ANSWER)
    assert dialog is not None
    head, empty, body = bye(dialog, "127.0.0.1:15070", "b1").partition("\r\n\r\n")
    lines = head.split("\r\n")
    assert empty and not body
    assert lines[0] == "BYE sip:13912345678@192.0.2.9:5062;alias=192.0.2.9~5062~1 SIP/2.0"
    assert lines[1] == "Via: SIP/2.0/UDP 127.0.0.1:15070;branch=z9hG4bKb1;rport"
    assert [line for line in lines if line.startswith("Route: ")] == [f"Route: {route}" for route in dialog.routes]
    sequence = next(line for line in lines if line.startswith("CSeq: "))
    assert 2**15 < int(sequence.split()[1]) < 2**31 and sequence.endswith(" BYE")


@pytest.mark.parametrize("missing", ["i: ", "f: ", "t: ", "m: "])
def test_half_a_call_is_none(missing: str) -> None:
    headers = {"i: ": "Call-ID: ", "f: ": "From: ", "t: ": "To: ", "m: ": "Contact: "}
    invite = "\r\n".join(line for line in INVITE.split("\r\n\r\n")[0].split("\r\n") if not line.startswith(missing))
    answer = "\r\n".join(line for line in ANSWER.split("\r\n") if not line.startswith(headers[missing]))
    assert of_callee(invite, answer) is None
    assert of_callee("", "") is None


@pytest.mark.parametrize(
    ("target", "hop"),
    [
        ("sip:1@192.0.2.9", ("192.0.2.9", 5060)),
        ("sip:192.0.2.9:5070;transport=UDP", ("192.0.2.9", 5070)),
        ("sip:1:secret@pbx.example:5070", ("pbx.example", 5070)),
        ("sip:1@192.0.2.9;transport=tcp", None),
        ("sips:1@192.0.2.9", None),
        ("sip:1@192.0.2.9:99999", None),
        ("tel:+86139", None),
        ("sip:1@[2001:db8::1]:5060", None),
        ("", None),
    ],
)
def test_where_a_bye_goes_without_an_edge(target: str, hop: tuple[str, int] | None) -> None:
    assert next_hop(Dialog("i", "l", "r", target)) == hop


def test_it_is_the_same_after_the_disk() -> None:
    dialog = of_callee(INVITE, ANSWER)
    assert dialog is not None and Dialog.from_text(dialog.to_text()) == dialog
    for nonsense in ("", "[]", "{}", '{"routes": 1}', '{"routes": [], "more": 1}'):
        with pytest.raises(ValueError):
            Dialog.from_text(nonsense)
