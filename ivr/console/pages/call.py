"""One call: what is known of it, what happened in it, and how it sounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ivr.console.drawing.wave import wave
from ivr.console.recordings import find_recordings, recording_file
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, ForbiddenError, NotFoundError, Visit
from ivr.console.words import TONES
from ivr.storage.entries import CallEntry
from ivr.storage.log import NoSuchCallError
from ivr.storage.timeline import Happening, timeline

#: For how long somebody who gave a reason may hear the recordings of a call.
_REVEALED_FOR = timedelta(minutes=30)
_LEAST_REASON, _MOST_REASON = 4, 300


@dataclass(frozen=True)
class Chapter:
    """A step of the call with what happened in it; the first one has no step."""

    step: int | None
    happenings: list[Happening]


def show(services: Services, visit: Visit, call_id: str) -> Answer:
    return _page(services, visit, _call(services, call_id), number="")


def reveal(services: Services, visit: Visit, call_id: str) -> Answer:
    """Show the caller's number once, and let the recordings be heard, for a reason that is written down."""
    call = _call(services, call_id)
    reason = visit.form.get("reason", "").strip()
    if not _LEAST_REASON <= len(reason) <= _MOST_REASON:
        raise BadRequestError(
            f"请写明原因（{_LEAST_REASON} 至 {_MOST_REASON} 字）",
            f"say why, in {_LEAST_REASON} to {_MOST_REASON} characters",
        )
    services.office.audit.write(visit.who, "revealed", call.id, reason, visit.address)
    try:
        number = services.numbers.unseal(call.caller_sealed)
    except ValueError as error:
        raise NotFoundError(*_pair(str(error))) from error
    return _page(services, visit, call, number=number or visit.say("号码未显示", "number withheld"))


def recording(services: Services, visit: Visit, call_id: str, name: str) -> Answer:
    """The sound of a call, for those who have said why they want to hear it."""
    call = _call(services, call_id)
    if not _is_revealed(services, visit, call):
        raise ForbiddenError("请先写明原因", "say first why you want to hear it")
    file = recording_file(services.recordings, call.id, name)
    if file is None:
        raise NotFoundError("没有这段录音", "there is no such recording")
    try:
        return Answer(content_type="audio/wav", file=services.sounds.open(file))
    except (OSError, ValueError) as error:
        raise NotFoundError(*_pair(str(error))) from error


def _call(services: Services, call_id: str) -> CallEntry:
    try:
        return services.office.calls.call(call_id)
    except NoSuchCallError as error:
        raise NotFoundError("没有这次通话", "there is no such call") from error


def _is_revealed(services: Services, visit: Visit, call: CallEntry) -> bool:
    """Whether this person has given a reason of late: the audit log itself is the permission."""
    if not visit.may("reveal"):
        return False
    given = services.office.audit.entries(who=visit.who, action="revealed", subject=call.id, limit=1)
    return bool(given) and services.now() - given[0].at < _REVEALED_FOR


def _page(services: Services, visit: Visit, call: CallEntry, *, number: str) -> Answer:
    steps = services.office.calls.steps(call.id)
    recordings = find_recordings(services.recordings, call.id, services.sounds)
    revealed = _is_revealed(services, visit, call)
    menus = services.menus()
    return page(
        visit,
        "call.html",
        here="calls",
        call=call,
        tone=TONES.get(call.outcome, "dim"),
        chapters=_chapters(timeline(call, steps)),
        steps={step.step: step for step in steps},
        recordings=recordings,
        waves={one.name: wave(one.peaks, visit.say("声音波形", "wave of the recording")) for one in recordings},
        revealed=revealed,
        number=number,
        known_tree=menus is not None and call.tree in menus.trees,
    )


def _chapters(happenings: list[Happening]) -> list[Chapter]:
    chapters: list[Chapter] = []
    for happening in happenings:
        if not chapters or chapters[-1].step != happening.step:
            chapters.append(Chapter(happening.step, []))
        chapters[-1].happenings.append(happening)
    return chapters


def _pair(text: str) -> tuple[str, str]:
    chinese, _, english = text.partition(" / ")
    return chinese, english or chinese
