"""What the backend answers about single people and about what they leave, checked while it is read."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from backend_client.results import Answer, Code, Page, Text

TICKET = r"^[0-9]{10}$"
PHONE = r"^\+?[0-9]{3,20}$"
RECORDING = r"^[A-Za-z0-9_-]{16,64}$"
APPOINTMENT = r"^[0-9]{8}$"
SLOT = r"^[A-Za-z0-9_-]{1,64}$"
OUTBOUND = r"^[A-Za-z0-9_-]{1,64}$"
APPEAL_KINDS = ("complaint", "question", "suggestion", "help", "message")
APPEAL_STATUSES = ("received", "assigned", "contacted", "answered", "closed")

Ticket = Annotated[str, Field(pattern=TICKET)]
Count = Annotated[int, Field(ge=0)]


class Lookup(Answer):
    """What somebody asks about themselves.

    Attributes:
        subject: what was asked with; the client refuses any other.
        amount_cents: money in fen.
        as_of: how old the figures are.
    """

    subject: str
    summary: Text
    details: tuple[Text, ...]
    amount_cents: int | None
    count: Count | None
    until: date | None
    as_of: AwareDatetime


class Recording(Answer):
    """How much of a recording has arrived, in bytes."""

    recording: Annotated[str, Field(pattern=RECORDING)]
    received: Count
    complete: bool


class Appeal(Answer):
    """Where an appeal stands.

    Attributes:
        contact_by, answer_by: the deadlines.
        reminders: how often the caller asked to hurry.
        escalated: it is late, and before the county office.
    """

    ticket: Ticket
    kind: Literal["complaint", "question", "suggestion", "help", "message"]
    category: Code | None
    township: Code | None
    status: Code
    status_text: Text
    step: Text
    department: Text | None
    left_at: AwareDatetime
    contact_by: AwareDatetime
    answer_by: AwareDatetime
    answer: Text | None
    reminders: Count
    escalated: bool
    rated: bool


class Rating(Answer):
    """A rating that is kept."""

    about: str
    score: Annotated[int, Field(ge=1, le=5)]


class Callback(Answer):
    """A wish to be called back.

    Attributes:
        call_by: until when.
    """

    ticket: Ticket
    status: Code
    status_text: Text
    call_by: AwareDatetime


class OutboundCall(Answer):
    """A call that the gateway is to place.

    Attributes:
        purpose: `callback` or `rating`.
        text: what it is about, in words that are said.
    """

    id: Annotated[str, Field(pattern=OUTBOUND)]
    purpose: Code
    phone: Annotated[str, Field(pattern=PHONE)]
    ticket: Ticket
    text: Text
    tries: Count
    status: Code


class OutboundCallList(Page):
    items: tuple[OutboundCall, ...]


class Place(Answer):
    """A place in the row of callers who wait for a person.

    Attributes:
        ahead: how many are before.
    """

    ahead: Count


class Slot(Answer):
    """A time that can be booked.

    Attributes:
        left: how many can still book it.
    """

    id: Annotated[str, Field(pattern=SLOT)]
    item: Code
    item_name: Text
    place: Text
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    left: Count


class SlotList(Page):
    items: tuple[Slot, ...]


class Appointment(Answer):
    """A time that somebody has booked."""

    number: Annotated[str, Field(pattern=APPOINTMENT)]
    slot: Annotated[str, Field(pattern=SLOT)]
    item_name: Text
    place: Text
    starts_at: AwareDatetime
    status: Code
