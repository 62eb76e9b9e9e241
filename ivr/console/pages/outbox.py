"""What callers left and the backend has not got: why, and try it again."""

from __future__ import annotations

from ivr.console.render import page
from ivr.console.services import Services, Undelivered
from ivr.console.web import Answer, GoneWrongError, NotFoundError, Visit, see


def show(services: Services, visit: Visit) -> Answer:
    try:
        waiting, messages = services.outbox.undelivered(), services.outbox.text_messages()
    except OSError as error:
        raise GoneWrongError(f"发件箱读不出来：{error}", f"the outbox cannot be read: {error}") from error
    waiting = sorted(waiting, key=_order)
    return page(visit, "outbox.html", here="work", waiting=waiting, messages=messages, now=services.now())


def retry(services: Services, visit: Visit, ticket: str) -> Answer:
    """Try something again at once. It is written down first."""
    try:
        if all(one.ticket != ticket for one in services.outbox.undelivered()):
            raise NotFoundError("没有这件，或者已经送到", "there is no such thing, or it is delivered")
        services.office.audit.write(visit.who, "outbox_retried", ticket, address=visit.address)
        services.outbox.retry(ticket)
    except OSError as error:
        raise GoneWrongError(f"发件箱写不进去：{error}", f"the outbox cannot be written: {error}") from error
    return see("/outbox", notice=visit.say(f"{ticket} 马上再送", f"{ticket} is sent again at once"))


def _order(one: Undelivered) -> tuple[bool, float]:
    """What was refused first, then the oldest."""
    return not one.refused, one.left_at.timestamp()
