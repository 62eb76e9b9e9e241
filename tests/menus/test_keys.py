from __future__ import annotations

from pathlib import Path

import pytest

from menus.keys import active_universals, spoken_key
from menus.model import Listening
from tests.menus.small import load_text, small

COLLECT = 'digits: {kind: collect, prompt: 请输入, save_as: x, terminator: "%s", next: bye}\n'


@pytest.mark.parametrize(
    ("keys", "language", "spoken"),
    [
        ("1", "zh", "一"),
        ("0", "zh", "零"),
        ("12", "zh", "一二"),
        ("*", "zh", "星号键"),
        ("#", "zh", "井号键"),
        ("2", "zh-Hans", "二"),
        ("1", "en", "one"),
        ("0#", "en", "zero pound"),
        ("*", "en-GB", "star"),
    ],
)
def test_keys_are_said_as_people_name_them(keys: str, language: str, spoken: str) -> None:
    assert spoken_key(keys, language) == spoken


def listening(folder: Path, name: str, *changes: tuple[str, str], nodes: str = "") -> dict[str, str]:
    tree = load_text(folder, small(*changes, nodes=nodes))
    node = tree.nodes[name]
    assert isinstance(node, Listening)
    return {str(action): key for action, key in active_universals(tree, node).items()}


def test_the_usual_universals_work_in_a_menu(tmp_path: Path) -> None:
    assert listening(tmp_path, "ask") == {"repeat": "*", "back": "#", "operator": "0"}


def test_an_option_has_its_key_before_a_universal(tmp_path: Path) -> None:
    assert "operator" not in listening(tmp_path, "ask", ('keys: "1"', 'keys: "01"'))


def test_a_node_can_switch_universals_off(tmp_path: Path) -> None:
    assert listening(tmp_path, "ask", ("    kind: menu", "    kind: menu\n    universals: false")) == {}


@pytest.mark.parametrize(("terminator", "active"), [("#", {"repeat": "*"}), ("", {"repeat": "*", "back": "#"})])
def test_where_digits_are_collected_they_are_input(tmp_path: Path, terminator: str, active: dict[str, str]) -> None:
    assert listening(tmp_path, "digits", ("next: bye}\n", "next: digits}\n"), nodes=COLLECT % terminator) == active
