"""All rehearsals of some menus: run, and told as people and programs want to read it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ivr.flow.engine import Engine
from ivr.rehearsal.case_files import LoadedCases, case_files, load_cases
from ivr.rehearsal.coverage import Coverage, cover, items_of
from ivr.rehearsal.run import Outcome, Stage
from ivr.rehearsal.sound import VirtualVoice
from ivr.rehearsal.transcript import transcript
from menus.model import MenuSet, Tree
from menus.problems import NOTHING, Bilingual, Problem
from menus.suggest import one_of
from speech.spoken import Speaker


@dataclass(frozen=True)
class FileReport:
    """What came of one file of rehearsals.

    Attributes:
        file: None if it could not be read.
        problems: what is wrong with the file itself.
    """

    path: Path
    file: LoadedCases | None
    outcomes: Sequence[Outcome]
    problems: Sequence[Problem]

    @property
    def passed(self) -> bool:
        return not self.problems and all(outcome.passed for outcome in self.outcomes)

    @property
    def failures(self) -> list[Problem]:
        """The rehearsals that failed, as problems at their lines."""
        return [
            Problem(str(self.path), outcome.line, 0, "error", "rehearsal", _named(outcome))
            for outcome in self.outcomes
            if not outcome.passed
        ]


@dataclass(frozen=True)
class Report:
    """What came of all rehearsals.

    Attributes:
        coverage: of the trees that the calls of the files can come to.
    """

    files: Sequence[FileReport]
    coverage: Coverage

    @property
    def passed(self) -> bool:
        return all(file.passed for file in self.files)

    @property
    def outcomes(self) -> list[Outcome]:
        return [outcome for file in self.files for outcome in file.outcomes]

    @property
    def problems(self) -> list[Problem]:
        return [problem for file in self.files for problem in (*file.problems, *file.failures)]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON data."""
        return {
            "passed": self.passed,
            "cases": [
                {
                    "file": str(file.path),
                    "line": outcome.line,
                    "name": outcome.case.name,
                    "passed": outcome.passed,
                    "failure": outcome.failure._asdict() if outcome.failure else None,
                    "duration_ms": outcome.duration_ms,
                    "transcript": transcript(outcome.moments),
                }
                for file in self.files
                for outcome in file.outcomes
            ],
            "problems": [problem.as_json() for file in self.files for problem in file.problems],
            "coverage": {
                "percent": round(self.coverage.percent, 1),
                "there": len(self.coverage.there),
                "missing": [str(item) for item in self.coverage.missing],
            },
        }

    def as_junit(self) -> str:
        """The report as JUnit XML, which continuous integration reads."""
        suites = ElementTree.Element("testsuites")
        for file in self.files:
            suite = ElementTree.SubElement(suites, "testsuite", name=str(file.path), tests=str(len(file.outcomes)))
            for outcome in file.outcomes:
                seconds = f"{outcome.duration_ms / 1000:.3f}"
                case = ElementTree.SubElement(suite, "testcase", name=outcome.case.name, time=seconds)
                if outcome.failure:
                    place = f"{file.path}:{outcome.line}"
                    failure = ElementTree.SubElement(case, "failure", message=f"{place}: {outcome.failure}")
                    failure.text = "\n".join(transcript(outcome.moments))
            for problem in file.problems:
                case = ElementTree.SubElement(suite, "testcase", name=problem.code)
                ElementTree.SubElement(case, "error", message=problem.text)
        return ElementTree.tostring(suites, encoding="unicode")


def rehearse(menus: MenuSet, paths: Iterable[Path]) -> Report:
    """Run every rehearsal in folders, beside trees or in files. Never raises, whatever the files hold."""
    engines = {name: Engine(menus, name) for name in menus.trees}
    speaker = Speaker()
    files = []
    with tempfile.TemporaryDirectory(prefix="rehearsal") as folder:
        stage = Stage(engines.__getitem__, VirtualVoice(Path(folder), speaker), speaker)
        for path in case_files(paths):
            loaded, problems = load_cases(path)
            if loaded is not None and loaded.file.tree not in menus.trees:
                problems, loaded = [_unknown_tree(loaded, menus)], None
            files.append(FileReport(path, loaded, stage.run_all(loaded) if loaded else (), problems))
    trees = _trees_called(menus, [file.file.file.tree for file in files if file.file])
    coverage = Coverage(items_of(trees.values()))
    for file in files:
        for outcome in file.outcomes:
            cover(coverage, trees, outcome.moments)
    return Report(files, coverage)


def _trees_called(menus: MenuSet, roots: Iterable[str]) -> dict[str, Tree]:
    """The trees, and those that they call, and so on."""
    found: dict[str, Tree] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found or name not in menus.trees:
            continue
        found[name] = menus.trees[name]
        waiting += [node.tree for node in menus.trees[name].nodes.values() if node.kind == "call"]
    return found


def _unknown_tree(loaded: LoadedCases, menus: MenuSet) -> Problem:
    name = loaded.file.tree
    what = Bilingual(f"没有菜单树“{name}”", f"there is no tree {name!r}")
    return Problem(str(loaded.path), 1, 0, "error", "unknown_tree", what, one_of(name, menus.trees))


def _named(outcome: Outcome) -> Bilingual:
    why = outcome.failure or NOTHING
    return Bilingual(f"“{outcome.case.name}”：{why.zh}", why.en)
