"""The phone on the page: real engine and driver by a clock that the test moves, and rehearsals that come of calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock

from ivr.authoring.phone import MOST_CALLS, UNWATCHED_S, NoSuchCallError, Phone, Phones, TooManyCallsError
from ivr.authoring.phone_voice import TellingVoice
from ivr.rehearsal.backend import FakeAnswer
from ivr.rehearsal.call import Circumstances
from ivr.rehearsal.report import rehearse
from ivr.rehearsal.sound import VirtualVoice
from ivr.rehearsal.written import save
from menus.loader import load_menus
from menus.model import MenuSet
from speech.spoken import Speaker

TREE = """\
ivr: 2
id: village
title: 村里的热线
languages: [zh]
start: ask
way_out: person
nodes:
  ask:
    kind: menu
    prompt: 您好，请问您要办什么事？
    options:
      - {keys: "1", label: 查进度, phrases: {zh: [查进度]}, next: number}
      - {keys: "0", label: 找人工, phrases: {zh: [人工]}, next: person}
  number: {kind: collect, prompt: 请输入八位受理编号。, save_as: number, least: 8, most: 8, next: look}
  look:
    kind: query
    operation: get_case
    arguments: {number: number}
    save_as: case
    next: told
    not_found: none
    failed: none
  told: {kind: say, text: "您的事{case.status_text}。", next: bye}
  none: {kind: say, text: 没有查到。, next: bye}
  person: {kind: transfer, target: operator, next: bye, busy: none, no_answer: none, failed: none}
  bye: {kind: hangup, text: 谢谢来电，再见。}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "village.yaml").write_text(TREE, "utf-8")
    return tmp_path


@pytest.fixture
def menus(folder: Path) -> MenuSet:
    return load_menus(folder)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def phones(clock: Clock) -> Iterator[Phones]:
    speaker = Speaker()
    phones = Phones(lambda folder: TellingVoice(VirtualVoice(folder, speaker), folder), clock)
    yield phones
    phones.close()


def pass_time(clock: Clock, seconds: float) -> None:
    clock.pump([0.05] * round(seconds / 0.05))


def call(phones: Phones, menus: MenuSet, clock: Clock, owner: str = "chen", **answers: FakeAnswer) -> Phone:
    given = {operation: [answer] for operation, answer in answers.items()}
    phone = phones.call(owner, menus, "village", given, Circumstances(speech=True))
    phone.watch(lambda told: None)
    clock.advance(0)
    return phone


def told(phone: Phone, what: str) -> list[Any]:
    return [told.data for told in phone.told if told.what == what]


def lines(phone: Phone) -> str:
    return "\n".join(data["text"] for data in told(phone, "line"))


def becomes_rehearsal(phone: Phone, menus: MenuSet, folder: Path) -> str:
    """The call as a rehearsal that passes; its text."""
    file = folder / "village.cases.yaml"
    save(file, "village", phone.written("打过的一次"))
    done = rehearse(menus, [folder])
    assert done.passed, done.problems[0].text
    return file.read_text("utf-8")


DONE = FakeAnswer({"status_text": "办好了"}, name="done")


def test_a_call_is_heard_and_seen_as_it_goes(phones: Phones, menus: MenuSet, clock: Clock) -> None:
    phone = call(phones, menus, clock, get_case=DONE)
    first = told(phone, "play")[0]["sounds"]
    assert len(first) > 1
    assert all(phone.sound(sound["number"]) for sound in first)
    pass_time(clock, 1)
    assert "您好" in lines(phone)
    assert told(phone, "place")[-1]["node"] == "ask"
    phone.press("1")
    assert told(phone, "stop")
    clock.advance(0)
    assert told(phone, "place")[-1]["node"] == "number"
    for key in "20260001":
        phone.press(key)
    pass_time(clock, 2)
    assert told(phone, "place")[-1]["variables"]["number"] == '"20260001"'
    assert "办好了" in lines(phone)
    pass_time(clock, 20)
    assert phone.is_over
    assert phone.told[-1].what == "over"


