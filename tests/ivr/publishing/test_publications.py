"""Publications in the database: one after the other, and never one over another unseen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from ivr.storage.log import DatabaseDownError
from ivr.storage.publications import (
    ConflictError,
    NoSuchRevisionError,
    Publication,
    Publications,
    open_publications,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Publications]:
    opened = open_publications(f"sqlite:///{tmp_path / 'calls.sqlite'}")
    yield opened
    opened.close()


def publish(published: Publications, revision: str, base: str, hours: int = 0, who: str = "li") -> Publication:
    files = {"village.yaml": f"# {revision}"}
    at = NOON + timedelta(hours=hours)
    return published.publish(revision, files, base=base, who=who, why=f"why {revision}", at=at, kind="publish")


def test_nothing_is_published_at_first(published: Publications) -> None:
    assert published.current() is None
    assert published.history() == []


def test_what_was_published_last_is_current(published: Publications) -> None:
    publish(published, "aaa111", "")
    second = publish(published, "bbb222", "aaa111", 1)
    assert published.current() == second
    assert [entry.number for entry in published.history()] == [2, 1]
    assert published.files("aaa111") == {"village.yaml": "# aaa111"}
    assert (second.published_at, second.who, second.why) == (NOON + timedelta(hours=1), "li", "why bbb222")


def test_who_began_with_something_else_gets_a_conflict(published: Publications) -> None:
    publish(published, "aaa111", "")
    publish(published, "bbb222", "aaa111", 1, who="wang")
    with pytest.raises(ConflictError) as conflict:
        publish(published, "ccc333", "aaa111", 2)
    assert conflict.value.current is not None and conflict.value.current.revision == "bbb222"
    assert [entry.who for entry in conflict.value.since] == ["wang"]
    assert published.current() is not None and published.current().revision == "bbb222"  # type: ignore[union-attr]


def test_of_many_at_once_one_wins_and_the_others_know(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'calls.sqlite'}"
    open_publications(url).close()
    together = threading.Barrier(6)
    results: list[str] = []

    def author(name: str) -> None:
        mine = open_publications(url)
        together.wait()
        try:
            publish(mine, name, "", who=name)
            results.append("won")
        except ConflictError:
            results.append("conflict")
        finally:
            mine.close()

    authors = [threading.Thread(target=author, args=(f"rev{number}",)) for number in range(6)]
    for thread in authors:
        thread.start()
    for thread in authors:
        thread.join()
    assert sorted(results) == ["conflict"] * 5 + ["won"]


def test_an_old_revision_is_published_again(published: Publications) -> None:
    publish(published, "aaa111", "")
    publish(published, "bbb222", "aaa111", 1)
    again = publish(published, "aaa111", "bbb222", 2)
    assert again.number == 3
    assert published.current() == again


def test_revisions_are_found_by_their_beginning(published: Publications) -> None:
    publish(published, "aaa111", "")
    publish(published, "aab222", "aaa111", 1)
    assert published.find("aab") == "aab222"
    for wrong in ("aa", "zzz", "%", "a_a"):
        with pytest.raises(NoSuchRevisionError):
            published.find(wrong)
    with pytest.raises(NoSuchRevisionError):
        published.files("zzz")


def test_a_database_that_is_down_is_told(tmp_path: Path) -> None:
    (tmp_path / "calls.sqlite").write_bytes(b"this is no database, and it is long enough to be read as one" * 40)
    with pytest.raises(DatabaseDownError):
        open_publications(f"sqlite:///{tmp_path / 'calls.sqlite'}")
