"""One tree: what the check says, its drawing, its rehearsals, and what the author has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.authoring.line_diff import FileDiff, file_diffs
from ivr.authoring.workshop import Work
from ivr.console.authoring.common import MOST_PROBLEMS, of_files, work_of
from ivr.console.authoring.desk import title_of
from ivr.console.drawing.tree import Traffic, draw_tree
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, Visit
from ivr.publishing.changes import told
from ivr.rehearsal.coverage import Coverage
from ivr.rehearsal.transcript import transcript
from menus.model import MenuSet, Tree
from menus.paths import arrivals
from menus.walk import node_texts

_KINDS = (("node", "步骤", "steps"), ("option", "选项", "options"), ("exit", "出错的路", "failure exits"))
#: Characters of a text in the table of nodes.
_SHOWN = 40


@dataclass(frozen=True)
class NodeLine:
    """One node in the table.

    Attributes:
        seconds: when a caller can be there at the earliest; None where nothing leads to.
    """

    name: str
    kind: str
    text: str
    seconds: float | None


def show(services: Services, visit: Visit, name: str) -> Answer:
    """One document."""
    work = work_of(services, visit, name)
    workshop = services.authoring.workshop
    files = workshop.files(visit.who)
    checked = workshop.check(files)
    problems = of_files(checked.problems, work.document.names)
    elsewhere = [problem for problem in checked.problems if problem not in problems and problem.severity == "error"]
    tree = checked.menus.trees.get(name) if checked.menus else None
    report = workshop.rehearse(files, checked.menus, name) if checked.menus and tree else None
    return page(
        visit,
        "authoring/tree.html",
        here="authoring",
        work=work,
        title=title_of(visit, work) or name,
        problems=problems[:MOST_PROBLEMS],
        more=max(0, len(problems) - MOST_PROBLEMS),
        elsewhere=elsewhere[:5],
        report=report,
        coverage=_coverage(report.coverage) if report else [],
        transcript=transcript,
        words=_changes(services, work, files),
        diffs=diffs_of(work),
        theirs=file_diffs(work.draft.began_with, work.published) if work.draft else [],
    )


def drawing(services: Services, visit: Visit, name: str) -> Answer:
    """How the steps of a tree follow one another, and what each says."""
    work = work_of(services, visit, name)
    workshop = services.authoring.workshop
    menus = workshop.menus(workshop.files(visit.who))
    found = menus.trees.get(name) if menus else None
    return page(
        visit,
        "authoring/drawing.html",
        here="authoring",
        work=work,
        title=title_of(visit, work) or name,
        drawing=_drawing(visit, found) if found else None,
        nodes=_nodes(menus, found, visit.language) if found and menus else [],
    )


def diffs_of(work: Work) -> list[FileDiff]:
    """What an author has changed, line by line."""
    return file_diffs(work.published, work.files)


def _changes(services: Services, work: Work, files: Mapping[str, str]) -> list[str]:
    """What an author has changed, in words; nothing where that cannot be read."""
    if not work.is_changed:
        return []
    workshop = services.authoring.workshop
    found = workshop.changes(workshop.ground().files, files) or []
    name = work.document.name
    return told([change for change in found if change.where.partition(".")[0] == name])


def _drawing(visit: Visit, tree: Tree) -> object:
    label = visit.say("菜单图", "drawing of the menu")
    return draw_tree(tree, Traffic({}, {}, {}), label, "", unused=True)


def _nodes(menus: MenuSet, tree: Tree, language: str) -> list[NodeLine]:
    spoken = language if language in tree.languages else tree.base_language
    found = arrivals(tree, menus.wording, spoken)
    lines = []
    for name, node in tree.nodes.items():
        text = next((text.get(spoken) or text.get(tree.base_language, "") for _, text in node_texts(node)), "")
        shown = " ".join(text.split())
        lines.append(
            NodeLine(
                name,
                str(getattr(node, "kind", "")),
                shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…",
                found[name].seconds if name in found else None,
            )
        )
    return lines


def _coverage(coverage: Coverage) -> list[tuple[str, str, int, int]]:
    shares = []
    for kind, chinese, english in _KINDS:
        seen, there = coverage.share(kind)  # type: ignore[arg-type]
        shares.append((chinese, english, seen, there))
    return shares
