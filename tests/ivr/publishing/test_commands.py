"""`ivr menus publish|diff|log|rollback|export`: what authors type and see."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.commands.menus import command
from ivr.config import DataFolder
from ivr.publishing.local import LocalCopy
from tests.ivr.rehearsal.made import TREE, write

CASE = '- {name: 好的, steps: [{press: "1"}, {hear: 请输入号码}]}\n'


class Desk:
    """An author's desk: a folder of menus and a gateway's data folder."""

    def __init__(self, root: Path) -> None:
        self.data = root / "data"
        self.menus = root / "menus"
        self.menus.mkdir()
        self.settings = root / "gateway.yaml"
        self.settings.write_text(f'menus: {{folder: {self.menus}, numbers: {{"12345": village}}}}\n', "utf-8")
        write(self.menus, CASE)

    def ivr(self, *arguments: str) -> Result:
        where = ["--data", str(self.data), "--settings", str(self.settings)]
        return CliRunner().invoke(command, [*arguments, *where])

    def publish(self, *more: str, folder: Path | None = None) -> Result:
        return self.ivr("publish", str(folder or self.menus), "-m", "为了试验", "--who", "li", *more)

    def edit(self, old: str, new: str, folder: Path | None = None) -> None:
        tree = (folder or self.menus) / "village.yaml"
        text = tree.read_text("utf-8")
        assert old in text
        tree.write_text(text.replace(old, new), "utf-8")

    @property
    def served(self) -> str:
        served = LocalCopy(DataFolder(self.data).menus).served()
        return served.revision if served else ""

    def log(self) -> list[dict[str, str]]:
        entries: list[dict[str, str]] = json.loads(self.ivr("log", "--json").output)
        return entries


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_what_is_published_is_served_here_at_once(desk: Desk) -> None:
    result = desk.publish()
    assert result.exit_code == 0, result.output
    (entry,) = desk.log()
    assert (entry["revision"], entry["who"], entry["why"], entry["kind"]) == (desk.served, "li", "为了试验", "publish")
    assert desk.served in result.output


def test_the_same_is_not_published_twice(desk: Desk) -> None:
    desk.publish()
    desk.edit("nodes:", "# another comment\nnodes:")
    assert "已经是这个版本" in desk.publish().output
    assert len(desk.log()) == 1


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("next: bye", "next: bey", "unknown_node"),
        ("请输入号码。", "请按号码。", "应当听到“请输入号码”"),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason(desk: Desk, old: str, new: str, why: str) -> None:
    desk.edit(old, new)
    result = desk.publish()
    assert result.exit_code == 1
    assert "没有发布" in result.output and why in result.output
    assert desk.log() == [] and desk.served == ""


def test_without_a_rehearsal_nothing_is_published(desk: Desk) -> None:
    (desk.menus / "village.cases.yaml").unlink()
    result = desk.publish()
    assert result.exit_code == 1
    assert "一次排练也没有" in result.output


def test_a_number_must_lead_somewhere(desk: Desk) -> None:
    desk.settings.write_text(desk.settings.read_text("utf-8").replace("village}", "town}"), "utf-8")
    result = desk.publish()
    assert result.exit_code == 1
    assert "town" in result.output


def test_a_reason_must_be_given(desk: Desk) -> None:
    assert desk.ivr("publish", str(desk.menus)).exit_code == 2


def test_two_authors_at_once_get_a_conflict_and_lose_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.publish()
    other = tmp_path / "wang"
    shutil.copytree(desk.menus, other)
    desk.edit("没有这个号码", "查不到这个号码")
    desk.edit("谢谢来电", "谢谢您来电", other)
    assert desk.publish().exit_code == 0
    mine = desk.served

    refused = desk.publish("--who", "wang", folder=other)
    assert refused.exit_code == 1
    assert "别人已经发布了新的版本" in refused.output and f"--base {mine}" in refused.output
    assert desk.served == mine

    desk.edit("没有这个号码", "查不到这个号码", other)
    assert desk.publish("--who", "wang", "--base", mine, folder=other).exit_code == 0
    assert [entry["who"] for entry in desk.log()] == ["wang", "li", "li"]


def test_a_folder_that_does_not_say_what_it_began_with_is_asked(desk: Desk) -> None:
    desk.publish()
    (desk.menus / ".published").unlink()
    desk.edit("没有这个号码", "查不到这个号码")
    result = desk.publish()
    assert result.exit_code == 1
    assert "没有写是从哪个版本改的" in result.output
    assert desk.publish("--base", desk.served[:6]).exit_code == 0


def test_an_old_revision_comes_back(desk: Desk) -> None:
    desk.publish()
    first = desk.served
    desk.edit("没有这个号码", "查不到这个号码")
    desk.publish()
    result = desk.ivr("rollback", "-m", "念错了", "--who", "wang")
    assert result.exit_code == 0, result.output
    assert desk.served == first
    assert [(entry["kind"], entry["revision"] == first) for entry in desk.log()] == [
        ("rollback", True),
        ("publish", False),
        ("publish", True),
    ]
    assert desk.ivr("rollback", "-m", "x", "zzz").exit_code == 1


def test_there_must_be_something_to_go_back_to(desk: Desk) -> None:
    assert "还没有发布过" in desk.ivr("rollback", "-m", "x").output
    desk.publish()
    assert "没有更早的版本" in desk.ivr("rollback", "-m", "x").output


def test_differences_are_told_in_words_and_line_by_line(desk: Desk) -> None:
    assert "还没有发布过" in desk.ivr("diff").output
    desk.publish()
    first = desk.served
    assert "没有不同" in desk.ivr("diff").output
    desk.edit("没有这个号码", "查不到这个号码")
    assert "“没有这个号码。” → “查不到这个号码。”" in desk.ivr("diff").output
    assert "+  missing: {kind: say, text: 查不到这个号码。" in desk.ivr("diff", "--unified").output
    (change,) = json.loads(desk.ivr("diff", str(desk.menus), "--json").output)
    assert (change["where"], change["what"]) == ("village.missing", "changed")
    desk.publish()
    assert "查不到这个号码" in desk.ivr("diff", first).output
    assert "查不到这个号码" in desk.ivr("diff", first, desk.served).output
    assert "zzz" in desk.ivr("diff", "zzz").output


def test_what_was_published_is_taken_out_to_work_on(desk: Desk, tmp_path: Path) -> None:
    desk.publish()
    folder = tmp_path / "taken"
    assert desk.ivr("export", str(folder)).exit_code == 0
    assert (folder / "village.yaml").read_text("utf-8") == TREE.lstrip()
    assert (folder / "village.cases.yaml").exists()
    desk.edit("没有这个号码", "查不到这个号码", folder)
    assert desk.publish(folder=folder).exit_code == 0
    assert "已经有菜单" in desk.ivr("export", str(folder)).output


def test_before_anything_is_published_the_log_says_what_is_served(desk: Desk) -> None:
    assert str(desk.menus) in desk.ivr("log").output
    desk.publish()
    assert "li：为了试验" in desk.ivr("log").output


def test_a_database_that_is_down_is_told(desk: Desk) -> None:
    (desk.data / "log").mkdir(parents=True)
    (desk.data / "log" / "calls.sqlite").write_bytes(b"no database" * 400)
    result = desk.publish()
    assert result.exit_code == 1
    assert "数据库打不开" in result.output
    assert desk.served == ""
