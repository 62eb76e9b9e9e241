"""Faults that the demo backend makes on purpose, for rehearsals and tests.

Faults are written as words with commas between them, `KIND[=VALUE][@OPERATION][*TIMES]`:

    latency=1500            every answer comes 1.5 s late
    drop*2                  two requests end without an answer, then all is well
    5xx=503@getCase*1       one case query gets 503
    latency=300,malformed   several at once; of those that change the answer, the first counts

`FAULTS` lists the kinds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from backend_client.demo.replies import Reply

_FORM = re.compile(
    r"(?P<kind>[a-z0-9_]+)(=(?P<value>[0-9]{1,6}))?(@(?P<operation>[A-Za-z]+))?(\*(?P<times>[0-9]{1,6}))?"
)
_HTML = """<!DOCTYPE html>
<html><head><title>系统维护</title></head><body><h1>系统维护中，请稍后再试</h1></body></html>
"""


#: Operations of the contract, to which a fault can be limited.
OPERATION_IDS = (
    "getHealth",
    "getCase",
    "listServiceItems",
    "getServiceItem",
    "listPolicies",
    "getPolicy",
    "listNotices",
    "listDepartments",
    "listTownships",
    "listChanges",
    "findCases",
    "lookUpSocialInsurance",
    "lookUpMedicalInsurance",
    "lookUpPensionConfirmation",
    "lookUpFarmSubsidies",
    "lookUpHousingFund",
    "lookUpTrafficViolations",
    "lookUpPhoneBalance",
    "lookUpElectricityBill",
    "getRecording",
    "putRecording",
    "leaveAppeal",
    "getAppeal",
    "remindAppeal",
    "leaveRating",
    "leaveCallback",
    "listOutboundCalls",
    "reportOutboundCall",
    "listSlots",
    "bookAppointment",
    "getAppointment",
    "cancelAppointment",
)


@dataclass(frozen=True)
class FaultKind:
    """One kind of fault.

    Attributes:
        meaning: for the help.
        value: what is meant when no value is written; None if there must be one.
        change: what becomes of the reply, given the value. None for `latency`, which changes no reply.
    """

    meaning: str
    value: int | None
    change: Callable[[Reply, int], Reply] | None


def _server_error(_: Reply, status: int) -> Reply:
    body = json.dumps({"type": "about:blank", "title": "demo fault", "status": status}).encode()
    return Reply(status, body, {"Content-Type": "application/problem+json"})


def _malformed(_: Reply, __: int) -> Reply:
    return Reply(200, _HTML.encode(), {"Content-Type": "text/html; charset=utf-8"})


def _truncated(reply: Reply, _: int) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _huge(_: Reply, megabytes: int) -> Reply:
    body = b'{"padding":"' + b"x" * (megabytes * 1_000_000) + b'"}'
    return Reply(200, body, {"Content-Type": "application/json"}, end="chunked")


def _wrong_case(reply: Reply, _: int) -> Reply:
    """Turn the last digit of what says whose answer it is into another; other replies stay as they are."""
    answer = json.loads(reply.body) if reply.body else {}
    if reply.status not in (200, 201):
        return reply
    for told in (answer, *(each for each in answer.get("items", ()))):
        for name in ("number", "ticket", "subject", "applicant_id_last6"):
            value = told.get(name)
            if isinstance(value, str) and value:
                told[name] = value[:-1] + ("1" if value[-1] != "1" else "2")
    return replace(reply, body=json.dumps(answer, ensure_ascii=False).encode())


#: The registry of faults.
FAULTS: Mapping[str, FaultKind] = {
    "latency": FaultKind("answers that many milliseconds late", None, None),
    "drop": FaultKind("closes the connection without an answer", 0, lambda reply, _: replace(reply, end="drop")),
    "5xx": FaultKind("answers with this status, 500 if none is written", 500, _server_error),
    "malformed": FaultKind("answers with a page of HTML", 0, _malformed),
    "truncated": FaultKind("answers with half of the JSON", 0, _truncated),
    "partial": FaultKind(
        "closes the connection in the middle of the answer", 0, lambda reply, _: replace(reply, end="partial")
    ),
    "stall": FaultKind("stops in the middle of the answer", 0, lambda reply, _: replace(reply, end="stall")),
    "huge": FaultKind("answers with that many megabytes, 10 if none are written", 10, _huge),
    "wrong_case": FaultKind("answers with another case than was asked for", 0, _wrong_case),
}


@dataclass(frozen=True)
class Fault:
    """One fault that is switched on.

    Attributes:
        operation: `operationId` to which it is limited, None for all.
        times: requests for which it is still good, None for ever.
    """

    kind: str
    value: int
    operation: str | None = None
    times: int | None = None

    def __str__(self) -> str:
        value = f"={self.value}" if self.value else ""
        operation = f"@{self.operation}" if self.operation else ""
        times = "" if self.times is None else f"*{self.times}"
        return f"{self.kind}{value}{operation}{times}"


def parse_faults(written: str) -> tuple[Fault, ...]:
    """Return the faults that are written.

    Raises:
        ValueError: says what is wrong with which word, and what would be right.
    """
    return tuple(_parse_fault(word.strip()) for word in written.split(",") if word.strip())


def _parse_fault(word: str) -> Fault:
    match = _FORM.fullmatch(word)
    kind = FAULTS.get(match["kind"]) if match else None
    if match is None or kind is None:
        raise ValueError(f"{word}: write KIND[=VALUE][@OPERATION][*TIMES]; the kinds are {', '.join(FAULTS)}")
    value = kind.value if match["value"] is None else int(match["value"])
    if value is None:
        raise ValueError(f"{word}: needs a value, such as {match['kind']}=1500")
    if kind.value == 0 and match["value"] is not None:
        raise ValueError(f"{word}: {match['kind']} takes no value")
    if match["operation"] not in (None, *OPERATION_IDS):
        raise ValueError(f"{word}: no operation {match['operation']}; there are {', '.join(OPERATION_IDS)}")
    if match["kind"] == "5xx" and not 500 <= value <= 599:
        raise ValueError(f"{word}: a status from 500 to 599, such as 5xx=503")
    if match["kind"] == "huge" and not 1 <= value <= 100:
        raise ValueError(f"{word}: from 1 to 100 megabytes, such as huge=10")
    return Fault(match["kind"], value, match["operation"], int(match["times"]) if match["times"] else None)


class FaultPlan:
    """The faults that are switched on now."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._faults = faults

    def __str__(self) -> str:
        return ",".join(str(fault) for fault in self._faults)

    def set(self, faults: tuple[Fault, ...]) -> None:
        self._faults = faults

    def take(self, operation: str) -> tuple[Fault, ...]:
        """Return the faults for a request of this operation, and count it."""
        taken, left = [], []
        for fault in self._faults:
            if fault.operation not in (None, operation):
                left.append(fault)
                continue
            taken.append(fault)
            if fault.times is None:
                left.append(fault)
            elif fault.times > 1:
                left.append(replace(fault, times=fault.times - 1))
        self._faults = tuple(left)
        return tuple(taken)


def delay(faults: tuple[Fault, ...]) -> float:
    """Return by how many seconds the answer is late."""
    return sum(fault.value for fault in faults if fault.kind == "latency") / 1000


def spoil(reply: Reply, faults: tuple[Fault, ...]) -> Reply:
    """Return what becomes of the reply."""
    for fault in faults:
        change = FAULTS[fault.kind].change
        if change:
            return change(reply, fault.value)
    return reply
