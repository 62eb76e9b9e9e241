"""Whatever a file holds: problems within a second, and never a crash."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from menus.loader import check_menus
from menus.model import NODE_KINDS
from tests.menus.small import SMALL, check_text, small

TREES = Path(__file__).parents[2] / "menus" / "trees"
HOTLINE = (TREES / "hotline.yaml").read_text("utf-8")
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


def sound_or_told(folder: Path, content: bytes) -> None:
    file = folder / "small.yaml"
    file.write_bytes(content)
    checked = check_menus(file)
    assert checked.menus is not None or any(problem.severity == "error" for problem in checked.problems)
    assert all(problem.text for problem in checked.problems)


@QUIET
@given(st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    sound_or_told(tmp_path, content)


@QUIET
@given(
    st.integers(0, len(SMALL)),
    st.integers(0, 30),
    st.text(alphabet="{}[]:-#&*!|>'\"%@` \t\n\r：１＃🙂\u202ea1~?,", max_size=12),
)
def test_any_change_of_a_sound_tree(tmp_path: Path, start: int, length: int, inserted: str) -> None:
    sound_or_told(tmp_path, (SMALL[:start] + inserted + SMALL[start + length :]).encode("utf-8", "surrogatepass"))


@settings(QUIET, max_examples=30)
@given(st.lists(st.integers(0, HOTLINE.count("\n")), min_size=1, max_size=6))
def test_the_hotline_with_lines_missing(tmp_path: Path, missing: list[int]) -> None:
    lines = [line for number, line in enumerate(HOTLINE.splitlines()) if number not in missing]
    sound_or_told(tmp_path, "\n".join(lines).encode())


WORDS = st.sampled_from(
    ["zh", "ask", "bye", "menu", "1", "*", "{x}", "x == 1", "8s", "operator", "", "办事", *NODE_KINDS]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 10**20) | st.floats() | WORDS | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    sorted({key for model in NODE_KINDS.values() for key in model.model_fields} | {"keys", "label", "when", "zh", "x"})
)


@settings(QUIET, max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "ivr",
                "id",
                "title",
                "languages",
                "start",
                "way_out",
                "variables",
                "wording",
                "timing",
                "tries",
                "limits",
                "universals",
                "main_menu",
            ]
        ),
        VALUES,
        max_size=4,
    ),
    st.dictionaries(st.sampled_from(["ask", "bye", "more"]), st.dictionaries(KEYS, VALUES, max_size=6), max_size=3),
)
def test_any_data_in_the_place_of_a_tree(tmp_path: Path, top: dict[str, Any], nodes: dict[str, Any]) -> None:
    data = yaml.safe_load(SMALL)
    data.update(top)
    data["nodes"].update(nodes)
    sound_or_told(tmp_path, yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "surrogatepass"))


def many_nodes(node: Callable[[int], str]) -> str:
    lines = [SMALL]
    size = len(SMALL)
    number = 0
    while size < 980_000 and number < 12_000:
        lines.append(node(number))
        size += len(lines[-1].encode()) + 1
        number += 1
    return "\n".join(lines)


HUGE = {
    "brackets": SMALL + "x: " + "[" * 900_000,
    "braces": SMALL + "x: " + "{" * 900_000,
    "dashes": SMALL + "x:\n" + "- " * 450_000,
    "questions": SMALL + "? " * 450_000,
    "one long text": SMALL.replace("再见。", "好" * 300_000),
    "a text of slots": SMALL.replace("再见。", '"' + "{x}" * 200_000 + '"'),
    "a text of open braces": SMALL.replace("再见。", '"' + "{" * 900_001 + '"'),
    "a text of line breaks": SMALL.replace("再见。", '"' + "\\n" * 400_000 + '"'),
    "a list of numbers": SMALL + "x: [" + "1," * 440_000 + "1]",
    "unknown keys": SMALL + "\n".join(f"key_{number}: 1" for number in range(45_000)),
    "one key again and again": SMALL + "start: ask\n" * 45_000,
    "many languages": SMALL.replace("[zh]", "[zh, " + "zh, " * 45_000 + "zh]"),
    "many lost references": many_nodes(lambda number: f"  n{number}: {{kind: say, text: 好, next: m{number}}}"),
    "a long chain": many_nodes(lambda number: f"  n{number}: {{kind: say, text: 好, next: n{number + 1}}}"),
    "many loops": many_nodes(lambda number: f"  n{number}: {{kind: say, text: 好, next: n{number}}}"),
    "many wrong kinds": many_nodes(lambda number: f"  n{number}: {{kind: sya, text: 好}}"),
    "many wrong conditions": many_nodes(
        lambda number: f"  n{number}: {{kind: branch, choices: [{{when: ((a, next: bye}}], otherwise: bye}}"
    ),
    "aliases": SMALL + "x: &a [" + "1," * 900 + "1]\ny: [" + "*a," * 90_000 + "*a]",
    "anchors": SMALL + "x: [" + ", ".join(f"&a{number} x" for number in range(60_000)) + "]",
    "comments": SMALL + "#\n" * 400_000,
    "line breaks": SMALL + "\n" * 900_000,
    "blanks": SMALL + " " * 900_000,
    "a menu of many options": SMALL.replace(
        "      - {keys:",
        "\n".join(f'      - {{keys: "{number:05}", label: 好, next: bye}}' for number in range(9_000))
        + "\n      - {keys:",
    ),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_megabyte_of_anything_takes_no_more_than_a_second(tmp_path: Path, name: str) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(HUGE[name], "utf-8")
    start = time.process_time()
    checked = check_menus(file)
    spent = time.process_time() - start
    assert len(checked.problems) < 1000
    assert spent < SECOND, f"{spent:.2f} s"


#: Processor time, so that a busy machine fails no test; twice the limit, because such a machine is slower too.
SECOND = 2.0


def test_a_large_sound_tree_loads_fast(tmp_path: Path) -> None:
    nodes = [small(("languages: [zh]", "languages: [zh, en]"), ("next: bye}\n", "next: n0}\n"))]
    for number in range(1000):
        nodes.append(f"  n{number}:\n    kind: menu\n    prompt: {{zh: 第{number}步, en: step {number}}}\n    options:")
        for key in range(1, 5):
            nodes.append(f'      - keys: "{key}"\n        label: {{zh: 去, en: going on}}')
            nodes.append(f"        next: n{(number + key) % 1000}")
    start = time.process_time()
    checked = check_text(tmp_path, "\n".join(nodes))
    assert time.process_time() - start < 2 * SECOND
    assert checked.menus is not None
    assert len(checked.menus.trees["small"].nodes) == 1003
