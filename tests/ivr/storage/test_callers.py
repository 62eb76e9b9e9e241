"""The memory of callers: who is recognised, for how long, and what the file shows."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from ivr.call.ports import Recalled
from ivr.privacy import CallerKey
from ivr.storage.callers import CallerStore

CALLER = "13900001234"


class Clock:
    now = 1_000_000.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> CallerStore:
    return CallerStore(tmp_path / "callers" / "callers.sqlite", CallerKey(tmp_path / "key"), lambda: clock.now)


def test_a_stranger_is_not_known(store: CallerStore) -> None:
    assert store.recall(CALLER) == Recalled()


def test_the_profile_stays_as_long_as_was_said(store: CallerStore, clock: Clock) -> None:
    store.remember(CALLER, {"language": "en", "township": "青山"}, 90)
    assert store.recall("+86 139-0000-1234").profile == {"language": "en", "township": "青山"}
    clock.now += 90 * 86_400 - 1
    assert store.recall(CALLER).profile
    clock.now += 1
    assert store.recall(CALLER) == Recalled()


def test_what_was_parked_is_handed_out_once_and_to_nobody_else(store: CallerStore, clock: Clock) -> None:
    store.park(CALLER, {"node": "look"}, 900_000)
    assert store.recall("13900001235").parked is None
    assert store.recall(CALLER).parked == {"node": "look"}
    assert store.recall(CALLER).parked is None
    store.park(CALLER, {"node": "look"}, 900_000)
    clock.now += 900
    assert store.recall(CALLER).parked is None


def test_a_withheld_number_is_never_kept(store: CallerStore) -> None:
    store.park("", {"node": "look"}, 900_000)
    store.remember("", {"language": "en"}, 90)
    store.forget("")
    assert store.recall("") == Recalled()


def test_a_caller_can_be_forgotten(store: CallerStore) -> None:
    store.remember(CALLER, {"language": "en"}, 90)
    store.park(CALLER, {"node": "look"}, 900_000)
    store.forget(CALLER)
    assert store.recall(CALLER) == Recalled()


def test_the_file_shows_neither_number_nor_values(store: CallerStore, tmp_path: Path) -> None:
    store.remember(CALLER, {"township": "qingshan"}, 90)
    content = b"".join(file.read_bytes() for file in (tmp_path / "callers").iterdir())
    assert CALLER.encode() not in content and b"qingshan" not in content
    assert (tmp_path / "callers" / "callers.sqlite").stat().st_mode & 0o077 == 0


def test_another_key_reads_nothing(store: CallerStore, tmp_path: Path, clock: Clock) -> None:
    store.remember(CALLER, {"language": "en"}, 90)
    file = tmp_path / "callers" / "callers.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("UPDATE caller_memory SET sealed = 'v1.xxxx'")
    database.close()
    assert store.recall(CALLER) == Recalled()


def test_two_workers_share_it(store: CallerStore, tmp_path: Path, clock: Clock) -> None:
    other = CallerStore(tmp_path / "callers" / "callers.sqlite", CallerKey(tmp_path / "key"), lambda: clock.now)
    store.park(CALLER, {"node": "look"}, 900_000)
    assert other.recall(CALLER).parked == {"node": "look"}
    assert store.recall(CALLER).parked is None


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b""])
def test_a_broken_file_delays_no_call(store: CallerStore, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "callers" / "callers.sqlite"
    file.parent.mkdir()
    file.write_bytes(content)
    assert store.recall(CALLER) == Recalled()
    store.remember(CALLER, {"language": "en"}, 90)


def test_a_locked_file_is_not_waited_for(store: CallerStore, tmp_path: Path) -> None:
    store.remember(CALLER, {"language": "en"}, 90)
    lock = sqlite3.connect(tmp_path / "callers" / "callers.sqlite")
    lock.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    assert store.recall(CALLER) == Recalled()
    assert time.monotonic() - began < 2
    lock.rollback()
    lock.close()
    assert store.recall(CALLER).profile == {"language": "en"}


def test_what_is_too_large_is_not_kept(store: CallerStore) -> None:
    store.park(CALLER, {"node": "x" * 200_000}, 900_000)
    assert store.recall(CALLER).parked is None
