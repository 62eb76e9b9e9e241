"""Coverage: what rehearsals went through of what there is."""

from __future__ import annotations

from pathlib import Path

from ivr.config import SHIPPED_TREES
from ivr.rehearsal.coverage import items_of
from menus.loader import load_menus
from tests.ivr.rehearsal.made import run, write


def test_what_there_is(tmp_path: Path) -> None:
    write(tmp_path, "- {name: x, steps: [hang_up]}")
    assert sorted(map(str, items_of(load_menus(tmp_path).trees.values()))) == [
        "village.ask",
        "village.ask [0]",
        "village.ask [1]",
        "village.ask [silence]",
        "village.ask [wrong]",
        "village.bye",
        "village.down",
        "village.found",
        "village.look_up",
        "village.look_up [failed]",
        "village.look_up [next]",
        "village.look_up [not_found]",
        "village.missing",
        "village.number",
        "village.number [silence]",
        "village.number [wrong]",
        "village.person",
        "village.person [busy]",
        "village.person [failed]",
        "village.person [next]",
        "village.person [no_answer]",
    ]


def test_what_a_call_went_through(tmp_path: Path) -> None:
    cases = '- {name: x, backend: {get_case: timeout}, steps: [silence, {press: "71"}, {press: "2026"}, hang_up]}'
    seen = run(tmp_path, cases).coverage.seen
    assert sorted(map(str, seen)) == [
        "village.ask",
        "village.ask [1]",
        "village.ask [silence]",
        "village.ask [wrong]",
        "village.look_up",
        "village.number",
    ]


def test_exits_by_what_happened(tmp_path: Path) -> None:
    cases = """
        - {name: a, backend: {get_case: not_found}, steps: [{press: "1 2026"}, {reach: missing}]}
        - {name: b, transfers: {operator: busy}, steps: [{press: "0"}, {reach: ask}]}
        - {name: c, steps: [{press: "1 12"}, silence, {press: "2026"}, {reach: found}]}
        """
    coverage = run(tmp_path, cases).coverage
    seen = {str(item) for item in coverage.seen}
    assert {"village.look_up [not_found]", "village.person [busy]", "village.number [wrong]"} <= seen
    assert "village.look_up [next]" in seen
    assert not {"village.look_up [failed]", "village.person [next]", "village.number [silence]"} & seen
    assert coverage.share("option") == (2, 2)
    assert round(coverage.percent, 1) == 57.1


def test_all_and_nothing(tmp_path: Path) -> None:
    coverage = run(tmp_path, "- {name: x, steps: [hang_up]}").coverage
    assert [str(item) for item in coverage.seen] == ["village.ask"]
    assert len(coverage.missing) == len(coverage.there) - 1


def test_a_recording_that_nobody_reviews_cannot_be_answered_wrongly() -> None:
    there = {str(item) for item in items_of(load_menus(SHIPPED_TREES).trees.values())}
    assert {"appeal.speak [wrong]", "appeal_progress.remind [silence]"} <= there
    assert "appeal_progress.remind [wrong]" not in there
