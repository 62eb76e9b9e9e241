"""What is masked is shown for a reason that is written down: the entry in the audit log is itself the permission."""

from __future__ import annotations

from datetime import timedelta

from ivr.console.services import Services
from ivr.console.web import BadRequestError, NotFoundError, Visit

#: For how long somebody who gave a reason may see what a call holds.
REVEALED_FOR = timedelta(minutes=30)
_LEAST_REASON, _MOST_REASON = 4, 300


def reveal(services: Services, visit: Visit, call_id: str) -> None:
    """Write down why somebody wants to see what a call holds.

    Raises:
        BadRequestError: no reason is given.
    """
    reason = visit.form.get("reason", "").strip()
    if not _LEAST_REASON <= len(reason) <= _MOST_REASON:
        raise BadRequestError(
            f"请写明原因（{_LEAST_REASON} 至 {_MOST_REASON} 字）",
            f"say why, in {_LEAST_REASON} to {_MOST_REASON} characters",
        )
    services.office.audit.write(visit.who, "revealed", call_id, reason, visit.address)


def is_revealed(services: Services, visit: Visit, call_id: str) -> bool:
    """Whether this person has given a reason of late."""
    if not visit.may("reveal"):
        return False
    given = services.office.audit.entries(who=visit.who, action="revealed", subject=call_id, limit=1)
    return bool(given) and services.now() - given[0].at < REVEALED_FOR


def opened(services: Services, sealed: str) -> str:
    """What was sealed.

    Raises:
        NotFoundError: it cannot be opened with the key of this machine.
    """
    try:
        return services.numbers.unseal(sealed)
    except ValueError as error:
        raise not_found(error) from error


def not_found(error: Exception) -> NotFoundError:
    """The error for people, of one whose message is in both languages."""
    chinese, _, english = str(error).partition(" / ")
    return NotFoundError(chinese, english or chinese)
