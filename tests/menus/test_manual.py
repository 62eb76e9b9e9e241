"""docs/menus.md is complete: every kind, key, sentence, function and problem stands in it, and its example works."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import menus
from menus.expression_operations import FUNCTIONS
from menus.loader import check_menus
from menus.model import (
    NODE_KINDS,
    CallbackTime,
    Choice,
    Hours,
    Limits,
    Option,
    Parameter,
    Resumable,
    Timing,
    Tree,
    Tries,
    Variant,
)
from menus.parts import SAY_AS
from menus.wording import SENTENCES

MANUAL = (Path(__file__).parents[2] / "docs" / "menus.md").read_text("utf-8")
MODELS = [
    Variant,
    Tree,
    Parameter,
    Hours,
    Resumable,
    Timing,
    Tries,
    Limits,
    Option,
    Choice,
    CallbackTime,
    *NODE_KINDS.values(),
]
CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
#: Calls whose text argument is the code of a problem.
TELLING = ("problem", "Problem", "YamlProblem", "report", "_whole_file", "_wanted")
NO_CODES = ("error", "warning", "plain", "id", "way_out", "title", "languages")


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_every_kind_of_node_is_there(kind: str) -> None:
    assert f"\n### `{kind}`\n" in MANUAL


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_there_and_described_in_both_languages(model: type[Tree]) -> None:
    for name, field in model.model_fields.items():
        assert f"| `{name}` |" in MANUAL
        if name != "kind":
            assert field.description is not None, name
            zh, slash, en = field.description.partition("/")
            assert re.search("[\u4e00-\u9fff]", zh), name
            assert slash, name
            assert en.strip(), name


def test_every_sentence_function_and_way_of_saying_is_there() -> None:
    for name in (*SENTENCES, *SAY_AS):
        assert f"| `{name}` |" in MANUAL
    for name in FUNCTIONS:
        assert f"| `{name}(" in MANUAL


def codes_of(file: Path) -> Iterator[str]:
    """Codes of problems in a source file: in calls that tell one, and at the head of tuples with words."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in TELLING:
                yield from _texts(node.args)
        elif isinstance(node, ast.Tuple) and len(node.elts) in (3, 4):
            has_words = any(isinstance(part, ast.Call) for part in node.elts) or file.stem == "schema_errors"
            yield from _texts(node.elts[:2]) if has_words and file.stem in ("schema_errors", "source") else ()


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            yield node.value


def test_every_problem_is_there() -> None:
    folder = Path(menus.__file__).parent
    found = {code for file in folder.rglob("*.py") for code in codes_of(file)} - set(NO_CODES)
    assert len(found) > 40
    table = MANUAL[MANUAL.index("| code | meaning |") :]
    listed = set(re.findall(r"`([a-z0-9_]+)`", table))
    assert found <= listed, found - listed
    for code in listed - found:
        assert any(f'"{code}"' in file.read_text("utf-8") for file in folder.rglob("*.py")), code


def test_the_smallest_tree_of_the_manual_is_sound(tmp_path: Path) -> None:
    example = next(block for block in re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL) if "id: village" in block)
    file = tmp_path / "village.yaml"
    file.write_text(example, "utf-8")
    assert [problem.text for problem in check_menus(file).problems] == []
