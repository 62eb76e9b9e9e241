"""What was published, by whom and why; what differs between two revisions; and going back to one."""

from __future__ import annotations

from ivr.authoring.line_diff import file_diffs
from ivr.console.authoring.common import ConflictPageError, RefusedPageError
from ivr.console.authoring.publishing import reason_of
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, NotFoundError, Visit, see
from ivr.publishing.candidate import RefusedError
from ivr.publishing.changes import told
from ivr.publishing.desk import NothingToGoBackToError
from ivr.storage.publications import ConflictError, NoSuchRevisionError, Publication

_MOST = 200


def show(services: Services, visit: Visit) -> Answer:
    """The log of publications."""
    history = services.desk.history(_MOST)
    return page(
        visit,
        "authoring/revisions.html",
        here="authoring" if visit.may("author") else "menus",
        history=history,
        current=history[0] if history else None,
    )


def difference(services: Services, visit: Visit, revision: str) -> Answer:
    """What differs from another revision to this one; from the one before it, unless another is named."""
    workshop = services.authoring.workshop
    history = services.desk.history(_MOST)
    try:
        after, files = services.desk.files(revision)
        wanted = visit.query.get("from", "") or _before(history, after)
        before, old = services.desk.files(wanted) if wanted else ("", {})
    except NoSuchRevisionError as error:
        raise NotFoundError("没有这个版本", "there is no such revision") from error
    changes = workshop.changes(old, files) if before else None
    return page(
        visit,
        "authoring/difference.html",
        here="authoring" if visit.may("author") else "menus",
        before=before,
        after=after,
        published=[entry for entry in history if entry.revision == after],
        words=told(changes) if changes is not None else [],
        diffs=file_diffs(old, files),
    )


def roll_back(services: Services, visit: Visit) -> Answer:
    """Publish an old revision again."""
    why = reason_of(visit)
    try:
        made = services.desk.roll_back(
            visit.form.get("revision", ""), who=visit.who, why=why, base=visit.form.get("base", "")
        )
    except (NoSuchRevisionError, NothingToGoBackToError) as error:
        raise NotFoundError("没有这个版本", "there is no such revision") from error
    except ConflictError as error:
        raise ConflictPageError(
            "刚刚有人发布了新的版本，没有恢复。请刷新版本记录再决定",
            "somebody has just published something else, so nothing was rolled back: reload the log, then decide",
        ) from error
    except RefusedError as error:
        raise RefusedPageError("那个版本现在用不了", f"that revision cannot be used now: {error}") from error
    services.office.audit.write(visit.who, "rolled_back", made.revision, why, visit.address)
    notice = visit.say(f"已恢复到版本 {made.revision}", f"Rolled back to revision {made.revision}")
    return see("/authoring/revisions", notice=notice)


def _before(history: list[Publication], revision: str) -> str:
    """What was published before a revision was published first."""
    places = [place for place, entry in enumerate(history) if entry.revision == revision]
    if not places or places[-1] + 1 >= len(history):
        return ""
    return history[places[-1] + 1].revision
