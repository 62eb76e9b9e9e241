"""What callers left, sealed on the disk with the gateway's keys and delivered as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend_client.demo.left_tables import AppealRow, RecordingRow
from backend_client.demo.recordings import read_recording
from backend_client.messages.provider import Message
from backend_client.messages.waiting import MessageQueue
from backend_client.outbox.entries import Entries
from backend_client.outbox.writer import OutboxWriter, outbox_file
from ivr.leaving import Sealing
from tests.backend_client.support import NOON
from tests.backend_client.test_outbox import SOUND, Post

PHONE, TEXT = "13912345678", "村口的路灯不亮"


@pytest.fixture
def sealing(tmp_path: Path) -> Sealing:
    return Sealing(tmp_path / "keys" / "caller.key")


@pytest.fixture
def post(tmp_path: Path, sealing: Sealing) -> Post:
    return Post(tmp_path, sealing)


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_nothing_that_a_caller_said_is_readable_and_all_of_it_arrives(post: Post) -> None:
    post.leave("appeal", [post.record()], text=TEXT, phone=PHONE, category="other")
    disk = on_disk(post.folder)
    assert PHONE.encode() not in disk and TEXT.encode() not in disk and SOUND[:64] not in disk
    post.deliver()
    assert post.states() == ["delivered"]
    (appeal,) = post.has(AppealRow)
    assert (appeal.text, appeal.phone) == (TEXT, PHONE)
    (recording,) = post.has(RecordingRow)
    with post.store.session() as session:
        assert read_recording(session, recording.recording) == SOUND


def test_what_was_left_before_anything_was_sealed_is_delivered(post: Post) -> None:
    plain = OutboxWriter(post.folder, 1, lambda: post.now)
    plain.leave("appeal", {"text": TEXT, "category": "other"}, [post.record()], "c1")
    post.deliver()
    assert post.states() == ["delivered"]


def test_without_the_key_nothing_is_sent_and_a_person_is_told(post: Post, tmp_path: Path) -> None:
    post.leave("appeal", text=TEXT, category="other")
    lost = Post(tmp_path / "b", Sealing(tmp_path / "other.key"), entries=post.folder)
    lost.deliver()
    (entry,) = lost.entries.latest(1)
    assert entry.state == "refused" and entry.locked and "key" in entry.problem
    assert post.entries.retry(entry.reference, post.now)
    post.deliver()
    assert post.states() == ["delivered"], "with the key restored it goes on"


def test_messages_that_wait_are_sealed(tmp_path: Path, sealing: Sealing) -> None:
    file = tmp_path / "outbox" / "messages.sqlite"
    queue = MessageQueue(file, lambda: NOON, sealing)
    message = Message("k1", PHONE, TEXT, "c1")
    queue.put(message)
    assert PHONE.encode() not in on_disk(file.parent) and TEXT.encode() not in on_disk(file.parent)
    assert queue.first(5) == [(message, NOON)]
    assert MessageQueue(file, lambda: NOON, Sealing(tmp_path / "other.key")).first(5) == []
    assert queue.first(5) == [], "what can never be sent is dropped"
    MessageQueue(file, lambda: NOON).put(message)
    assert queue.first(5) == [(message, NOON)], "what was kept plain is read"


def test_the_listing_opens_what_is_sealed(post: Post, sealing: Sealing) -> None:
    post.leave("callback", number=PHONE, reason="低保")
    (entry,) = Entries(outbox_file(post.folder), sealing).latest(1)
    assert entry.data["number"] == PHONE and not entry.locked
