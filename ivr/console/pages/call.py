"""One call: what is known of it, what happened in it, and how it sounded."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.console import revealing
from ivr.console.drawing.wave import wave
from ivr.console.recordings import find_recordings, recording_file
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, ForbiddenError, NotFoundError, Visit, see
from ivr.console.words import TONES
from ivr.storage.entries import CallEntry
from ivr.storage.log import NoSuchCallError
from ivr.storage.timeline import Happening, timeline
from ivr.storage.work_deeds import Doer

_LONGEST_WHY = 500
#: A recording of so much of a call is one of the whole call; only there has a moment of the time-line its place.
_WHOLE = 0.8


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
    revealing.reveal(services, visit, call.id)
    number = revealing.opened(services, call.caller_sealed)
    return _page(services, visit, call, number=number or visit.say("号码未显示", "number withheld"))


def review(services: Services, visit: Visit, call_id: str) -> Answer:
    """Put the call among those that somebody should look at."""
    call = _call(services, call_id)
    if call.ended_at is None:
        raise BadRequestError("通话还没有结束", "the call is not over")
    why = visit.form.get("why", "").strip()[:_LONGEST_WHY]
    item = services.office.deeds.review(call, Doer(visit.who, address=visit.address), why)
    return see(f"/work/{item.id}", notice=visit.say("已列入复核", "It is among the calls to review"))


def recording(services: Services, visit: Visit, call_id: str, name: str) -> Answer:
    """The sound of a call, for those who have said why they want to hear it."""
    call = _call(services, call_id)
    if not revealing.is_revealed(services, visit, call.id):
        raise ForbiddenError("请先写明原因", "say first why you want to hear it")
    file = recording_file(services.recordings, call.id, name)
    if file is None:
        raise NotFoundError("没有这段录音", "there is no such recording")
    try:
        return Answer(content_type="audio/wav", file=services.sounds.open(file))
    except (OSError, ValueError) as error:
        raise revealing.not_found(error) from error


def _call(services: Services, call_id: str) -> CallEntry:
    try:
        return services.office.calls.call(call_id)
    except NoSuchCallError as error:
        raise NotFoundError("没有这次通话", "there is no such call") from error


def _page(services: Services, visit: Visit, call: CallEntry, *, number: str) -> Answer:
    steps = services.office.calls.steps(call.id)
    recordings = find_recordings(services.recordings, call.id, services.sounds)
    revealed = revealing.is_revealed(services, visit, call.id)
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
        whole={one.name for one in recordings if one.seconds * 1000 >= _WHOLE * (call.duration_ms or 0)},
        waves={one.name: wave(one.peaks, visit.say("声音波形", "wave of the recording")) for one in recordings},
        revealed=revealed,
        number=number,
        work=services.office.work.of_call(call.id) if visit.may("work") else [],
        known_tree=menus is not None and call.tree in menus.trees,
    )


def _chapters(happenings: list[Happening]) -> list[Chapter]:
    chapters: list[Chapter] = []
    for happening in happenings:
        if not chapters or chapters[-1].step != happening.step:
            chapters.append(Chapter(happening.step, []))
        chapters[-1].happenings.append(happening)
    return chapters
