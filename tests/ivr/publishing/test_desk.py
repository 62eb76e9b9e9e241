"""The desk at which menus are published: files in, a publication or every reason against it out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from ivr.publishing.candidate import RefusedError
from ivr.publishing.changes import told
from ivr.publishing.desk import Desk, NothingToGoBackToError
from ivr.publishing.local import LocalCopy
from ivr.storage.publications import ConflictError, Publications, open_publications
from menus.checks.surroundings import NOTHING_KNOWN
from menus.problems import MenuProblems
from tests.ivr.rehearsal.made import HEAD, TREE

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
CASES = HEAD.lstrip() + '- {name: 好的, steps: [{press: "1"}, {hear: 请输入号码}]}\n'


def files(old: str = "", new: str = "") -> dict[str, str]:
    """The village, with one text in the place of another."""
    assert old in TREE
    return {"village.yaml": TREE.lstrip().replace(old, new) if old else TREE.lstrip(), "village.cases.yaml": CASES}


@pytest.fixture
def publications(tmp_path: Path) -> Iterator[Publications]:
    opened = open_publications(f"sqlite:///{tmp_path / 'calls.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def local(tmp_path: Path) -> LocalCopy:
    return LocalCopy(tmp_path / "menus")


@pytest.fixture
def desk(publications: Publications, local: LocalCopy) -> Desk:
    return Desk(publications, local, {"village"}, lambda: NOTHING_KNOWN, lambda: NOON)


def publish(desk: Desk, given: dict[str, str], base: str = "", who: str = "li") -> str:
    return desk.publish(desk.candidate(given), base=base, who=who, why="试验").publication.revision


def test_what_is_published_is_served_on_this_machine(desk: Desk, local: LocalCopy) -> None:
    done = desk.publish(desk.candidate(files()), base="", who="li", why="试验")
    served = local.served()
    assert done.is_new and desk.current() == done.publication
    assert served is not None and (served.number, served.who, served.why) == (1, "li", "试验")
    assert (local.files_of(served) / "village.yaml").read_text("utf-8") == TREE.lstrip()


def test_the_same_again_changes_nothing(desk: Desk) -> None:
    first = publish(desk, files())
    again = desk.publish(desk.candidate(files("nodes:", "# said\nnodes:")), base="anything", who="wang", why="再来")
    assert not again.is_new and again.publication.revision == first
    assert [publication.who for publication in desk.history()] == ["li"]


@pytest.mark.parametrize(
    ("given", "stage", "file", "line"),
    [
        (files("next: bye, busy", "next: bey, busy"), "check", "village.yaml", 26),
        ({**files(), "village.yaml": ""}, "check", "village.yaml", 0),
        ({}, "check", "", 0),
        ({"town.yaml": TREE.lstrip().replace("id: village", "id: town")}, "numbers", "", 0),
        (files("请输入号码。", "请按号码。"), "rehearsal", "village.cases.yaml", 7),
        ({"village.yaml": TREE.lstrip()}, "rehearsal", "", 0),
    ],
)
def test_what_may_not_be_published_says_where_and_why(
    desk: Desk, given: dict[str, str], stage: str, file: str, line: int
) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.candidate(given)
    assert refused.value.stage == stage
    errors = [problem for problem in refused.value.problems if problem.severity == "error"]
    assert (errors[0].file, errors[0].line) == (file, line), str(refused.value)
    assert desk.current() is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../out.yaml",
        "/etc/out.yaml",
        "a/b.yaml",
        "a\\b.yaml",
        "C:x.yaml",
        ".hidden.yaml",
        "village.txt",
        "a\0.yaml",
        "a\n.yaml",
        "\u202eb.yaml",
        "\ud800.yaml",
        "村" * 100 + ".yaml",
    ],
    ids=lambda name: ascii(name)[1:20],
)
def test_nothing_is_written_under_a_name_that_is_none(desk: Desk, tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RefusedError) as refused:
        desk.candidate({**files(), name: TREE})
    assert [problem.code for problem in refused.value.problems] == ["file_name"]
    assert sorted(tmp_path.rglob("*")) == before


def test_half_a_character_has_its_line(desk: Desk) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.candidate(files("请输入号码。", "请输入\ud83d号码。"))
    (problem,) = refused.value.problems
    assert (problem.code, problem.line) == ("not_unicode", 14)


def test_menus_are_looked_at_without_being_published(desk: Desk) -> None:
    checked = desk.check(files("next: bye, busy", "next: bey, busy"))
    assert checked.menus is None
    assert {problem.file for problem in checked.problems} == {"village.yaml"}
    assert desk.check(files()).menus is not None


def test_of_two_authors_one_gets_the_conflict(desk: Desk, local: LocalCopy) -> None:
    base = publish(desk, files())
    publish(desk, files("谢谢来电", "谢谢您来电"), base, who="wang")
    with pytest.raises(ConflictError) as conflict:
        publish(desk, files("没有这个号码", "查不到这个号码"), base)
    assert [publication.who for publication in conflict.value.since] == ["wang"]
    assert local.served().who == "wang"  # type: ignore[union-attr]


def test_going_back_and_forth(desk: Desk) -> None:
    first = publish(desk, files())
    second = publish(desk, files("谢谢来电", "谢谢您来电"), first)
    assert desk.roll_back(None, who="wang", why="念错了").revision == first
    assert desk.roll_back(None, who="wang", why="没念错").revision == second
    with pytest.raises(ConflictError):
        desk.roll_back(first, who="wang", why="迟了", base=first)
    back = desk.roll_back(first[:4], who="wang", why="还是旧的", base=second)
    assert (back.revision, back.kind, back.number) == (first, "rollback", 5)


def test_there_must_be_something_to_go_back_to(desk: Desk) -> None:
    with pytest.raises(NothingToGoBackToError, match="还没有发布过"):
        desk.roll_back(None, who="li", why="x")
    publish(desk, files())
    with pytest.raises(NothingToGoBackToError, match="没有更早的版本"):
        desk.roll_back(None, who="li", why="x")


def test_a_number_keeps_its_tree(desk: Desk, publications: Publications, local: LocalCopy) -> None:
    first = publish(desk, files())
    publish(desk, files("谢谢来电", "谢谢您来电"), first)
    of_a_town = Desk(publications, local, {"town"}, lambda: NOTHING_KNOWN, lambda: NOON)
    with pytest.raises(RefusedError, match="town"):
        of_a_town.roll_back(first, who="li", why="x")


def test_what_this_program_cannot_read_does_not_come_back(desk: Desk, publications: Publications) -> None:
    broken = {"village.yaml": "ivr: 99\n"}
    publications.publish("bad000", broken, base="", who="li", why="x", at=NOON, kind="publish")
    publish(desk, files(), "bad000")
    with pytest.raises(RefusedError) as refused:
        desk.roll_back("bad000", who="li", why="x")
    assert refused.value.stage == "check"


def test_a_disk_that_cannot_be_written_loses_no_publication(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "menus").write_text("a file where the folder should be", "utf-8")
    revision = publish(desk, files())
    assert desk.current().revision == revision  # type: ignore[union-attr]


def test_differences_in_words(desk: Desk) -> None:
    revision = publish(desk, files())
    found, before = desk.files(revision[:5])
    assert found == revision
    lines = told(desk.changes(before, files("没有这个号码", "查不到这个号码")))
    assert any("“没有这个号码。” → “查不到这个号码。”" in line for line in lines)
    with pytest.raises(MenuProblems):
        desk.changes(before, {"village.yaml": "ivr: 99\n"})
