"""Every rule of every check: an example that is wrong in this way, one that is right, and a page in docs/checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from menus.checks import CHECKS, ESSENTIAL, WARNINGS
from menus.checks.frame import FRAME, tree_of_example
from menus.checks.rule import Rule
from menus.loader import CheckedMenus, check_menus
from tests.menus.gateway import KNOWN

RULES = [rule for check in CHECKS for rule in check.RULES]
PAGES = Path(__file__).parents[2] / "docs" / "checks"
HAN = re.compile("[\u4e00-\u9fff]")
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def checked(folder: Path, text: str) -> CheckedMenus:
    file = folder / "example.yaml"
    file.write_text(text, "utf-8")
    return check_menus(file, KNOWN)


def test_the_frame_of_the_examples_is_sound(tmp_path: Path) -> None:
    assert checked(tmp_path, FRAME).problems == []


@each_rule
def test_the_bad_example_is_told(tmp_path: Path, rule: Rule) -> None:
    found = [problem for problem in checked(tmp_path, tree_of_example(rule.bad)).problems if problem.code == rule.code]
    assert found
    assert found[0].severity == rule.severity
    assert found[0].line > 0


@each_rule
def test_nothing_is_said_of_the_good_example(tmp_path: Path, rule: Rule) -> None:
    assert [problem.text for problem in checked(tmp_path, tree_of_example(rule.good)).problems] == []


@each_rule
def test_it_is_explained_in_both_languages(rule: Rule) -> None:
    for words in (rule.title, rule.why):
        assert HAN.search(words.zh)
        assert words.en
        assert not HAN.search(words.en)


@each_rule
def test_it_is_told_only_where_enough_is_known(tmp_path: Path, rule: Rule) -> None:
    if rule.needs:
        file = tmp_path / "example.yaml"
        file.write_text(tree_of_example(rule.bad), "utf-8")
        assert rule.code not in [problem.code for problem in check_menus(file).problems]


def test_codes_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_check_tells_what_its_rules_say_and_has_a_page(check: object) -> None:
    source = Path(str(check.__file__)).read_text("utf-8")  # type: ignore[attr-defined]
    body = source[source.index("def check(") :]
    rules: tuple[Rule, ...] = check.RULES  # type: ignore[attr-defined]
    assert all(f'"{rule.code}"' in body for rule in rules)
    page = PAGES / f"{Path(str(check.__file__)).stem}.md"  # type: ignore[attr-defined]
    assert all(f"## `{rule.code}`" in page.read_text("utf-8") for rule in rules)


def test_loading_runs_every_check_that_can_find_an_error() -> None:
    errors = {rule.code for rule in RULES if rule.severity == "error"}
    assert errors == {rule.code for check in ESSENTIAL for rule in check.RULES if rule.severity == "error"}
    assert errors - WARNINGS
    assert {rule.code for rule in RULES} == errors | WARNINGS
