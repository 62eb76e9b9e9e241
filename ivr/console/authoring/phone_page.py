"""The page with the phone, and what an author can choose before calling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ivr.authoring.workshop import Work
from ivr.console.authoring.common import RefusedPageError, work_of
from ivr.console.authoring.desk import title_of
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, NotFoundError, Visit
from ivr.rehearsal.backend import FakeAnswer
from ivr.rehearsal.call import MONDAY_MORNING, Circumstances
from ivr.rehearsal.case_files import named_answer
from ivr.rehearsal.cases import ANSWER_WORDS, CaseFile
from menus.model import Ask, Call, MenuSet, Query

KEYPAD = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")


@dataclass(frozen=True)
class Wanted:
    """A call that an author wants to make."""

    menus: MenuSet
    tree: str
    answers: Mapping[str, list[FakeAnswer]]
    samples: CaseFile | None
    circumstances: Circumstances


def show(services: Services, visit: Visit, name: str) -> Answer:
    """The phone."""
    work = _tree(services, visit, name)
    workshop = services.authoring.workshop
    files = _files(services, visit, work, draft=True)
    file = workshop.samples(files, name)
    menus = workshop.menus(files)
    usual = workshop.answers(file)
    return page(
        visit,
        "authoring/phone.html",
        here="authoring",
        work=work,
        title=title_of(visit, work) or name,
        keypad=KEYPAD,
        sound=menus is not None,
        operations={
            operation: usual[operation][0].name if usual.get(operation) else ""
            for operation in (operations_of(menus, name) if menus else [])
        },
        answers=[*(file.samples if file else ()), *ANSWER_WORDS],
        at=MONDAY_MORNING[:16],
    )


def wanted(services: Services, visit: Visit, name: str) -> Wanted:
    """The call that a form asks for.

    Raises:
        RefusedPageError: the menus have errors.
        BadRequestError: the time is none.
    """
    work = _tree(services, visit, name)
    workshop = services.authoring.workshop
    files = _files(services, visit, work, draft=visit.form.get("which") != "published")
    menus = workshop.menus(files)
    if menus is None or name not in menus.trees:
        raise RefusedPageError("菜单有错误，先改好再打", "the menus have errors: mend them before you call")
    file = workshop.samples(files, name)
    answers = workshop.answers(file)
    for operation in operations_of(menus, name):
        chosen = visit.form.get(f"answer.{operation}", "")
        if chosen:
            answers[operation] = [answer_of(file, chosen)]
    circumstances = Circumstances(local_time=_time(visit), speech=visit.form.get("speech") == "1")
    return Wanted(menus, name, answers, file, circumstances)


def answer_of(file: CaseFile | None, word: str) -> FakeAnswer:
    """The answer that a word stands for.

    Raises:
        BadRequestError: there is no such answer.
    """
    try:
        return named_answer(word, file.samples if file else {})
    except KeyError as error:
        raise BadRequestError("没有这个回答", "there is no such answer") from error


def operations_of(menus: MenuSet, tree: str) -> list[str]:
    """What a call that begins in a tree may ask the backend."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [tree]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in menus.trees:
            continue
        seen.add(name)
        for node in menus.trees[name].nodes.values():
            if isinstance(node, (Query, Ask)):
                found[node.operation] = None
            elif isinstance(node, Call):
                waiting.append(node.tree)
    return list(found)


def _tree(services: Services, visit: Visit, name: str) -> Work:
    work = work_of(services, visit, name)
    if not work.document.is_tree:
        raise NotFoundError("片段不能单独打", "a fragment cannot be called")
    return work


def _files(services: Services, visit: Visit, work: Work, *, draft: bool) -> Mapping[str, str]:
    workshop = services.authoring.workshop
    return workshop.files(visit.who) if draft else workshop.ground().files


def _time(visit: Visit) -> str:
    """When the call comes: what the form says, on the clock of the gateway."""
    written = visit.form.get("at", "")
    if not written or written == MONDAY_MORNING[:16]:
        return MONDAY_MORNING
    try:
        at = datetime.strptime(written[:16], "%Y-%m-%dT%H:%M").astimezone()
    except ValueError as error:
        raise BadRequestError("时间不对", "this is no time") from error
    return at.isoformat(timespec="seconds")
