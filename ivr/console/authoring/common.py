"""What the pages of authors have in common: a document by its name, answers for scripts, problems in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ivr.authoring.workshop import Work
from ivr.console.services import Services
from ivr.console.web import Answer, NotFoundError, PageError, Visit
from menus.problems import Bilingual, Problem

#: More problems of a file are not listed: the first ones mended, there are fewer.
MOST_PROBLEMS = 100


class ConflictPageError(PageError):
    """Somebody else was there first."""

    status = 409


class RefusedPageError(PageError):
    """What was sent is understood, and not done."""

    status = 422


def work_of(services: Services, visit: Visit, name: str) -> Work:
    """A document as the author sees it.

    Raises:
        NotFoundError: there is none of this name.
    """
    work = services.authoring.workshop.work(visit.who, name)
    if work is None:
        raise NotFoundError("没有这棵菜单树", "there is no such tree")
    return work


def json_answer(value: Mapping[str, Any], status: int = 200) -> Answer:
    """What a script on a page gets."""
    return Answer(json.dumps(value, ensure_ascii=False).encode(), status, "application/json")


def of_files(problems: Iterable[Problem], names: Iterable[str]) -> list[Problem]:
    """The problems of some files, errors first."""
    wanted = set(names)
    found = [problem for problem in problems if problem.file in wanted]
    return sorted(found, key=lambda problem: (problem.severity, problem.file, problem.line, problem.column))


def both(visit: Visit, text: Bilingual) -> str:
    """A sentence in the language of the visit."""
    return visit.say(text.zh or text.en, text.en or text.zh)


def split(text: str) -> tuple[str, str]:
    """A message in both languages with ` / ` between them, as two."""
    chinese, _, english = text.partition(" / ")
    return chinese, english or chinese
