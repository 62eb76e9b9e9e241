"""What editors get for rehearsals: a schema that says what the model says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from ivr.commands.menus import command
from ivr.rehearsal.case_files import load_cases
from ivr.rehearsal.cases import Answer, Case, CaseFile, Ending, Step
from ivr.rehearsal.schema import cases_schema, cases_schema_text
from menus.editor.schema import CASES_FILE, MODELINE

TREES = Path(__file__).parents[3] / "menus" / "trees"
HAN = re.compile("[\u4e00-\u9fff]")
SCHEMA = cases_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
CASE = """
rehearsals: 1
tree: village
samples: {good: {status_text: 正在审核}}
backend: {get_case: [timeout, {gives: good, after: 5s}]}
cases:
- name: 听完挂机
  outbox: disk
  transfers: {operator: [busy, ended]}
  steps:
  - hear: [您好, 请问]
  - {press: "1", interrupt: true}
  - asks: {get_case: {number: "2026"}}
  - silence
  - silence: 2
  - {hear: 好的, within: 2s}
  ends: {by: menu, reason: completed}
"""


def complaints(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_the_shipped_file_is_that_of_the_model() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert CASES_FILE.read_text("utf-8") == cases_schema_text(), "run scripts/docs"


@pytest.mark.parametrize("file", sorted(TREES.glob("*.cases.yaml")), ids=lambda file: file.stem)
def test_shipped_rehearsals_keep_to_it_and_name_it(file: Path) -> None:
    text = file.read_text("utf-8")
    assert complaints(text) == []
    assert (file.parent / text.splitlines()[0].removeprefix(MODELINE)).resolve() == CASES_FILE


def test_every_way_of_writing_is_taken(tmp_path: Path) -> None:
    assert complaints(CASE) == []
    file = tmp_path / "village.cases.yaml"
    file.write_text(CASE, "utf-8")
    assert load_cases(file)[1] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rehearsals: 1", "rehearsals: 2"),
        ("steps:", "setps:"),
        ('press: "1"', "press: 1"),
        ('press: "1"', 'press: "1a"'),
        ("- silence\n", "- silent\n"),
        ("- silence\n", "- {hear: x, never_hear: y}\n"),
        ("- silence\n", "- {within: 2s}\n"),
        ("within: 2s", "within: 2"),
        ("by: menu", "by: mneu"),
        ("outbox: disk", "outbox: disc"),
        ("[busy, ended]", "[busy, endde]"),
        ("after: 5s", "afetr: 5s"),
    ],
)
def test_what_the_loader_refuses_is_refused_while_typing(tmp_path: Path, before: str, after: str) -> None:
    assert before in CASE
    text = CASE.replace(before, after, 1)
    assert complaints(text)
    file = tmp_path / "village.cases.yaml"
    file.write_text(text, "utf-8")
    assert load_cases(file)[0] is None


def test_every_key_is_explained_in_both_languages() -> None:
    for part, model in ((SCHEMA, CaseFile), *((SCHEMA["definitions"][one.__name__], one) for one in (Case, Step))):
        assert set(part["properties"]) == set(model.model_fields)
    assert set(SCHEMA["definitions"]) == {one.__name__ for one in (Answer, Case, Ending, Step)}
    for part in [SCHEMA, *SCHEMA["definitions"].values()]:
        for name, key in part["properties"].items():
            assert HAN.search(key["description"]), name
            assert "\n\n" in key["markdownDescription"], name


def test_it_can_be_written_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "cases.schema.json"
    result = CliRunner().invoke(command, ["schema", "--cases", "--output", str(file)])
    assert "# yaml-language-server: $schema=cases.schema.json" in result.output
    assert json.loads(file.read_text("utf-8")) == SCHEMA
    assert CliRunner().invoke(command, ["schema", "--cases"]).output == file.read_text("utf-8")
