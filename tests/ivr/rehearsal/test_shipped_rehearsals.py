"""The rehearsals of the shipped menus pass, and go through nearly everything."""

from __future__ import annotations

from functools import lru_cache

from backend_client.operations import OPERATIONS
from ivr.config import SHIPPED_TREES
from ivr.rehearsal.case_files import case_files, load_cases
from ivr.rehearsal.report import Report, rehearse
from menus.loader import load_menus

LEAST_COVERAGE = 95.0


@lru_cache(maxsize=1)
def rehearsed() -> Report:
    return rehearse(load_menus(SHIPPED_TREES), [SHIPPED_TREES])


def test_all_pass() -> None:
    assert [problem.text for problem in rehearsed().problems] == []


def test_every_tree_has_rehearsals() -> None:
    trees = {file.file.file.tree for file in rehearsed().files if file.file}
    assert trees == set(load_menus(SHIPPED_TREES).trees)


def test_nearly_everything_is_gone_through() -> None:
    coverage = rehearsed().coverage
    assert coverage.percent >= LEAST_COVERAGE, f"not reached: {', '.join(map(str, coverage.missing))}"


def test_sample_answers_keep_to_the_contract() -> None:
    wrong = []
    for path in case_files([SHIPPED_TREES]):
        loaded, _ = load_cases(path)
        assert loaded is not None
        for operation, answers in loaded.file.backend.items():
            wrong += [f"{path.name}: {operation} is no operation"] if operation not in OPERATIONS else []
            for answer in answers:
                if answer.gives in loaded.file.samples:
                    OPERATIONS[operation].result.model_validate(loaded.file.samples[answer.gives], strict=False)
    assert wrong == []
