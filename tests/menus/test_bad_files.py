"""A folder of menus that are wrong, each in one way, with the problems that must be told and where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from menus.loader import check_menus, load_menus
from menus.problems import MenuProblems

HAN = re.compile("[\u4e00-\u9fff]")
FOLDER = Path(__file__).parent / "bad"
EXPECTED = [line.split("\t") for line in (FOLDER / "expected.tsv").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("name", "expected"), EXPECTED)
def test_a_bad_file_is_told_at_its_place(name: str, expected: str) -> None:
    problems = check_menus(FOLDER / f"{name}.yaml").problems
    assert " ".join(f"{problem.code}@{problem.line}:{problem.column}" for problem in problems) == expected


@pytest.mark.parametrize("name", [name for name, _ in EXPECTED])
def test_every_problem_is_said_in_both_languages_with_its_line(name: str) -> None:
    file = FOLDER / f"{name}.yaml"
    lines = file.read_text("utf-8").splitlines()
    for problem in check_menus(file).problems:
        assert problem.what.zh
        assert set(HAN.findall(problem.what.en)) <= set(file.read_text("utf-8"))
        assert problem.excerpt == lines[problem.line - 1]
        assert problem.column <= len(problem.excerpt) + 1
        assert str(file) in problem.text


def test_every_file_is_in_the_list() -> None:
    assert sorted(file.stem for file in FOLDER.glob("*.yaml")) == [name for name, _ in EXPECTED]


def test_all_files_at_once_are_told_in_one_pass() -> None:
    with pytest.raises(MenuProblems) as caught:
        load_menus(FOLDER)
    told = {problem.file for problem in caught.value.problems}
    assert told == {str(file) for file in FOLDER.glob("*.yaml")}
    places = [(problem.file, problem.line, problem.column) for problem in caught.value.problems]
    assert places == sorted(places)
