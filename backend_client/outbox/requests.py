"""What an entry of the outbox is to the backend: the operation, and its arguments.

Menus name what is left by `kind`, and give its details the names of the contract: `category`, `township`, `phone`,
`text`, `ticket`; `appeal` says which kind of appeal it is. Details that the contract does not have stay in the outbox,
and are not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backend_client.errors import RequestError
from backend_client.operations import LEAVE_APPEAL, LEAVE_CALLBACK, LEAVE_RATING, REMIND_APPEAL, Operation
from backend_client.outbox.entries import Entry
from backend_client.outbox.tickets import is_ticket
from backend_client.receipts import APPEAL_KINDS

Arguments = dict[str, Any]
#: Longest text of the contract.
LONGEST_TEXT = 4000
#: What is said of a recording that the backend does not take.
TOO_LONG = "录音太长，没有送到，保存在热线网关上。"


def request_of(entry: Entry, recordings: Sequence[str]) -> tuple[Operation[Any], Arguments]:
    """Return what is asked of the backend.

    Args:
        recordings: ids of the recordings that are there to be named.

    Raises:
        RequestError: something is missing.
    """
    operation, arguments = KINDS[entry.kind]
    return operation, {"left_at": entry.left_at.isoformat(), **arguments(entry, recordings)}


def _appeal(entry: Entry, recordings: Sequence[str]) -> Arguments:
    data = entry.data
    kind = data.get("appeal") or ("message" if entry.kind in ("message", "recording") else "complaint")
    if kind not in APPEAL_KINDS:
        raise RequestError(f"an appeal is one of {', '.join(APPEAL_KINDS)}")
    text = str(data.get("text") or "")
    if entry.files and not recordings:
        text = f"{text}{TOO_LONG}{entry.reference}"
    if not text and not recordings:
        raise RequestError("an appeal needs a recording or a text")
    return {
        "ticket": entry.reference,
        "kind": kind,
        **_chosen(data, "category", "township", "phone"),
        "text": text[:LONGEST_TEXT],
        "recording": recordings[0] if recordings else None,
    }


def _callback(entry: Entry, _: Sequence[str]) -> Arguments:
    data = entry.data
    wanted = data.get("preferred_time")
    subject = str(data.get("reason") or "")
    if wanted not in ("morning", "afternoon", "any"):
        # A time in the author's own words is for the person who calls.
        subject, wanted = "，".join(filter(None, [subject, str(wanted or "")])), None
    phone = data.get("number") or data.get("phone")
    return {"ticket": entry.reference, "phone": phone, "subject": subject[:200], "wanted": wanted}


def _rating(entry: Entry, _: Sequence[str]) -> Arguments:
    data = entry.data
    about = data.get("ticket") or data.get("about") or entry.call_id
    return {"about": str(about), "score": data.get("mark") or data.get("score"), **_chosen(data, "text")}


def _reminder(entry: Entry, _: Sequence[str]) -> Arguments:
    ticket = str(entry.data.get("ticket") or "")
    if not is_ticket(ticket):
        raise RequestError("a reminder needs the ticket of an appeal")
    return {"ticket": ticket, **_chosen(entry.data, "text")}


def _chosen(data: Mapping[str, Any], *names: str) -> Arguments:
    return {name: data[name] for name in names if data.get(name) not in (None, "")}


#: Kind of what is left to its operation, and to what makes its arguments.
KINDS: Mapping[str, tuple[Operation[Any], Callable[[Entry, Sequence[str]], Arguments]]] = {
    "appeal": (LEAVE_APPEAL, _appeal),
    "recording": (LEAVE_APPEAL, _appeal),
    "message": (LEAVE_APPEAL, _appeal),
    "callback": (LEAVE_CALLBACK, _callback),
    "rating": (LEAVE_RATING, _rating),
    "reminder": (REMIND_APPEAL, _reminder),
}
