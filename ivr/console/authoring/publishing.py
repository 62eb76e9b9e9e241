"""Publishing an author's drafts: seen as a whole, checked and rehearsed, with a reason, into the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ivr.authoring.line_diff import FileDiff
from ivr.authoring.workshop import OutOfDateError, Work
from ivr.console.authoring.common import ConflictPageError
from ivr.console.authoring.tree import diffs_of
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, Visit, see
from ivr.publishing.candidate import RefusedError
from ivr.publishing.changes import told
from ivr.storage.publications import ConflictError
from menus.problems import Problem

_LONGEST_REASON = 500
_STAGES = {
    "check": ("检查没有通过", "the check has found errors"),
    "numbers": ("有号码没有菜单", "a number leads to no tree"),
    "rehearsal": ("排练没有通过", "a rehearsal failed"),
}


@dataclass(frozen=True)
class Verdict:
    """Whether drafts may be published.

    Attributes:
        stage: what they did not pass; empty if they may.
        revision: what they would be published as.
    """

    stage: str
    problems: Sequence[Problem]
    revision: str = ""


def review(services: Services, visit: Visit) -> Answer:
    """What would be published, and whether it may be."""
    workshop = services.authoring.workshop
    drafts = [work for work in workshop.works(visit.who) if work.draft]
    chosen = _chosen(visit.query, drafts)
    ground = workshop.ground()
    files = workshop.files(visit.who, chosen)
    changes = workshop.changes(ground.files, files)
    return page(
        visit,
        "authoring/publish.html",
        here="authoring",
        drafts=drafts,
        chosen=chosen,
        base=ground.revision,
        late=[work for work in drafts if work.is_out_of_date and work.document.name in chosen],
        verdict=verdict(services, files) if chosen else None,
        stages=_STAGES,
        words=told(changes) if changes else [],
        diffs=_diffs(drafts, chosen),
    )


def publish(services: Services, visit: Visit) -> Answer:
    """Publish."""
    why = reason_of(visit)
    workshop = services.authoring.workshop
    drafts = [work for work in workshop.works(visit.who) if work.draft]
    chosen = _chosen(visit.form, drafts)
    if not chosen:
        raise BadRequestError("没有选草稿", "no draft is chosen")
    try:
        done = workshop.publish(visit.who, chosen, base=visit.form.get("base", ""), why=why)
    except (ConflictError, OutOfDateError) as error:
        raise ConflictPageError(
            "别人刚刚发布了新的版本，您的没有发布，也没有丢。请回到发布页看看他们改了什么",
            "somebody else has just published; yours is not published and not lost: go back and see what they changed",
        ) from error
    except RefusedError:
        return review(services, visit)
    if done.is_new:
        services.office.audit.write(visit.who, "published", done.publication.revision, why, visit.address)
    revision = done.publication.revision
    notice = visit.say(
        f"已发布版本 {revision}，新来的电话马上用它", f"Published as {revision}: the next caller hears it"
    )
    return see(f"/authoring/revisions/{revision}", notice=notice)


def verdict(services: Services, files: Mapping[str, str]) -> Verdict:
    """Whether menus may be published: checked and rehearsed, as publishing itself does."""
    try:
        ready = services.authoring.workshop.candidate(files)
    except RefusedError as error:
        return Verdict(error.stage, error.problems)
    return Verdict("", (), ready.revision)


def reason_of(visit: Visit) -> str:
    """Why something is published.

    Raises:
        BadRequestError: nobody said.
    """
    why = " ".join(visit.form.get("why", "").split())
    if not 2 <= len(why) <= _LONGEST_REASON:
        raise BadRequestError("写一句为什么，同事以后看得懂", "say why in a few words, for your colleagues")
    return why


def _chosen(values: Mapping[str, str], drafts: Sequence[Work]) -> list[str]:
    """The drafts that are ticked; all of them until somebody chooses."""
    names = [work.document.name for work in drafts]
    if values.get("chosen") != "1":
        return names
    return [name for name in names if values.get(f"draft.{name}") == "1"]


def _diffs(drafts: Sequence[Work], chosen: Sequence[str]) -> list[FileDiff]:
    return [diff for work in drafts if work.document.name in chosen for diff in diffs_of(work)]
