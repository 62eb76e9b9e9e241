"""What must be so before menus are published: they have no errors, all numbers lead to trees, they are rehearsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ivr.publishing.files import in_folder, named, require_names, texts_of
from ivr.rehearsal.report import rehearse
from menus.checks.surroundings import Surroundings
from menus.loader import check_menus
from menus.model import MenuSet
from menus.problems import Bilingual, MenuProblems, Problem, report

#: What is asked of menus, in this order.
Stage = Literal["check", "numbers", "rehearsal"]


@dataclass(frozen=True)
class Candidate:
    """Menus that may be published.

    Attributes:
        files: name to text, rehearsals among them.
    """

    menus: MenuSet
    files: Mapping[str, str]

    @property
    def revision(self) -> str:
        return self.menus.revision


class RefusedError(Exception):
    """These menus are not published. The message has every reason, for authors.

    Attributes:
        stage: what they did not pass.
        problems: everything that is wrong, warnings among them.
    """

    def __init__(self, stage: Stage, problems: Sequence[Problem]) -> None:
        super().__init__(report(problems))
        self.stage = stage
        self.problems = list(problems)


def candidate(folder: Path, roots: Iterable[str], surroundings: Surroundings) -> Candidate:
    """The menus of a folder, if they may be published.

    Args:
        roots: trees that numbers lead to.
        surroundings: the gateway that will run them.

    Raises:
        RefusedError: they may not.
    """
    checked = check_menus(folder, surroundings)
    if checked.menus is None:
        raise RefusedError("check", checked.problems)
    files = texts_of(folder)
    try:
        require_names(files)
    except MenuProblems as error:
        raise RefusedError("check", error.problems) from error
    require_trees(checked.menus, roots, str(folder))
    done = rehearse(checked.menus, [folder])
    if not done.passed:
        raise RefusedError("rehearsal", done.problems)
    if not done.outcomes:
        why = Bilingual(
            "一次排练也没有，不能发布。用 ivr menus try 试打，加 --save 存成排练",
            "there is not one rehearsal, so nothing is published: call the menus with ivr menus try --save",
        )
        raise RefusedError("rehearsal", [Problem(str(folder), 0, 0, "error", "no_rehearsal", why)])
    return Candidate(checked.menus, files)


def candidate_of(files: Mapping[str, str], roots: Iterable[str], surroundings: Surroundings) -> Candidate:
    """The menus of files by their names, if they may be published.

    Raises:
        RefusedError: they may not; its problems name the files as they are given.
    """
    try:
        with in_folder(files) as folder:
            return candidate(folder, roots, surroundings)
    except RefusedError as error:
        raise RefusedError(error.stage, [named(problem, folder) for problem in error.problems]) from None
    except MenuProblems as error:
        raise RefusedError("check", error.problems) from None


def require_trees(menus: MenuSet, roots: Iterable[str], where: str) -> None:
    """See to it that every number leads to a tree.

    Raises:
        RefusedError: one does not.
    """
    missing = [root for root in roots if root not in menus.trees]
    if missing:
        raise RefusedError("numbers", [_no_tree(where, root) for root in dict.fromkeys(missing)])


def _no_tree(where: str, root: str) -> Problem:
    what = Bilingual(
        f"设置里有号码通到“{root}”，这里没有这棵树", f"a number leads to the tree {root!r}, which is not here"
    )
    return Problem(where, 0, 0, "error", "unknown_tree", what)
