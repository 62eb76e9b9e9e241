"""Pictures of trees, and how long callers listen."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import defusedxml.ElementTree as ElementTree  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner

from ivr.commands.menus import command
from menus.drawing import dot, drawings, mermaid
from menus.loader import load_menus
from menus.model import MenuSet
from menus.paths import arrivals, steps_of, worst_path
from menus.wording import standard_wording
from tests.menus.small import load_text, menu_set, small

TREES = Path(__file__).parents[2] / "menus" / "trees"
TWO_WAYS = small(
    ('      - {keys: "1", label: 办事, next: bye}', ""),
    (
        "    options:",
        '    options:\n      - {keys: "1", label: 听长的, next: long}\n      - {keys: "2", label: 走, next: bye}',
    ),
    nodes="""\
    long: {kind: say, text: 这一段话说得很慢很慢，说了很久很久，还是没有说完。, next: far}
    far: {kind: say, text: 到了。, next: bye}
    """,
)


@pytest.fixture
def two_ways(tmp_path: Path) -> MenuSet:
    return menu_set(load_text(tmp_path, TWO_WAYS))


def test_an_option_takes_as_long_as_it_takes_to_name_it(two_ways: MenuSet) -> None:
    tree = two_ways.trees["small"]
    first, second, silence = steps_of(tree, two_ways.wording, "ask", "zh")
    assert (first.target, second.target, silence.target) == ("long", "bye", "person")
    assert 0 < first.seconds < second.seconds == silence.seconds
    assert (first.is_failure, silence.is_failure) == (False, True)


def test_the_quickest_and_the_longest_way(two_ways: MenuSet) -> None:
    found = arrivals(two_ways.trees["small"], two_ways.wording, "zh")
    assert found["ask"].seconds == 0
    assert found["bye"].before == "ask"  # not by way of the long text
    assert "person" not in found  # only those who cannot get on come there
    assert worst_path(found) == ["ask", "long", "far"]


def test_digits_take_time(tmp_path: Path) -> None:
    nodes = "number: {kind: collect, prompt: 请输入号码。, save_as: digits, least: 8, most: 8, next: bye}\n"
    tree = load_text(tmp_path, small(("label: 办事, next: bye", "label: 办事, next: number"), nodes=nodes))
    going_on, _ = steps_of(tree, standard_wording(), "number", "zh")
    assert going_on.seconds > 8


def test_mermaid_names_every_node_once_and_marks_the_worst_way(two_ways: MenuSet) -> None:
    drawn = mermaid(drawings(two_ways, "zh"))
    for name in two_ways.trees["small"].nodes:
        assert len(re.findall(rf'"{name}<br/>|"{name}"', drawn)) == 1
    assert drawn.count("==>") == 2
    assert re.search(r'-->\|"2 走 \d+s"\|', drawn)
    assert "-.->" in drawn


def test_what_authors_write_breaks_no_picture(tmp_path: Path) -> None:
    text = small(("请问您要办什么事？", "'说\"好\"<b>&#35; |[x]`\\'"))
    pictures = drawings(menu_set(load_text(tmp_path, text)), "zh")
    line = next(line for line in mermaid(pictures).splitlines() if "说#quot;好#quot;#lt;b#gt;" in line)
    assert line.count('"') == 2
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg"], input=dot(pictures), text=True, check=True, capture_output=True)


def test_every_shipped_tree_can_be_drawn() -> None:
    menus = load_menus(TREES)
    for language in ("zh", "en"):
        pictures = drawings(menus, language)
        drawn = dot(pictures)
        for tree in menus.trees.values():
            assert all(f'"{tree.id}/{name}" [' in drawn for name in tree.nodes)
    assert '-> "case_status/ask_number" [label="call"]' in drawn


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed: apt-get install graphviz")
def test_the_command_draws_svg(tmp_path: Path) -> None:
    file = tmp_path / "menus.svg"
    result = CliRunner().invoke(command, ["graph", "--tree", "case_status", "-o", str(file)])
    assert result.exit_code == 0, result.output
    root = ElementTree.parse(file).getroot()
    assert root.tag.endswith("svg")
    assert "after_text" in file.read_text("utf-8")


def test_without_graphviz_svg_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    result = CliRunner().invoke(command, ["graph", "--format", "svg"])
    assert result.exit_code == 1
    assert "apt-get install graphviz" in result.output


def test_an_unknown_tree_is_told() -> None:
    result = CliRunner().invoke(command, ["graph", "--tree", "nothing"])
    assert result.exit_code == 2
    assert "hotline" in result.output
