"""The first page of authors: what is published, which drafts there are, and every tree with how it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ivr.authoring.workshop import TooManyDraftsError, Work
from ivr.console.authoring.common import ConflictPageError, split
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, Visit, see
from ivr.storage.drafts import StaleDraftError
from menus.scaffold import CannotScaffold
from menus.yaml_tree import YamlMapping, YamlProblem, YamlScalar, read_yaml

_TITLE_LINE = "title:"
_LONGEST_TITLE = 60


def show(services: Services, visit: Visit) -> Answer:
    """All documents."""
    workshop = services.authoring.workshop
    works = workshop.works(visit.who)
    checked = workshop.check(workshop.files(visit.who))
    counts: Counter[tuple[str, str]] = Counter((problem.file, problem.severity) for problem in checked.problems)
    return page(
        visit,
        "authoring/desk.html",
        here="authoring",
        publication=workshop.ground().publication,
        works=works,
        titles={work.document.name: title_of(visit, work) for work in works},
        errors={work.document.name: _sum(counts, work, "error") for work in works},
        warnings={work.document.name: _sum(counts, work, "warning") for work in works},
        changed=[work for work in works if work.draft],
    )


def begin(services: Services, visit: Visit) -> Answer:
    """A new tree."""
    name, title = visit.form.get("name", "").strip(), visit.form.get("title", "").strip()[:_LONGEST_TITLE]
    workshop = services.authoring.workshop
    if name and workshop.work(visit.who, name) is not None:
        raise ConflictPageError("已经有这个名字的菜单树", "there is a tree of this name already")
    try:
        workshop.begin(visit.who, name, title)
    except CannotScaffold as error:
        raise BadRequestError(*split(str(error))) from error
    except StaleDraftError as error:
        raise ConflictPageError("您已经有这个名字的草稿", "you have a draft of this name already") from error
    except TooManyDraftsError as error:
        raise BadRequestError(
            "草稿太多，先发布或者放弃几份", "too many drafts: publish or discard some first"
        ) from error
    return see(f"/authoring/trees/{name}/edit")


def title_of(visit: Visit, work: Work) -> str:
    """The title as it stands in the file, also while the rest of the file is not YAML."""
    for line in work.files.get(work.document.menu, "").splitlines():
        if line.startswith(_TITLE_LINE):
            return _title(visit, line)
    return ""


def _title(visit: Visit, line: str) -> str:
    written = line.removeprefix(_TITLE_LINE).strip()
    try:
        root = read_yaml(line)
    except YamlProblem:
        return written
    title = root.values.get("title") if isinstance(root, YamlMapping) else None
    if isinstance(title, YamlMapping):
        title = title.values.get(visit.language) or next(iter(title.values.values()), None)
    return title.text if isinstance(title, YamlScalar) else written


def _sum(counts: Mapping[tuple[str, str], int], work: Work, severity: str) -> Any:
    return sum(counts[name, severity] for name in work.document.names)
