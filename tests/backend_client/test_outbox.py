"""The outbox: on disk before it is confirmed, delivered in order, once."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.web.resource import Resource

from backend_client.demo.faults import FaultPlan, parse_faults
from backend_client.demo.left_tables import AppealRow, CallbackRow, RatingRow, RecordingRow
from backend_client.demo.recordings import read_recording
from backend_client.demo.store import Store
from backend_client.outbox.delivery import LONGEST_PAUSE_S, PIECE, Delivery
from backend_client.outbox.entries import Entries
from backend_client.outbox.tickets import is_ticket, ticket
from backend_client.outbox.writer import OutboxWriter, RefusedError, outbox_file, recordings_folder
from backend_client.sealing import UNSEALED, Sealing
from tests.backend_client.support import NOON, TODAY, make_client, make_demo

SOUND = b"RIFF" + bytes(range(256)) * 600


class Post:
    """A gateway's outbox and the demo backend that it is delivered to.

    Args:
        entries: the folder of an outbox that there is already.
    """

    def __init__(self, folder: Path, sealing: Sealing = UNSEALED, entries: Path | None = None) -> None:
        self.now = NOON
        self.clock = Clock()
        self.faults = FaultPlan()
        self.store = Store(None, lambda: TODAY)
        demo = Resource()
        demo.putChild(b"hotline", make_demo(clock=self.clock, store=self.store, faults=self.faults).resource())
        self.folder = entries or folder / "outbox"
        self.spool = folder / "recordings"
        self.spool.mkdir(parents=True)
        self.writer = OutboxWriter(self.folder, 1, lambda: self.now, sealing=sealing)
        self.entries = Entries(outbox_file(self.folder), sealing)
        client = make_client(RequestTraversalAgent(demo), self.clock, tries=1)
        self.delivery = Delivery(self.entries, self.folder, client, lambda: self.now, lambda: 0.0, sealing)

    def leave(self, kind: str, files: list[Path] | None = None, call_id: str = "c1", **data: Any) -> str:
        return self.writer.leave(kind, data, files or [], call_id)

    def record(self, sound: bytes = SOUND, name: str = "c1-1.wav") -> Path:
        file = self.spool / name
        file.write_bytes(sound)
        return file

    def deliver(self) -> float:
        done: list[float] = []
        failed: list[Any] = []
        Deferred.fromCoroutine(self.delivery.run()).addCallbacks(done.append, failed.append)
        for _ in range(1000):
            if done or failed:
                break
            self.clock.advance(0.5)
        if failed:
            failed[0].raiseException()
        return done[0]

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.clock.advance(seconds)

    def states(self) -> list[str]:
        return [entry.state for entry in reversed(self.entries.latest(100))]

    def has(self, table: type[Any]) -> list[Any]:
        with self.store.session() as session:
            rows = session.query(table).all()
            session.expunge_all()
        return [row for row in rows if getattr(row, "ticket", "6326").startswith("6326")]


@pytest.fixture
def post(tmp_path: Path) -> Any:
    post = Post(tmp_path)
    yield post
    post.entries.close()


def test_a_ticket_can_be_checked_and_tells_the_day() -> None:
    assert ticket(date(2026, 11, 22), 1, 1) == "6326100010"
    assert is_ticket("6326100010")
    assert not is_ticket("6326100001")
    assert not is_ticket("632610001")
    with pytest.raises(ValueError, match="10000"):
        ticket(date(2026, 11, 22), 1, 10_000)


@given(st.integers(1, 9999), st.integers(0, 9), st.integers(0, 8))
def test_a_mistyped_or_swapped_digit_is_noticed(count: int, gateway: int, place: int) -> None:
    right = ticket(date(2026, 11, 22), gateway, count)
    wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
    assert is_ticket(right)
    assert not is_ticket(wrong)
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    if {right[place], right[place + 1]} not in ({"0", "9"}, {right[place]}):
        assert not is_ticket(swapped)


def test_what_is_left_is_on_disk_and_then_at_the_backend(post: Post) -> None:
    file = post.record()
    reference = post.leave("appeal", [file], category="road", township="qingshui", phone="13800138001", how="kept")
    assert reference == "6326100010"
    assert not file.exists()
    assert [entry.state for entry in Entries(outbox_file(post.folder)).latest(5)] == ["waiting"]
    post.deliver()
    assert post.states() == ["delivered"]
    (appeal,) = post.has(AppealRow)
    assert (appeal.ticket, appeal.kind, appeal.category, appeal.phone) == (
        reference,
        "complaint",
        "road",
        "13800138001",
    )
    with post.store.session() as session:
        assert read_recording(session, appeal.recording) == SOUND
    assert list(recordings_folder(post.folder).iterdir()) == []


def test_every_kind_arrives_as_what_it_is(post: Post) -> None:
    appeal = post.leave("recording", [post.record()])
    post.leave("callback", number="13800138001", reason="社保卡", preferred_time="明天上午", own_number=True)
    post.leave("rating", mark=5, ticket="6301100043")
    post.leave("rating", call_id="20261122-101530-abcdef", mark=2)
    post.leave("reminder", ticket=appeal, text="快一点")
    post.leave("message", text="谢谢你们")
    post.deliver()
    assert post.states() == ["delivered"] * 6
    assert {row.kind for row in post.has(AppealRow)} == {"message"}
    assert [(row.phone, row.subject) for row in post.has(CallbackRow)] == [("13800138001", "社保卡，明天上午")]
    assert {(row.about, row.score) for row in post.has(RatingRow)} == {("6301100043", 5), ("20261122-101530-abcdef", 2)}
    assert {row.ticket: row.reminders for row in post.has(AppealRow)}[appeal] == 1


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("party", {}),
    ("appeal", {}),
    ("appeal", {"text": "x", "appeal": "party"}),
    ("appeal", {"text": "x", "category": "No Code"}),
    ("callback", {}),
    ("callback", {"number": "abc"}),
    ("rating", {"mark": 6}),
    ("rating", {}),
    ("reminder", {"ticket": "1234567890"}),
]


@pytest.mark.parametrize(("kind", "data"), WRONG)
def test_what_the_backend_could_never_take_is_refused_at_once(post: Post, kind: str, data: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        post.leave(kind, **data)
    assert post.states() == []


def test_a_disk_that_is_full_keeps_nothing_and_leaves_the_recording_where_it_is(post: Post, tmp_path: Path) -> None:
    writer = OutboxWriter(tmp_path / "recordings" / "c1-1.wav", 1, lambda: NOON)
    file = post.record()
    with pytest.raises((OSError, sqlite3.Error)):
        writer.leave("appeal", {}, [file], "c1")
    assert file.read_bytes() == SOUND


def test_tickets_of_a_day_follow_each_other_and_begin_again_the_next(post: Post) -> None:
    first = [post.leave("message", text="x") for _ in range(3)]
    post.wait(86_400)
    assert [each[5:9] for each in [*first, post.leave("message", text="x")]] == ["0001", "0002", "0003", "0001"]


@pytest.mark.parametrize("fault", ["drop", "5xx=503", "partial", "5xx"])
def test_a_link_that_is_down_keeps_the_order_and_backs_off(post: Post, fault: str) -> None:
    tickets = [post.leave("message", text=str(number)) for number in range(3)]
    post.faults.set(parse_faults(fault))
    pauses = []
    for _ in range(12):
        pauses.append(post.deliver())
        post.wait(pauses[-1] + 61)
    assert pauses[:3] == [2.0, 4.0, 8.0]
    assert max(pauses) == LONGEST_PAUSE_S
    assert post.states() == ["waiting"] * 3
    assert [entry.tries for entry in post.entries.waiting()] == [12, 0, 0], "nobody is overtaken"
    post.faults.set(())
    post.deliver()
    assert [row.ticket for row in post.has(AppealRow)] == tickets


@pytest.mark.parametrize("fault", ["malformed", "truncated", "wrong_case"])
def test_answers_that_lie_change_nothing_and_nothing_happens_twice(post: Post, fault: str) -> None:
    post.leave("appeal", [post.record()], phone="13800138001")
    post.leave("callback", number="13800138001")
    post.leave("rating", mark=3)
    post.faults.set(parse_faults(f"{fault}*9"))
    for _ in range(12):
        post.wait(post.deliver() + 61)
    assert post.states() == ["delivered"] * 3
    assert [len(post.has(table)) for table in (AppealRow, CallbackRow, RatingRow)] == [1, 1, 1]


def test_an_entry_without_a_usable_answer_holds_up_only_what_depends_on_it(post: Post) -> None:
    appeal = post.leave("message", text="x")
    post.leave("reminder", ticket=appeal)
    post.leave("callback", number="13800138001")
    post.faults.set(parse_faults("malformed@leaveAppeal*1"))
    post.deliver()
    assert post.states() == ["waiting", "waiting", "delivered"]
    post.wait(61)
    post.deliver()
    assert post.states() == ["delivered"] * 3


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_jumps_holds_up_nothing_and_changes_no_order(post: Post, jump: timedelta) -> None:
    tickets = [post.leave("message", text=text) for text in "ab"]
    post.faults.set(parse_faults("drop*1"))
    post.deliver()
    post.now += jump
    tickets.append(post.leave("message", text="c"))
    post.deliver()
    assert [row.ticket for row in post.has(AppealRow)] == tickets


def test_what_is_refused_is_there_for_a_person_and_holds_up_nobody(post: Post) -> None:
    wrong = post.leave("reminder", ticket="6301100043")
    right = post.leave("callback", number="13800138001")
    post.deliver()
    assert post.states() == ["refused", "delivered"]
    entry = post.entries.find(wrong)
    assert entry
    assert "urn:xiangyin:problem:closed" in entry.problem
    assert post.entries.retry(wrong, post.now)
    assert post.states()[0] == "waiting"
    assert not post.entries.retry(right, post.now), "what was delivered is not sent again"


def test_a_recording_goes_on_where_the_link_broke(post: Post) -> None:
    sound = bytes(5 * PIECE + 123)
    post.leave("appeal", [post.record(sound)])
    sent: list[int] = []
    for number in range(20):
        post.faults.set(() if number % 2 else parse_faults("drop@putRecording*1"))
        post.wait(post.deliver() + 61)
        sent.append(sum(row.received for row in post.has(RecordingRow)))
        if post.states() == ["delivered"]:
            break
    assert sent[-1] == len(sound)
    with post.store.session() as session:
        assert read_recording(session, post.has(AppealRow)[0].recording) == sound


def test_a_recording_of_forty_minutes_is_kept_here_and_the_appeal_goes_without(post: Post) -> None:
    post.leave("appeal", [post.record(bytes(40 * 60 * 16_000))], phone="13800138001")
    post.deliver()
    assert post.states() == ["delivered"]
    (appeal,) = post.has(AppealRow)
    assert "录音太长" in appeal.text
    assert len(list(recordings_folder(post.folder).iterdir())) == 1


def test_what_was_said_is_not_kept_longer_than_needed(post: Post) -> None:
    post.leave("message", text="秘密")
    post.deliver()
    orphan = recordings_folder(post.folder)
    orphan.mkdir(exist_ok=True)
    (orphan / "orphan.wav").write_bytes(b"x")
    post.delivery.sweep(timedelta(days=7))
    assert post.entries.latest(1)[0].data == {"text": "秘密"}
    post.wait(8 * 86_400)
    # The file's own time is the machine's, not the test's.
    post.now += timedelta(days=36_500)
    post.delivery.sweep(timedelta(days=7))
    assert post.entries.latest(1)[0].data == {}
    assert not (orphan / "orphan.wav").exists()


def test_an_outbox_of_another_version_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "outbox.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(sqlite3.DatabaseError, match="version 9"):
        Entries(file)
