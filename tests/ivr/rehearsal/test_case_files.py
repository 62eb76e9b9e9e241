"""Files of rehearsals: what is wrong with them is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.rehearsal.case_files import case_files, load_cases
from tests.ivr.rehearsal.made import write

WRONG = {
    "an unknown key": ("- {name: x, stepps: []}", "unknown_key", "steps"),
    "a key that is missing": ("- {steps: [hang_up]}", "missing_key", "name"),
    "two things in one step": ('- {name: x, steps: [{press: "1", hear: 好}]}', "wrong_value", "一步只写一件事"),
    "nothing in a step": ("- {name: x, steps: [{within: 2s}]}", "wrong_value", "一步只写一件事"),
    "a step that does not exist": ("- {name: x, steps: [jump]}", "wrong_value", ""),
    "a key of a step that does not exist": ('- {name: x, steps: [{pres: "1"}]}', "unknown_key", "press"),
    "a key without quotes": ("- {name: x, steps: [{press: 1}]}", "wrong_value", "引号"),
    "a time without unit": ("- {name: x, steps: [{wait: 5}]}", "wrong_value", ""),
    "a sample that is not there": ("- {name: x, backend: {get_case: god}, steps: [hang_up]}", "unknown_sample", "good"),
    "an outcome that does not exist": ("- {name: x, transfers: {a: bussy}, steps: [hang_up]}", "wrong_choice", "busy"),
    "an end that does not exist": ("- {name: x, steps: [hang_up], ends: {by: nobody}}", "wrong_choice", "caller"),
    "no steps": ("- {name: x, steps: []}", "wrong_value", ""),
    "not YAML": ("- {name: x, steps: [}", "yaml_syntax", ""),
    "a trap of YAML": ("- {name: no, steps: [hang_up]}", "yaml_switch", ""),
}


@pytest.mark.parametrize(("cases", "code", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_at_its_line(tmp_path: Path, cases: str, code: str, words: str) -> None:
    file = write(tmp_path, cases)
    loaded, problems = load_cases(file)
    assert loaded is None
    assert code in [problem.code for problem in problems]
    found = next(problem for problem in problems if problem.code == code)
    assert found.line == len(file.read_text("utf-8").splitlines())
    assert words in f"{found.what} {found.fix}"
    assert str(found.what)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "not_utf8"),
        (b"- a\n- b\n", "not_rehearsals"),
        (b"", "not_rehearsals"),
        (b"rehearsals: 2\n", "wrong_choice"),
    ],
)
def test_what_is_no_file_of_rehearsals(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "x.cases.yaml"
    file.write_bytes(content)
    loaded, problems = load_cases(file)
    assert loaded is None
    assert code in [problem.code for problem in problems]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    loaded, problems = load_cases(tmp_path / "none.cases.yaml")
    assert loaded is None
    assert [problem.code for problem in problems] == ["unreadable"]


def test_rehearsals_are_found_in_folders_beside_trees_and_by_name(tmp_path: Path) -> None:
    file = write(tmp_path, "- {name: x, steps: [hang_up]}")
    assert case_files([tmp_path]) == [file]
    assert case_files([tmp_path / "village.yaml"]) == [file]
    assert case_files([file, tmp_path]) == [file]
    assert case_files([tmp_path / "other.yaml"]) == []


def test_every_line_is_known(tmp_path: Path) -> None:
    file = write(tmp_path, "- name: x\n  steps:\n    - hang_up\n    - silence\n")
    loaded, problems = load_cases(file)
    assert loaded is not None and problems == []
    before = len(file.read_text("utf-8").splitlines()) - 4
    assert loaded.lines == ((before + 1, (before + 3, before + 4)),)
