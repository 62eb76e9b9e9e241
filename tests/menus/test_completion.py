"""Completion while an author types: `¦` is the caret, and the file is seldom YAML."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.rehearsal.cases import CaseFile
from menus.editor.completion import Completion, Names, complete, node_names
from menus.editor.position import position
from menus.editor.schema import menu_schema
from menus.model import NODE_KINDS
from tests.menus.small import SMALL

SCHEMA = menu_schema()
CASES = CaseFile.model_json_schema()
NAMES = Names(("shared",), ("appeal", "case_status"), ("get_case",), ("operator",), ("done", "not_found"))
TREE = """\
ivr: 2
id: village
start: ask
nodes:
  ask:
    kind: menu
    prompt: 您好
    options:
      - keys: "1"
        label: 听停电通知
        next: power
      - {keys: "0", label: 找人工, next: person}
  power: {kind: say, text: 这几天没有停电通知。, next: ask}
  person:
    kind: transfer
    text: |
      好的，
      请等一等。
    target: operator
"""
TREES = Path(__file__).resolve().parents[2] / "menus" / "trees"


def at(marked: str, schema: object = SCHEMA) -> Completion:
    """What can be written at the `¦`."""
    before, caret, _ = marked.partition("¦")
    assert caret
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return complete(marked.replace("¦", "", 1), line, column, schema, NAMES)  # type: ignore[arg-type]


def texts(marked: str, schema: object = SCHEMA) -> list[str]:
    return [choice.text for choice in at(marked, schema).choices]


def in_tree(old: str, new: str) -> str:
    assert old in TREE
    return TREE.replace(old, new, 1)


class TestKeys:
    def test_of_an_empty_file_with_what_it_must_have_first(self) -> None:
        found = at("¦").choices
        assert found[0].text == "ivr: "
        required = [choice.required for choice in found]
        assert required == sorted(required, reverse=True)
        assert "nodes:" in texts("¦")

    def test_that_are_there_are_not_offered_again(self) -> None:
        assert "id: " not in texts(in_tree("start: ask\n", "¦\nstart: ask\n"))

    def test_of_a_node_are_those_of_its_kind(self) -> None:
        assert "ring_for: " in texts(f"{TREE}    ¦\n")
        assert "operation: " not in texts(f"{TREE}    ¦\n")
        assert "text: " not in texts(f"{TREE}    ¦\n")

    def test_of_a_node_without_a_kind_is_the_kind(self) -> None:
        assert texts(f"{TREE}  new:\n    ¦\n") == ["kind: "]

    def test_in_a_block_option(self) -> None:
        assert texts(in_tree("        label: 听停电通知\n", "        la¦\n")) == ["label: "]

    def test_in_an_option_on_one_line_stay_on_the_line(self) -> None:
        assert texts(in_tree("next: person}", "ph¦}")) == ["phrases: "]

    def test_in_a_node_on_one_line(self) -> None:
        assert "interruptible: " in texts(in_tree("next: ask}", "¦}"))
        assert "next: " in texts(in_tree("next: ask}", "¦}"))

    def test_say_what_they_mean_in_both_languages(self) -> None:
        choice = at(in_tree("        label: 听停电通知\n", "        la¦\n")).choices[0]
        assert choice.about == "菜单里怎么念 / how the menu names it"

    def test_of_sentences_that_can_be_replaced(self) -> None:
        assert "silence_1: " in texts("wording:\n  sil¦")


class TestValues:
    def test_kinds(self) -> None:
        found = at(f"{TREE}  new:\n    kind: ¦\n").choices
        assert [choice.text for choice in found] == list(NODE_KINDS)
        assert all("/" in choice.about for choice in found)

    @pytest.mark.parametrize(
        ("old", "new"),
        [("        next: power\n", "        next: ¦\n"), ("next: person}", "next: ¦}"), ("start: ask", "start: ¦")],
    )
    def test_nodes_of_the_file_and_its_fragments(self, old: str, new: str) -> None:
        assert texts(in_tree(old, new)) == ["ask", "power", "person", "shared"]

    def test_what_begins_with_the_word_comes_first(self) -> None:
        assert texts(in_tree("        next: power\n", "        next: p¦\n")) == ["power", "person"]
        assert at(in_tree("        next: power\n", "        next: p¦\n")).word == "p"

    @pytest.mark.parametrize(
        ("line", "found"),
        [
            ("    operation: ¦", ["get_case"]),
            ("    tree: ¦", ["appeal", "case_status"]),
            ("    kind: menu\n    interruptible: ¦", ["true", "false"]),
            ("    kind: menu\n    timing: {first_input: ¦", ["8s"]),
            ("    kind: menu\n    timing:\n      between_keys: ¦", ["4s"]),
            ("    kind: collect\n    terminator: ¦", ['"#"', '"*"', '""']),
        ],
    )
    def test_of_nodes(self, line: str, found: list[str]) -> None:
        assert texts(f"{TREE}  new:\n{line}") == found

    def test_in_lists(self) -> None:
        assert texts("languages: [zh, ¦]") == ["zh", "en"]
        assert texts("resumable:\n  after:\n    - ¦") == ["line", "caller"]


class TestNowhere:
    @pytest.mark.parametrize(
        "marked",
        [
            "# a comment ¦",
            'title: "in quotes ¦"',
            "title: 'in quotes ¦",
            TREE.replace("好的，", "好的¦，"),
            TREE.replace("请等一等。", "¦请等一等。"),
            "title: ¦",
            "nodes:\n  ¦",
            "no_such_section:\n  ¦",
        ],
    )
    def test_nothing_is_offered(self, marked: str) -> None:
        assert texts(marked) == []

    def test_beyond_the_file(self) -> None:
        assert complete("", 7, 3, SCHEMA).choices == ()


class TestRehearsals:
    def test_have_steps_answers_and_trees(self) -> None:
        assert "press: " in texts("cases:\n  - name: x\n    steps:\n      - ¦", CASES)
        assert texts("rehearsals: 1\ntree: ¦", CASES) == ["appeal", "case_status"]
        assert texts("cases:\n  - name: x\n    backend:\n      get_case: ¦", CASES) == ["done", "not_found"]
        assert texts("cases:\n  - steps:\n      - reach: ¦", CASES) == ["shared"]


@pytest.mark.parametrize("name", ["appeal.yaml", "case_status.yaml", "case_status.cases.yaml"])
def test_every_key_of_a_real_file_is_offered_where_it_stands(name: str) -> None:
    """Each key of a file is among those that are offered where it stands, once it is taken away."""
    schema = CASES if name.endswith(".cases.yaml") else SCHEMA
    lines = (TREES / name).read_text("utf-8").split("\n")
    for number, line in enumerate(lines, start=1):
        stripped = line.lstrip(" -")
        key, colon, _ = stripped.partition(":")
        place = position(lines, number, len(line) - len(stripped) + 1)
        if not colon or not key.isidentifier() or place is None or place.what != "key":
            continue
        above = place.levels[-1].key if place.levels else ""
        if above in ("nodes", "variables", "samples", "hours", "parameters", "results") or "data" in line:
            continue
        emptied = [*lines[: number - 1], line[: len(line) - len(stripped)], *lines[number:]]
        found = complete("\n".join(emptied), number, len(line) - len(stripped) + 1, schema)
        offered = {choice.shown for choice in found.choices}
        assert not offered or key in offered, (number, line, offered)


def test_nodes_are_found_in_a_file_that_is_not_yaml() -> None:
    assert node_names(["nodes:", "  a:", "    kind: {{{", "  b: [", "title: x", "  c: d"]) == ["a", "b"]
    assert node_names(SMALL.split("\n"))
