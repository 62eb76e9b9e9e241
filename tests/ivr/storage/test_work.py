"""What people do with what waits for them, on both databases: alone, one after the other, and two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from ivr.storage.database import upgrade, writing
from ivr.storage.entries import CallEntry, CallRecord, LeftEntry
from ivr.storage.office import Office, open_office
from ivr.storage.queueing import queue_work
from ivr.storage.retention import Retention
from ivr.storage.work import NoSuchWorkError, WorkFilter, WorkItem
from ivr.storage.work_deeds import Doer, NotYoursError, WorkDeeds
from ivr.storage.work_models import Work, WorkNote
from tests.ivr.storage.made import START

LI, WANG, ZHANG = Doer("li"), Doer("wang"), Doer("zhang", oversees=True)


def utc(at: datetime) -> datetime:
    return at.astimezone(timezone.utc)


class Desk:
    """Queues in a database of their own, and a clock that is moved by hand."""

    def __init__(self, office: Office) -> None:
        self.at = START
        self.office = office
        self.queues = office.work
        self.deeds = WorkDeeds(office.engine, office.audit, lambda: self.at, utc)

    def left(self, kind: str = "appeal", call_id: str = "c1", token: int = 9, **details: str) -> WorkItem:
        call = CallEntry(call_id, START, START, "run", "line1", caller_masked="139****5678", ended_at=START)
        entry = LeftEntry(call_id, token, kind, f"63261{token:05d}", START, details, "sealed")
        record = CallRecord(call, left=(entry,))
        with writing(self.office.engine).begin() as connection:
            queue_work(connection, {call_id: replace(record, left=())}, [record], utc)
        return self.queues.of_call(call_id)[-1]

    def deadlines(self) -> list[tuple[str, str, str, int]]:
        counts = self.office.tallies.between("deadline", self.at.date(), self.at.date())
        return [(count.tree, count.place, count.value, count.amount) for count in counts]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    url = f"sqlite:///{tmp_path / 'calls.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").new_database()
    office = open_office(url, b"k" * 32, lambda: START)
    upgrade(office.engine)
    yield Desk(office)
    office.close()


def test_of_two_who_take_the_same_at_once_one_gets_it(desk: Desk) -> None:
    items = [desk.left(call_id=f"c{number}") for number in range(10)]
    got: list[tuple[int, str]] = []
    failed: list[NotYoursError] = []
    together = threading.Barrier(2)

    def take(doer: Doer) -> None:
        for item in items:
            together.wait()
            try:
                got.append((desk.deeds.take(item.id, doer).id, doer.name))
            except NotYoursError as error:
                failed.append(error)

    hands = [threading.Thread(target=take, args=(doer,)) for doer in (LI, WANG)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(number for number, _ in got) == sorted(item.id for item in items)
    assert len(failed) == len(items)
    for number, name in got:
        assert desk.queues.item(number).taken_by == name
    assert len(desk.office.audit.entries(action="work_taken")) == len(items)
    assert desk.office.audit.verify().broken_at is None


def test_the_course_of_an_appeal(desk: Desk) -> None:
    item = desk.left(appeal="complaint", township="qingshui")
    assert desk.deeds.take(item.id, LI).taken_at == START
    desk.at += timedelta(hours=1)
    desk.deeds.transcribe(item.id, LI, "村口的路灯坏了三天")
    desk.deeds.categorise(item.id, LI, "road")
    item = desk.deeds.contacted(item.id, LI, "已核实地点")
    assert (item.contacted_at, item.due_at) == (desk.at, item.answer_by)
    desk.deeds.hand_over(item.id, LI, "wang", "路灯归他管")
    with pytest.raises(NotYoursError):
        desk.deeds.note(item.id, LI, "不再是我的")
    desk.deeds.note(item.id, WANG, "已派人去修")
    desk.at += timedelta(days=14)
    item = desk.deeds.close(item.id, WANG, "answered", "灯已修好")
    assert (item.state, item.closed_by, item.result) == ("closed", "wang", "answered")
    course = [(note.who, note.deed, note.text) for note in desk.queues.notes(item.id)]
    assert course == [
        ("li", "taken", ""),
        ("li", "transcript", ""),
        ("li", "category", "road"),
        ("li", "contacted", "已核实地点"),
        ("li", "handed_over", "wang: 路灯归他管"),
        ("wang", "note", "已派人去修"),
        ("wang", "closed", "answered: 灯已修好"),
    ]
    assert desk.deadlines() == [("appeal", "answer", "missed", 1)]
    audited = [entry.action for entry in desk.office.audit.entries(subject=f"work:{item.id}")]
    assert audited == [f"work_{deed}" for _, deed, _ in reversed(course)]
    assert "路灯坏了" not in repr(desk.office.audit.entries()), "what was said stands in no audit log"


def test_what_is_closed_without_a_call_was_talked_about_then(desk: Desk) -> None:
    item = desk.left("callback")
    desk.deeds.take(item.id, LI)
    desk.deeds.close(item.id, LI, "answered", "")
    assert desk.deadlines() == [("callback", "answer", "met", 1), ("callback", "contact", "met", 1)]


WHAT_WANG_TRIES: tuple[Callable[[Desk, int], WorkItem], ...] = (
    lambda desk, number: desk.deeds.take(number, WANG),
    lambda desk, number: desk.deeds.note(number, WANG, "x"),
    lambda desk, number: desk.deeds.transcribe(number, WANG, "x"),
    lambda desk, number: desk.deeds.categorise(number, WANG, "x"),
    lambda desk, number: desk.deeds.contacted(number, WANG, "x"),
    lambda desk, number: desk.deeds.put_back(number, WANG),
    lambda desk, number: desk.deeds.hand_over(number, WANG, "wang", ""),
    lambda desk, number: desk.deeds.close(number, WANG, "answered", ""),
    lambda desk, number: desk.deeds.reopen(number, WANG, ""),
)


def test_nobody_works_on_what_another_has_taken(desk: Desk) -> None:
    number = desk.left().id
    desk.deeds.take(number, LI)
    before = (desk.queues.item(number), desk.queues.notes(number), desk.office.audit.verify().head)
    for deed in WHAT_WANG_TRIES:
        with pytest.raises(NotYoursError):
            deed(desk, number)
        with pytest.raises(NoSuchWorkError):
            deed(desk, 999)
    assert (desk.queues.item(number), desk.queues.notes(number), desk.office.audit.verify().head) == before


def test_who_oversees_gives_out_takes_back_and_reopens(desk: Desk) -> None:
    number = desk.left().id
    assert desk.deeds.hand_over(number, ZHANG, "li", "").taken_by == "li"
    assert desk.deeds.put_back(number, ZHANG).taken_by == ""
    desk.deeds.take(number, LI)
    desk.deeds.close(number, LI, "unreachable", "")
    assert desk.deeds.reopen(number, ZHANG, "没打通也要再打").state == "open"


def test_the_most_urgent_come_first_page_by_page(desk: Desk) -> None:
    for number in range(7):
        desk.left(call_id=f"c{number}", appeal="question" if number % 2 else "complaint")
    urgent = desk.left("callback", call_id="c9")
    seen: list[WorkItem] = []
    place = None
    while True:
        page = desk.queues.page(WorkFilter(), place, 3)
        seen += page.items
        place = page.next
        if place is None:
            break
    assert len({item.id for item in seen}) == 8
    assert [item.due_at for item in seen] == sorted(item.due_at for item in seen)
    assert urgent.id in {item.id for item in seen}
    assert [item.id for item in desk.queues.page(WorkFilter(queue="callback")).items] == [urgent.id]
    waiting = desk.queues.waiting(START + timedelta(days=3))
    assert (waiting["appeal"].open, waiting["appeal"].overdue, waiting["appeal"].untaken) == (7, 7, 7)
    assert waiting["review"].open == 0


def test_a_call_is_put_among_the_reviews_once(desk: Desk) -> None:
    call = CallEntry("c1", START, START, "run", "line1", ended_at=START)
    first = desk.deeds.review(call, LI, "听不清")
    assert desk.deeds.review(call, WANG, "也听不清") == first
    # Neither does the shipper stumble over it.
    record = CallRecord(replace(call, end_reason="worker_lost"))
    with writing(desk.office.engine).begin() as connection:
        queue_work(connection, {}, [record], utc)
    assert [item.about for item in desk.queues.of_call("c1")] == ["asked"]


def test_retention_deletes_what_is_done_and_keeps_what_waits(desk: Desk, tmp_path: Path) -> None:
    done, waits = desk.left(call_id="c1").id, desk.left(call_id="c2").id
    desk.deeds.take(done, LI)
    desk.deeds.close(done, LI, "answered", "")
    Retention(desk.office.engine, desk.office.audit, tmp_path).delete_calls(START + timedelta(days=1))
    assert [item.id for item in desk.queues.page(WorkFilter(state="")).items] == [waits]
    with desk.office.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(WorkNote)).scalar_one() == 0
    with writing(desk.office.engine).begin() as connection:
        connection.execute(delete(Work))
    assert desk.left(call_id="c3").id > waits, "a number is never given again"
