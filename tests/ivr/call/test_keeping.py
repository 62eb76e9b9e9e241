"""The driver, where callers leave something: recordings, the outbox, messages, memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from ivr.call.absent import NoMemory, NoMessenger, NoOutbox
from ivr.call.ports import LeaveError, Recalled, Receipt
from ivr.flow.events import SendOutcome
from tests.ivr.call.test_session import Gateway, press
from tests.ivr.flow.test_profiles import REMEMBER
from tests.ivr.flow.test_requests import CALLBACK, ENDS, RATE, RECORD, SEND

ENDINGS: dict[str, Any] = {name: {"kind": "hangup", "text": {"zh": name}, "reason": name} for name in ENDS}


def gateway(folder: Path, node: dict[str, Any], **more: Any) -> Gateway:
    return Gateway(folder, {"begin": node, **ENDINGS}, **more)


def test_a_recording_is_written_heard_and_left(tmp_path: Path) -> None:
    around = gateway(tmp_path, RECORD)
    line = around.call()
    line.sound_ends()
    assert line.did[-1][0] == "record" and line.recording is not None
    file = line.recording[0]
    assert file.parent == tmp_path / "recordings" and file.parent.stat().st_mode & 0o077 == 0
    press(line, "#")
    assert "stop_recording" in line.did and line.did[-1][0] == "play"
    press(line, "2")
    assert line.did[-1] == ("play", [file.stem]), "the caller hears what they said"
    line.sound_ends()
    press(line, "1")
    assert around.outbox.left == [("recording", {"township": "青山", "how": "kept", "language": "zh"}, [file])]
    (left,) = around.journal.facts("left")
    assert left["status"] == "kept"
    (recorded,) = around.journal.facts("recorded")
    assert (recorded["duration_ms"], recorded["cause"]) == (3000, "stopped")
    assert around.recordings.ended == [], "the call goes on"
    line.end("caller", "bye")
    assert around.recordings.ended == ["c1"]


def test_the_confirmation_waits_for_the_disk(tmp_path: Path) -> None:
    around = gateway(tmp_path, RATE)
    around.outbox.answer = Deferred()
    line = around.call()
    press(line, "5")
    said = list(around.voice.asked)
    assert around.outbox.left and "done" not in said
    around.outbox.answer.callback(Receipt("1"))
    assert "done" in around.voice.asked


def test_an_outbox_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    around = gateway(tmp_path, {**CALLBACK, "times": []})
    around.outbox.answer = Deferred()
    line = around.call()
    press(line, "1")
    around.clock.advance(5)
    assert "broken" in around.voice.asked
    assert around.journal.facts("left")[0]["status"] == "timeout"


def test_an_outbox_that_refuses_has_its_exit(tmp_path: Path) -> None:
    around = gateway(tmp_path, {**CALLBACK, "times": []})
    around.outbox.answer = fail(LeaveError("disk"))
    press(around.call(), "1")
    assert "broken" in around.voice.asked and around.journal.facts("left")[0]["status"] == "disk"


def test_what_was_said_before_the_line_broke_is_left_and_told_before_the_last_line(tmp_path: Path) -> None:
    around = gateway(tmp_path, RECORD)
    around.outbox.answer = Deferred()
    line = around.call()
    line.sound_ends()
    line.end("caller", "bye")
    assert around.outbox.left[0][1]["how"] == "hangup"
    assert around.journal.facts("closed") == [], "what is left is not settled"
    assert around.recordings.ended == [], "the outbox may be reading them"
    around.outbox.answer.callback(Receipt("1"))
    names = [record.name for record in around.journal.records if record.kind == "fact"]
    assert names[-3:] == ["left", "line", "closed"] and around.nothing_is_left()


def test_a_recording_that_is_not_wanted_is_deleted(tmp_path: Path) -> None:
    around = gateway(tmp_path, RECORD)
    line = around.call()
    line.sound_ends()
    press(line, "#")
    assert len(list((tmp_path / "recordings").iterdir())) == 1
    press(line, "3")
    assert list((tmp_path / "recordings").iterdir()) == []


def test_a_folder_that_cannot_be_made_has_its_exit(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("")
    around = gateway(tmp_path, RECORD)
    around.call().sound_ends()
    assert "broken" in around.voice.asked


def test_a_number_is_masked_in_the_journal(tmp_path: Path) -> None:
    around = gateway(tmp_path, {**CALLBACK, "times": []})
    line = around.call()
    press(line, "2")
    press(line, "02187654321#")
    press(line, "1")
    assert around.outbox.left[0][1]["number"] == "02187654321"
    written = str([record.data for record in around.journal.records])
    assert "02187654321" not in written and "13900001234" not in written
    digits = [record.data["digit"] for record in around.journal.records if record.name == "DigitPressed"]
    assert digits == ["2", *"•" * 12, "1"]


def test_a_message_is_sent_and_its_number_masked(tmp_path: Path) -> None:
    around = gateway(tmp_path, {**SEND, "message": {"zh": "材料清单"}})
    around.call()
    assert around.messenger.sent == [("sms", "13900001234", "材料清单")]
    (command,) = [record.data for record in around.journal.records if record.name == "Send"]
    assert command["to"] == "139****"
    assert around.journal.facts("sent")[0]["outcome"] == "sent"


@pytest.mark.parametrize(
    ("channel", "display", "shown", "texted", "outcome"),
    [
        ("any", True, "sent", False, "sent"),
        ("any", True, "failed", True, "sent"),
        ("any", False, "", True, "sent"),
        ("sip", True, "sent", False, "sent"),
        ("sip", True, "failed", False, "failed"),
        ("sip", False, "", False, "failed"),
        ("sms", True, "", True, "sent"),
    ],
)
def test_a_message_takes_the_way_that_there_is(
    tmp_path: Path, channel: str, display: bool, shown: str, texted: bool, outcome: str
) -> None:
    around = gateway(tmp_path, {**SEND, "channel": channel, "message": {"zh": "材料清单"}})
    around.line.takes_messages = display
    line = around.call()
    assert (("show", "材料清单") in line.did) is bool(shown)
    if line.shown is not None:
        line.shown(cast(SendOutcome, shown))
    assert around.messenger.sent == ([("sms", "13900001234", "材料清单")] if texted else [])
    assert around.journal.facts("sent")[0]["outcome"] == outcome


def test_a_telephone_that_says_nothing_of_the_text_is_waited_for_no_longer_than_the_menu_wants(tmp_path: Path) -> None:
    around = gateway(tmp_path, {**SEND, "channel": "sip", "message": {"zh": "材料清单"}})
    around.line.takes_messages = True
    line = around.call()
    around.clock.advance(8.3)
    assert around.journal.facts("sent")[0]["outcome"] == "failed"
    assert line.shown is not None
    line.shown("sent")
    assert len(around.journal.facts("sent")) == 1


def test_a_profile_is_remembered_and_there_in_the_next_call(tmp_path: Path) -> None:
    around = gateway(tmp_path, REMEMBER)
    press(around.call(), "1")
    assert around.memory.profiles == {"13900001234": {"language": "zh", "township": "青山"}}
    (command,) = [record.data for record in around.journal.records if record.name == "RememberCaller"]
    assert command["values"] == ["language", "township"], "the log has the names alone"


def test_a_call_that_breaks_off_is_parked_and_taken_up(tmp_path: Path) -> None:
    resumable = {"within": 900_000, "after": ["line"]}
    menu = {"kind": "menu", "options": [{"keys": "1", "label": {"zh": "听"}, "next": "news"}]}
    news = {"kind": "menu", "options": [{"keys": "2", "label": {"zh": "再听"}, "next": "news"}]}
    around = Gateway(tmp_path, {"begin": menu, "news": news}, resumable=resumable)
    line = around.call()
    press(line, "1")
    line.end("line", "media_timeout")
    assert around.memory.parked["13900001234"]["node"] == "news"
    (command,) = [record.data for record in around.journal.records if record.name == "Park"]
    assert command["state"] == {"tree": "root", "node": "news"}, "the log has no variables"
    around.line = type(line)()
    around.call()
    assert any("电话断了" in text for text in around.voice.asked)
    offered = [record.data for record in around.journal.records if record.name == "CallOffered"][-1]
    assert offered["parked"] is True


def test_a_gateway_without_these_ports_says_so_at_once(tmp_path: Path) -> None:
    failed = NoOutbox().leave("rating", {}, [], call_id="c1")
    reasons: list[str] = []
    failed.addErrback(lambda failure: reasons.append(failure.value.reason))
    assert reasons == ["no_outbox"]
    assert NoMessenger().send("sms", "1", "x", call_id="c1").result == succeed("failed").result
    assert NoMemory().recall("1") == Recalled()
