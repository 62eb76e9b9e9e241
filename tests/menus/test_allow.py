"""Warnings that an author allows in place, with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from menus.allow import allowances_in
from menus.loader import CheckedMenus, load_menus
from tests.menus.small import SMALL, check_text, codes

LONELY = "  lonely:\n    kind: hangup\n"


def with_comment(comment: str) -> str:
    return f"{SMALL}  {comment}\n{LONELY}"


def allowed(checked: CheckedMenus) -> list[tuple[str, str]]:
    return [(allowance.problem.code, allowance.reason) for allowance in checked.allowed]


@pytest.mark.parametrize(
    "comment",
    [
        "# ivr: allow unreachable_node 因为下个月才开通",
        "#ivr:allow unreachable_node, 因为下个月才开通",
        "# IVR： allow unreachable_node：因为下个月才开通",
    ],
)
def test_a_reason_silences_a_warning(tmp_path: Path, comment: str) -> None:
    checked = check_text(tmp_path, with_comment(comment))
    assert codes(checked) == []
    assert allowed(checked) == [("unreachable_node", "因为下个月才开通")]
    assert checked.menus is not None


def test_behind_the_line_it_holds_too(tmp_path: Path) -> None:
    text = SMALL + "  lonely:  # ivr: allow unreachable_node 因为还没写完\n    kind: hangup\n"
    assert codes(check_text(tmp_path, text)) == []


def test_it_holds_for_the_block_below_and_no_further(tmp_path: Path) -> None:
    text = with_comment("# ivr: allow unreachable_node 因为还没写完") + "  other: {kind: hangup}\n"
    checked = check_text(tmp_path, text)
    assert [(problem.code, problem.line) for problem in checked.problems] == [("unreachable_node", 18)]
    above_all = SMALL.replace("nodes:", "# ivr: allow unreachable_node 因为是草稿\nnodes:") + LONELY
    assert codes(check_text(tmp_path, above_all)) == []


def test_without_a_reason_nothing_is_silenced(tmp_path: Path) -> None:
    checked = check_text(tmp_path, with_comment("# ivr: allow unreachable_node"))
    assert codes(checked) == ["allow_without_reason", "unreachable_node"]


def test_what_silences_nothing_is_told(tmp_path: Path) -> None:
    checked = check_text(tmp_path, SMALL + "  # ivr: allow unreachable_node 因为旧了\n")
    assert codes(checked) == ["allow_unused"]
    assert checked.problems[0].line == 15


def test_an_unknown_code_gets_a_suggestion(tmp_path: Path) -> None:
    checked = check_text(tmp_path, with_comment("# ivr: allow unreachable_nod 因为"))
    assert codes(checked) == ["allow_unknown", "unreachable_node"]
    assert "unreachable_node" in checked.problems[0].fix.zh


def test_an_error_cannot_be_allowed(tmp_path: Path) -> None:
    text = SMALL.replace("next: bye}", "next: bey}", 1).replace(
        "    options:", "    # ivr: allow unknown_node 因为\n    options:"
    )
    checked = check_text(tmp_path, text)
    assert codes(checked) == ["allow_unknown", "unknown_node"]
    assert checked.menus is None


def test_loading_looks_at_errors_alone(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(with_comment("# ivr: allow unreachable_node 因为还没写完"), "utf-8")
    assert list(load_menus(file).trees) == ["small"]


def test_a_file_full_of_comments_is_read_in_no_time() -> None:
    lines = ["  # ivr: allow unreachable_node x"] * 40_000 + ["a: b"]
    assert {allowance.last for allowance in allowances_in(lines)} == {40_001}
