"""What editors get: a schema and snippets that say what the model says, and a first tree that works."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml  # type: ignore[import-untyped]
from click.testing import CliRunner

from ivr.commands.menus import command
from menus.checks import CHECKS
from menus.checks.frame import FRAME, tree_of_example
from menus.editor import schema, snippets
from menus.editor.kind_words import kind_words
from menus.loader import check_menus
from menus.model import NODE_KINDS, Tree

TREES = Path(__file__).parents[2] / "menus" / "trees"
HAN = re.compile("[\u4e00-\u9fff]")
SCHEMA = schema.menu_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def complaints(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_the_shipped_files_are_those_of_the_model() -> None:
    assert schema.FILE.read_text("utf-8") == schema.schema_text(), "run scripts/docs"
    assert snippets.FILE.read_text("utf-8") == snippets.snippets_text(), "run scripts/docs"


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "file", [file for file in sorted(TREES.glob("*.yaml")) if "." not in file.stem], ids=lambda file: file.stem
)
def test_shipped_trees_keep_to_it_and_name_it(file: Path) -> None:
    text = file.read_text("utf-8")
    assert complaints(text) == []
    modeline = text.splitlines()[0]
    assert modeline.startswith(schema.MODELINE)
    assert (file.parent / modeline.removeprefix(schema.MODELINE)).resolve() == schema.FILE


@pytest.mark.parametrize("rule", [rule for check in CHECKS for rule in check.RULES], ids=lambda rule: rule.code)
def test_every_good_example_keeps_to_it(rule: Any) -> None:
    assert complaints(tree_of_example(rule.good)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("kind: menu", "kind: mneu"),
        ("prompt:", "promt:"),
        ('"1"', "1"),
        ("target: operator, ", ""),
        ("languages: [zh]", "languages: []"),
        ("ivr: 2", "ivr: 7"),
        ("way_out: person", "way_out: person\ntiming: {first_input: 8}"),
        ("way_out: person", "way_out: person\nuniversals: {repaet: '*'}"),
        ("way_out: person", "way_out: person\nwording: {optoin: x}"),
    ],
)
def test_what_the_loader_refuses_is_refused_while_typing(tmp_path: Path, before: str, after: str) -> None:
    text = FRAME.replace(before, after, 1)
    assert complaints(text)
    file = tmp_path / "example.yaml"
    file.write_text(text, "utf-8")
    assert check_menus(file).menus is None


def test_every_kind_and_key_is_explained_in_both_languages() -> None:
    for kind, model in NODE_KINDS.items():
        words = kind_words(kind)
        assert HAN.search(words.zh), f"menus/editor/kind_words.py: {kind}"
        assert words.en
        assert set(SCHEMA["definitions"][model.__name__]["properties"]) == set(model.model_fields)
    for part in [SCHEMA, *SCHEMA["definitions"].values()]:
        for name, key in part["properties"].items():
            assert HAN.search(key["description"]), name
            assert "\n\n" in key["markdownDescription"], name
    assert set(SCHEMA["properties"]) == set(Tree.model_fields)


def test_defaults_are_as_authors_write_them() -> None:
    timing = SCHEMA["definitions"]["Timing"]["properties"]
    assert timing["first_input"]["default"] == "8s"
    assert SCHEMA["definitions"]["Limits"]["properties"]["call_length"]["default"] == "20min"
    assert SCHEMA["definitions"]["Collect"]["properties"]["terminator"]["default"] == "#"


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_a_snippet_left_as_it_comes_is_a_node(tmp_path: Path, kind: str) -> None:
    snippet = snippets.snippets()[f"菜单 {kind}"]
    text = re.sub(r"\$\{\d+\|([^,|}]*)[^}]*\|\}", r"\1", "\n".join(snippet["body"]))
    text = re.sub(r"\$\{\d+:([^}]*)\}", r"\1", text)
    node = text.replace("next_step", "bye").replace("other_tree", "example")
    lines = FRAME.splitlines() + [f"  {line}" for line in node.splitlines()]
    file = tmp_path / "example.yaml"
    file.write_text("\n".join(lines).replace("[zh]", "[zh, en]"), "utf-8")
    errors = [problem for problem in check_menus(file).problems if problem.severity == "error"]
    assert {problem.code for problem in errors} <= {"trees_call_in_circle"}


def test_a_new_tree_passes_check_format_and_rehearsal(tmp_path: Path) -> None:
    folder = tmp_path / "menus"
    made = CliRunner().invoke(command, ["new", "village", "--folder", str(folder), "--title", "清水村热线"])
    assert made.exit_code == 0, made.output
    assert [problem.text for problem in check_menus(folder).problems] == []
    assert CliRunner().invoke(command, ["fmt", "--check", str(folder)]).exit_code == 0
    rehearsed = CliRunner().invoke(command, ["test", str(folder)])
    assert rehearsed.exit_code == 0, rehearsed.output
    text = (folder / "village.yaml").read_text("utf-8")
    assert complaints(text) == []
    modeline = text.splitlines()[0].removeprefix(schema.MODELINE)
    assert (folder / modeline).read_text("utf-8") == schema.schema_text()
    modeline = (folder / "village.cases.yaml").read_text("utf-8").splitlines()[0].removeprefix(schema.MODELINE)
    assert (folder / modeline).read_text("utf-8") == schema.CASES_FILE.read_text("utf-8")
    assert json.loads((folder / ".vscode" / "menus.code-snippets").read_text("utf-8"))


@pytest.mark.parametrize("name", ["Village", "村", "a-b", "../x", ""])
def test_a_name_that_is_no_id_is_refused(tmp_path: Path, name: str) -> None:
    result = CliRunner().invoke(command, ["new", name, "--folder", str(tmp_path)])
    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "village.yaml").write_text("mine", "utf-8")
    assert CliRunner().invoke(command, ["new", "village", "--folder", str(tmp_path)]).exit_code == 1
    assert (tmp_path / "village.yaml").read_text("utf-8") == "mine"


def test_the_schema_can_be_written_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "menu.schema.json"
    result = CliRunner().invoke(command, ["schema", "--output", str(file)])
    assert "# yaml-language-server: $schema=menu.schema.json" in result.output
    assert json.loads(file.read_text("utf-8")) == json.loads(CliRunner().invoke(command, ["schema"]).output) == SCHEMA
