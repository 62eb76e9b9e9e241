"""Who did what."""

from __future__ import annotations

from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, Visit

_PAGE = 100
_LONGEST_NUMBER = 9


def show(services: Services, visit: Visit) -> Answer:
    """The latest entries, filtered, and on request whether the chain holds."""
    before = visit.query.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) <= _LONGEST_NUMBER):
        raise BadRequestError("页码不对", "before is not a number")
    audit = services.office.audit
    entries = audit.entries(
        before=int(before) if before else None,
        who=visit.query.get("who", ""),
        action=visit.query.get("action", ""),
        subject=visit.query.get("subject", ""),
        limit=_PAGE + 1,
    )
    following = visit.here(before=str(entries[_PAGE - 1].number)) if len(entries) > _PAGE else ""
    verdict = audit.verify() if visit.query.get("verify") else None
    return page(
        visit,
        "audit.html",
        here="audit",
        entries=entries[:_PAGE],
        actions=audit.actions(),
        following=following,
        verdict=verdict,
    )
