"""The shipped trees, looked at as text: sound, complete, short, and agreed with the backend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import menus
from backend_client.operations import GATEWAY_OPERATIONS, OPERATIONS
from menus.compose import RUNGS, prompt
from menus.expression import Constant, parse_expression
from menus.keys import active_universals
from menus.loader import check_menus, load_menus
from menus.model import Branch, HangUp, Listening, Menu, MenuSet, Query, Say, Set, Transfer, Tree
from menus.parts import Pause, Template, Words
from menus.walk import spoken_texts, successors

TREES = Path(menus.__file__).parent / "trees"
DEMO = Path(__file__).parents[2] / "backend_client" / "demo" / "data"


@lru_cache(maxsize=1)
def shipped() -> MenuSet:
    return load_menus(TREES)


def every_listening() -> Iterator[tuple[Tree, str, Listening]]:
    for tree in shipped().trees.values():
        for name, node in tree.nodes.items():
            if isinstance(node, Listening):
                yield tree, name, node


def seconds(template: Template, language: str) -> float:
    """About how long a template lasts, by what the default voice was measured to take (within a tenth)."""
    words = "".join(piece.text for piece in template if isinstance(piece, Words))
    pauses = sum(piece.ms for piece in template if isinstance(piece, Pause)) / 1000
    breaths = 0.25 * len(re.findall(r"[，。？；：、,.?;:]", words))
    spoken = len(re.findall(r"[\u4e00-\u9fff]", words)) / 4.0 if language == "zh" else len(words.split()) / 3.4
    return spoken + pauses + breaths


def test_there_is_nothing_to_say_against_them() -> None:
    assert [problem.text for problem in check_menus(TREES).problems] == []


def test_everything_is_there_in_both_languages() -> None:
    for tree in shipped().trees.values():
        assert tree.languages == ["zh", "en"]
        for place, text in spoken_texts(tree):
            assert set(text) == {"zh", "en"}, place


def test_each_language_is_written_in_its_own_script_and_in_words() -> None:
    """Numbers are words or typed values: a voice would read digits as it likes."""
    for tree in shipped().trees.values():
        for place, text in spoken_texts(tree):
            chinese, english = (re.sub(r"\{[^}]*\}", "", text[language]) for language in ("zh", "en"))
            assert not re.search(r"[A-Za-z0-9]", chinese), (place, chinese)
            assert not re.search(r"[\u4e00-\u9fff0-9]", english), (place, english)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_prompt_lasts_longer_than_a_quarter_of_a_minute(language: str) -> None:
    for tree, name, node in every_listening():
        length = seconds(prompt(tree, shipped().wording, node, language), language)
        # The main menu names everything that a county is called for; the most wanted comes first.
        most = 18 if name == "main_menu" else 15
        assert length <= most, f"{tree.id}.{name}: {length:.1f} s"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_that_is_said_in_one_go_is_long(language: str) -> None:
    for tree in shipped().trees.values():
        for place, text in spoken_texts(tree):
            for clause in re.split("[。？]|[.?] ", re.sub(r"\{[^}]*\}", "", text[language])):
                assert len(clause) <= (32 if language == "zh" else 110), (place, clause)


def test_no_menu_asks_to_remember_more_than_five_options() -> None:
    for tree, name, node in every_listening():
        if isinstance(node, Menu):
            # The operator, named last and everywhere the same, need not be remembered.
            asked = [option for option in node.options if option.spoken and option.keys != "0"]
            assert len(asked) <= 5, (tree.id, name)


def test_a_person_and_the_main_menu_are_one_key_away_everywhere() -> None:
    for tree, name, node in every_listening():
        if tree.id == "outbound":
            continue  # whom the gateway calls has come from no menu, and is asked whether a person shall speak to them
        keys = {option.keys: option.next for option in node.options} if isinstance(node, Menu) else {}
        assert "0" in keys or "operator" in active_universals(tree, node) or not isinstance(node, Menu), (tree.id, name)
        if isinstance(node, Menu) and name != "main_menu":
            assert "9" in keys, (tree.id, name)


def test_the_same_key_means_the_same_everywhere() -> None:
    for tree, name, node in every_listening():
        for option in node.options if isinstance(node, Menu) else ():
            if option.keys == "9":
                assert option.label["zh"] == "回主菜单", (tree.id, name)
            if option.keys == "0":
                assert option.label["zh"] == "找人工", (tree.id, name)


def test_every_answer_is_followed_by_a_menu() -> None:
    """From whatever is said, a caller comes to a question, a person or a goodbye without passing one of them twice."""
    for tree in shipped().trees.values():
        ends = {name for name, node in tree.nodes.items() if isinstance(node, (Listening, Transfer, HangUp))}
        settled = set(ends)
        while True:
            more = {name for name, node in tree.nodes.items() if successors(tree, node) <= settled} - settled
            if not more:
                break
            settled |= more
        unsettled = {name for name, node in tree.nodes.items() if name not in settled}
        assert all(tree.nodes[name].kind == "call" or isinstance(tree.nodes[name], Branch) for name in unsettled), (
            tree.id,
            unsettled,
        )


def test_every_failure_of_the_backend_is_told_in_a_sentence() -> None:
    for tree in shipped().trees.values():
        for name, node in tree.nodes.items():
            if isinstance(node, Query):
                assert isinstance(tree.nodes[node.failed], Say), name
                found_nothing = tree.nodes[node.not_found]
                assert isinstance(found_nothing, (Say, Set)), name


def test_only_operations_and_arguments_of_the_backend_are_used() -> None:
    used = set()
    for tree in shipped().trees.values():
        for node in tree.nodes.values():
            if isinstance(node, Query):
                known = {**OPERATIONS, **GATEWAY_OPERATIONS}
                parameters = {parameter.name for parameter in known[node.operation].parameters}
                assert set(node.arguments) <= parameters
                used.add(node.operation)
    assert used >= {"get_case", "get_service_item", "get_policy", "list_notices", "get_appeal", "find_cases"}


@pytest.mark.parametrize(
    ("variable", "file"), [("item_code", "service_items"), ("policy_code", "policies"), ("township", "notices")]
)
def test_every_code_is_one_of_the_demo_backend(variable: str, file: str) -> None:
    field = "township" if variable == "township" else "code"
    entries = YAML(typ="safe", pure=True).load((DEMO / f"{file}.yaml").read_text("utf-8"))
    known = {entry.get(field) for entry in entries} | {""}
    written = []
    for node in shipped().trees["hotline"].nodes.values():
        if isinstance(node, Set) and variable in node.values:
            expression = parse_expression(node.values[variable])
            # The others come from the backend, or from an earlier call.
            written += [expression.value] if isinstance(expression, Constant) else []
    assert len(written) >= 4
    assert set(written) <= known


def test_every_rung_says_something() -> None:
    for tree, name, node in every_listening():
        for rung in RUNGS:
            assert prompt(tree, shipped().wording, node, "zh", rung), (tree.id, name, rung)
