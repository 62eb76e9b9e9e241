"""One thing that waits for people: what was left, and what may be done with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ivr.console import revealing
from ivr.console.drawing.wave import wave
from ivr.console.recordings import find_recordings, recording_file
from ivr.console.render import page
from ivr.console.roles import may
from ivr.console.services import Services
from ivr.console.time_left import urgency
from ivr.console.townships import township_names
from ivr.console.web import (
    Answer,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    GoneWrongError,
    NotFoundError,
    Visit,
    see,
)
from ivr.console.work_words import CATEGORIES, RESULTS
from ivr.storage.work import NoSuchWorkError, WorkItem
from ivr.storage.work_deeds import Doer, NotYoursError

#: Characters of a note, and of what a caller said in three minutes.
LONGEST_NOTE, LONGEST_TRANSCRIPT = 2000, 8000
#: Who wrote a transcript that nobody has mended yet.
MACHINE = "machine"


def show(services: Services, visit: Visit, item: str) -> Answer:
    return _page(services, visit, find(services, item))


def reveal(services: Services, visit: Visit, item: str) -> Answer:
    """Show what the caller left, for a reason that is written down."""
    found = find(services, item)
    revealing.reveal(services, visit, found.call_id)
    return see(f"/work/{found.id}", notice=visit.say("已记入审计日志", "This is in the audit log"))


def do(services: Services, visit: Visit, item: str, deed: str) -> Answer:
    """Do something with it."""
    found = find(services, item)
    if deed not in _DEEDS:
        raise NotFoundError("没有这个操作", "there is no such deed")
    try:
        _DEEDS[deed](services, visit, found.id, doer_of(visit))
    except NotYoursError as error:
        raise not_yours(error) from error
    return see(f"/work/{found.id}", notice=visit.say("已保存", "Saved"))


def find(services: Services, item: str) -> WorkItem:
    """The item of an address.

    Raises:
        NotFoundError: there is none.
    """
    try:
        if not (item.isascii() and item.isdigit() and len(item) <= 9):
            raise NoSuchWorkError(item)
        return services.office.work.item(int(item))
    except NoSuchWorkError as error:
        raise NotFoundError("没有这件待办", "there is no such work") from error


def doer_of(visit: Visit) -> Doer:
    return Doer(visit.who, visit.may("work_of_others"), visit.address)


def not_yours(error: NotYoursError) -> ConflictError:
    """Why it cannot be done, for the person."""
    item = error.item
    if item.state == "closed":
        return ConflictError("这件已经办结", "this is closed")
    if item.taken_by:
        return ConflictError(f"这件由 {item.taken_by} 在办", f"{item.taken_by} has this")
    return ConflictError("请先接手，或者这一步已经做过", "take it first, or this is done already")


# Deeds


def _take(services: Services, visit: Visit, number: int, doer: Doer) -> None:
    services.office.deeds.take(number, doer)


def _put_back(services: Services, visit: Visit, number: int, doer: Doer) -> None:
    services.office.deeds.put_back(number, doer)


def _note(services: Services, visit: Visit, number: int, doer: Doer) -> None:
    services.office.deeds.note(number, doer, text_of(visit.form, least=1))


def _contacted(services: Services, visit: Visit, number: int, doer: Doer) -> None:
    services.office.deeds.contacted(number, doer, text_of(visit.form))


def _categorise(services: Services, visit: Visit, number: int, doer: Doer) -> None:
    category = visit.form.get("category", "")
    if category not in CATEGORIES:
        raise BadRequestError("没有这个类别", f"category is none of {', '.join(CATEGORIES)}")
    services.office.deeds.categorise(number, doer, category)


def _transcribe(services: Services, visit: Visit, number: int, doer: Doer) -> None:
    services.office.deeds.transcribe(number, doer, text_of(visit.form, most=LONGEST_TRANSCRIPT))


def _draft(services: Services, visit: Visit, number: int, doer: Doer) -> None:
    """Have the speech worker write a first draft, which a person mends while listening."""
    item = services.office.work.item(number)
    file = recording_file(services.recordings, item.call_id, item.recordings.split("\n")[0])
    if file is None:
        raise NotFoundError("录音不在这台机器上", "the recording is not on this machine")
    if item.transcript or item.taken_by != doer.name:
        raise ConflictError("已经有原话，或者不是您在办", "there are words already, or you have not taken it")
    try:
        text = services.typist.write_down(file, item.language)
    except (OSError, ValueError) as error:
        raise GoneWrongError(f"机器现在写不了：{error}", f"it cannot be written down just now: {error}") from error
    if not text:
        raise NotFoundError("机器一个字也没听出来", "no word was understood")
    services.office.deeds.transcribe(number, doer, text[:LONGEST_TRANSCRIPT], by=MACHINE)


def _hand_over(services: Services, visit: Visit, number: int, doer: Doer) -> None:
    to = visit.form.get("to", "")
    if to not in _workers(services):
        raise BadRequestError("不能转交给这个人", "it cannot be handed over to this person")
    services.office.deeds.hand_over(number, doer, to, text_of(visit.form))


def _close(services: Services, visit: Visit, number: int, doer: Doer) -> None:
    services.office.deeds.close(number, doer, result_of(visit.form), text_of(visit.form))


def _reopen(services: Services, visit: Visit, number: int, doer: Doer) -> None:
    if not doer.oversees:
        raise ForbiddenError("只有班长能重新办理", "only a supervisor reopens work")
    services.office.deeds.reopen(number, doer, text_of(visit.form, least=1))


_DEEDS: Mapping[str, Callable[[Services, Visit, int, Doer], None]] = {
    "take": _take,
    "put-back": _put_back,
    "note": _note,
    "contacted": _contacted,
    "category": _categorise,
    "transcript": _transcribe,
    "draft": _draft,
    "hand-over": _hand_over,
    "close": _close,
    "reopen": _reopen,
}


def text_of(form: Mapping[str, str], *, least: int = 0, most: int = LONGEST_NOTE) -> str:
    """What somebody wrote.

    Raises:
        BadRequestError: it is too long, or not there where it must be.
    """
    text = form.get("text", "").replace("\r\n", "\n").strip()
    if not least <= len(text) <= most:
        raise BadRequestError(f"请写 {least} 至 {most} 个字", f"write {least} to {most} characters")
    return text


def result_of(form: Mapping[str, str]) -> str:
    """What came of it.

    Raises:
        BadRequestError: it is none of the results.
    """
    result = form.get("result", "")
    if result not in RESULTS:
        raise BadRequestError("请选办理结果", f"result is none of {', '.join(RESULTS)}")
    return result


# The page


def _page(services: Services, visit: Visit, item: WorkItem) -> Answer:
    now = services.now()
    names = item.recordings.split("\n") if item.recordings else []
    of_call = find_recordings(services.recordings, item.call_id, services.sounds)
    recordings = [one for one in of_call if one.name in names]
    revealed = revealing.is_revealed(services, visit, item.call_id)
    return page(
        visit,
        "work_item.html",
        here="work",
        item=item,
        notes=services.office.work.notes(item.id),
        contact=urgency(visit, item.contact_by, now) if item.contact_by else None,
        answer=urgency(visit, item.answer_by, now),
        urgent=urgency(visit, item.due_at, now),
        recordings=recordings,
        missing=bool(names) and not recordings,
        waves={one.name: wave(one.peaks, visit.say("声音波形", "wave of the recording")) for one in recordings},
        revealed=revealed,
        left=_left(services, item) if revealed else {},
        townships=township_names(services.menus(), visit.language),
        workers=_workers(services),
        mine=item.state == "open" and (item.taken_by == visit.who or (visit.may("work_of_others") and item.taken_by)),
        categories=CATEGORIES,
        results=RESULTS,
        machine=MACHINE,
        longest_note=LONGEST_NOTE,
        longest_transcript=LONGEST_TRANSCRIPT,
    )


def _left(services: Services, item: WorkItem) -> dict[str, str]:
    """The number to call, and what else was left in words."""
    details = json.loads(revealing.opened(services, item.sealed) or "{}")
    number = details.get("number") or details.get("phone") or revealing.opened(services, item.caller_sealed)
    return {"number": str(number), "reason": str(details.get("reason") or ""), "text": str(details.get("text") or "")}


def _workers(services: Services) -> dict[str, str]:
    """Those who may work: account name to full name."""
    people = services.office.accounts.everyone()
    return {one.name: one.full_name or one.name for one in people if one.enabled and may(one.role, "work")}