def test_timers_are_those_of_the_menu(phones: Phones, menus: MenuSet, clock: Clock) -> None:
    phone = call(phones, menus, clock)
    pass_time(clock, 12)
    before = len(told(phone, "play"))
    pass_time(clock, 8)
    assert len(told(phone, "play")) > before
    assert "first_input 8 s" in lines(phone)


@pytest.mark.parametrize("interrupts", [True, False])
def test_what_was_done_becomes_a_rehearsal_that_passes(
    phones: Phones, menus: MenuSet, clock: Clock, folder: Path, interrupts: bool
) -> None:
    phone = call(phones, menus, clock, get_case=DONE)
    pass_time(clock, 1 if interrupts else 12)
    phone.press("1")
    pass_time(clock, 1 if interrupts else 6)
    for key in "20260001":
        phone.press(key)
        pass_time(clock, 0.3)
    pass_time(clock, 30)
    assert phone.is_over
    text = becomes_rehearsal(phone, menus, folder)
    assert '"20260001"' in text
    assert ("interrupt: true" in text) is interrupts
    assert "办好了" in text


def test_silence_and_speech_become_steps_as_well(phones: Phones, menus: MenuSet, clock: Clock, folder: Path) -> None:
    phone = call(phones, menus, clock)
    pass_time(clock, 22)
    assert phone.say("找人工")
    clock.advance(0)
    assert told(phone, "ringing") == [{"target": "operator"}]
    assert phone.settle("busy")
    assert not phone.settle("busy")
    pass_time(clock, 2)
    phone.hang_up()
    text = becomes_rehearsal(phone, menus, folder)
    assert "- silence" in text
    assert "say: 找人工" in text
    assert "transfers: {operator: busy}" in text


def test_a_person_who_is_not_there_does_not_answer(phones: Phones, menus: MenuSet, clock: Clock) -> None:
    phone = call(phones, menus, clock)
    pass_time(clock, 1)
    phone.press("0")
    pass_time(clock, 31)
    assert "no_answer" in lines(phone)
    assert told(phone, "settled")


def test_a_question_for_which_nothing_is_arranged_is_told_and_can_be_arranged(
    phones: Phones, menus: MenuSet, clock: Clock
) -> None:
    phone = call(phones, menus, clock)
    pass_time(clock, 1)
    for key in "120260001":
        phone.press(key)
    pass_time(clock, 2)
    assert told(phone, "unarranged") == [{"operation": "get_case"}]
    assert "没有查到" in lines(phone)


def test_a_call_that_nobody_watches_ends(phones: Phones, menus: MenuSet, clock: Clock) -> None:
    phone = phones.call("chen", menus, "village", {}, Circumstances())
    unwatch = phone.watch(lambda told: None)
    pass_time(clock, UNWATCHED_S + 5)
    assert not phone.is_over
    unwatch()
    pass_time(clock, UNWATCHED_S + 1)
    assert phone.is_over


def test_a_page_that_was_away_is_told_the_rest(phones: Phones, menus: MenuSet, clock: Clock) -> None:
    phone = call(phones, menus, clock)
    pass_time(clock, 3)
    seen: list[int] = []
    phone.watch(lambda told: seen.append(told.number), after=2)
    assert seen == list(range(3, len(phone.told) + 1))


def test_calls_are_ones_own_and_not_endless(phones: Phones, menus: MenuSet, clock: Clock) -> None:
    first = call(phones, menus, clock)
    with pytest.raises(NoSuchCallError):
        phones.of("li", first.id)
    second = call(phones, menus, clock)
    assert first.is_over
    assert phones.of("chen", second.id) is second
    for number in range(MOST_CALLS - 1):
        call(phones, menus, clock, owner=f"author{number}")
    with pytest.raises(TooManyCallsError):
        call(phones, menus, clock, owner="li")


def test_nothing_stays_when_the_phones_close(menus: MenuSet, clock: Clock, phones: Phones) -> None:
    phone = call(phones, menus, clock)
    pass_time(clock, 1)
    phones.close()
    assert phone.is_over
    assert clock.getDelayedCalls() == []
