"""The copy on this machine: whole or not at all, and followed from the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from ivr.publishing.follow import Follower, bring
from ivr.publishing.local import LocalCopy, Served
from ivr.storage.log import DatabaseDownError
from ivr.storage.publications import Publication, Publications, open_publications

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


def served(number: int, revision: str) -> Served:
    return Served(number, revision, NOON.isoformat(), "li", "why")


def test_nothing_is_served_at_first(tmp_path: Path) -> None:
    local = LocalCopy(tmp_path / "menus")
    assert local.served() is None
    assert local.mark() is None


def test_what_is_taken_is_served(tmp_path: Path) -> None:
    local = LocalCopy(tmp_path / "menus")
    local.take(served(1, "aaa"), {"village.yaml": "你好"})
    assert local.served() == served(1, "aaa")
    assert (local.files_of(served(1, "aaa")) / "village.yaml").read_text("utf-8") == "你好"


def test_the_mark_changes_with_what_is_served(tmp_path: Path) -> None:
    local = LocalCopy(tmp_path / "menus")
    local.take(served(1, "aaa"), {"village.yaml": "1"})
    before = local.mark()
    assert local.mark() == before
    local.take(served(2, "bbb"), {"village.yaml": "2"})
    assert local.mark() != before


def test_what_was_tampered_with_is_made_whole(tmp_path: Path) -> None:
    local = LocalCopy(tmp_path / "menus")
    local.take(served(1, "aaa"), {"village.yaml": "1"})
    (local.files_of(served(1, "aaa")) / "village.yaml").write_text("broken", "utf-8")
    local.take(served(2, "aaa"), {"village.yaml": "1"})
    assert (local.files_of(served(2, "aaa")) / "village.yaml").read_text("utf-8") == "1"


def test_some_old_revisions_stay(tmp_path: Path) -> None:
    local = LocalCopy(tmp_path / "menus")
    for number in range(12):
        local.take(served(number, f"rev{number}"), {"village.yaml": str(number)})
    folders = [path for path in (tmp_path / "menus").iterdir() if path.is_dir()]
    assert len(folders) == 6
    assert tmp_path / "menus" / "rev11" in folders


@pytest.mark.parametrize("name", ["../x.yaml", "a/b.yaml", "/etc/x.yaml"])
def test_no_file_leaves_its_folder(tmp_path: Path, name: str) -> None:
    local = LocalCopy(tmp_path / "menus")
    with pytest.raises(OSError):
        local.take(served(1, "aaa"), {name: "x"})
    with pytest.raises(OSError):
        local.take(served(1, "../aaa"), {"village.yaml": "x"})
    assert local.served() is None


def test_a_broken_pointer_serves_nothing(tmp_path: Path) -> None:
    local = LocalCopy(tmp_path / "menus")
    local.take(served(1, "aaa"), {"village.yaml": "1"})
    (tmp_path / "menus" / "current.json").write_text("{", "utf-8")
    assert local.served() is None


def test_the_follower_takes_what_is_published(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'calls.sqlite'}"
    published = open_publications(url)
    local = LocalCopy(tmp_path / "menus")
    follower = Follower(lambda: published, local)
    follower.follow()
    assert local.served() is None
    published.publish("aaa", {"village.yaml": "1"}, base="", who="li", why="first", at=NOON, kind="publish")
    follower.follow()
    assert local.served() == Served(1, "aaa", NOON.isoformat(timespec="seconds"), "li", "first")
    before = local.mark()
    follower.follow()
    assert local.mark() == before
    published.close()


def test_a_database_that_is_down_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    local = LocalCopy(tmp_path / "menus")
    local.take(served(1, "aaa"), {"village.yaml": "1"})
    asked: list[int] = []

    def down() -> Publications:
        asked.append(1)
        raise DatabaseDownError("no route to host")

    follower = Follower(down, local)
    follower.follow()
    follower.follow()
    assert len(asked) == 2
    assert local.served() == served(1, "aaa")
    assert caplog.text.count("no route to host") == 1


class PublishesMeanwhile(Publications):
    """Publishes something else between the answer to what is current and whatever its asker does with it."""

    def __init__(self, published: Publications, meanwhile: Callable[[], None]) -> None:
        self.__dict__.update(published.__dict__)
        self._meanwhile = threading.Thread(target=meanwhile)

    def current(self) -> Publication | None:
        current = super().current()
        if self._meanwhile.ident is None:
            self._meanwhile.start()
            # It ends only when nobody keeps it waiting.
            self._meanwhile.join(0.3)
        return current

    def settle(self) -> None:
        self._meanwhile.join()


def test_what_is_older_never_comes_last(tmp_path: Path) -> None:
    published = open_publications(f"sqlite:///{tmp_path / 'calls.sqlite'}")
    local = LocalCopy(tmp_path / "menus")
    published.publish("aaa", {"village.yaml": "1"}, base="", who="li", why="first", at=NOON, kind="publish")

    def another() -> None:
        published.publish("bbb", {"village.yaml": "2"}, base="aaa", who="wang", why="second", at=NOON, kind="publish")
        bring(published, local)

    slow = PublishesMeanwhile(published, another)
    Follower(lambda: slow, local).follow()
    slow.settle()
    assert local.served() == Served(2, "bbb", NOON.isoformat(timespec="seconds"), "wang", "second")
    published.close()


def test_a_copy_goes_back_only_when_the_database_does_not_know_it(tmp_path: Path) -> None:
    published = open_publications(f"sqlite:///{tmp_path / 'calls.sqlite'}")
    local = LocalCopy(tmp_path / "menus")
    first = published.publish("aaa", {"village.yaml": "1"}, base="", who="li", why="1", at=NOON, kind="publish")
    published.publish("bbb", {"village.yaml": "2"}, base="aaa", who="li", why="2", at=NOON, kind="publish")
    local.take(served(2, "bbb"), {"village.yaml": "2"})

    class Late(Publications):
        """Says what was current a moment ago."""

        def current(self) -> Publication | None:
            return first

    late = Late.__new__(Late)
    late.__dict__.update(published.__dict__)
    assert bring(late, local) is None
    local.take(served(3, "ccc"), {"village.yaml": "3"})
    assert bring(late, local) == first, "this database never had a third publication"
    published.close()
