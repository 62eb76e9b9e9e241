"""Sends mutated SIP, SDP and RTP to a line worker, and looks again and again whether it still works."""

from __future__ import annotations

import json
import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fuzz.mutation import mutated
from benchmarks.fuzz.seeds import SDP, rtp_seeds, sdp_seeds, sip_seeds
from benchmarks.fuzz.worker import HOST, BrokenError, LineProcess, Resources
from tests.system.dialog import Dialog
from tests.system.rawphone import NothingCameError, RawPhone
from tests.system.wire import Message

#: Messages between two questions whether they have been read: fewer than the kernel keeps for a socket.
_BATCH = 20
#: How long a worker may take to answer OPTIONS behind a batch, in seconds: it rests when sockets are used up.
_PATIENCE_S = 120.0
#: Descriptions offered within one call before it ends.
_OFFERS_IN_A_CALL = 10
#: Share of messages that are no repetition of another one, as far as the worker can tell.
_FRESH = 0.9
#: Packets sent into one call.
_PACKETS_IN_A_CALL = 5000


@dataclass
class Findings:
    """What a run has seen.

    Attributes:
        sent: messages sent and read, by kind.
        answers: status of SIP answers to how often it came.
        resources: the worker's, at each look.
        calls_after_s: how long a call took to be answered and heard, at each look.
    """

    seed: int
    sent: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    resources: list[Resources] = field(default_factory=list)
    calls_after_s: list[float] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "messages": sum(self.sent.values()),
            "sent": dict(self.sent),
            "answers": {str(status): count for status, count in sorted(self.answers.items())},
            "looks": len(self.resources),
            "resources_first": asdict(self.resources[0]),
            "resources_last": asdict(self.resources[-1]),
            "resident_mb": [look.resident_mb for look in self.resources],
            "next_call_heard_after_s": round(max(self.calls_after_s), 2),
        }


class WireFuzzer:
    """Fuzzes one line worker.

    Args:
        look_every: messages between two looks at the worker.
        evidence: where the last messages are written when it breaks.
    """

    def __init__(self, worker: LineProcess, seed: int, look_every: int, evidence: Path) -> None:
        self._worker = worker
        self._look_every = look_every
        self._evidence = evidence
        self._number = 0
        self._last: deque[bytes] = deque(maxlen=4 * _BATCH)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._here = f"{HOST}:{self._socket.getsockname()[1]}"
        self._target = (HOST, worker.port)
        self.findings = Findings(seed)

    def run(self, sip: int, sdp: int, rtp: int) -> Findings:
        """Send so many messages of each kind.

        Raises:
            BrokenError: the worker did not stand it; the last messages are kept as evidence.
        """
        try:
            self._look()
            for kind, amount, step in (("rtp", rtp, self._rtp), ("sdp", sdp, self._sdp), ("sip", sip, self._sip)):
                self._repeat(kind, amount, step)
            self._look()
        except (BrokenError, NothingCameError) as error:
            self._keep_evidence()
            raise BrokenError(f"after {sum(self.findings.sent.values())} messages: {error}") from error
        finally:
            self._socket.close()
        return self.findings

    def _repeat(self, kind: str, amount: int, step: Callable[[int], int]) -> None:
        sent, looked = 0, 0
        while sent < amount:
            done = step(amount - sent)
            sent += done
            self.findings.sent[kind] += done
            if sent - looked >= self._look_every:
                looked = sent
                self._look()

    def _look(self) -> None:
        self.findings.calls_after_s.append(self._worker.takes_a_call())
        self.findings.resources.append(self._worker.resources())

    def _next(self, seeds: list[bytes]) -> bytes:
        self._number += 1
        random = Random(f"{self.findings.seed}:{self._number}")
        message = mutated(random.choice(seeds), seeds, random)
        if random.random() < _FRESH:
            message = message.replace(b"NUMBER", str(self._number).encode())
        self._last.append(message)
        return message

    # SIP

    def _sip(self, most: int) -> int:
        """A batch of messages over UDP, every tenth over TCP, and a question behind it."""
        seeds = sip_seeds(self._here, f"{HOST}:{self._worker.port}")
        amount = min(_BATCH, most)
        batch = [self._next(seeds) for _ in range(amount)]
        if self._number // _BATCH % 10 == 0:
            self._over_tcp(batch)
        else:
            for message in batch:
                self._socket.sendto(message, self._target)
        self._ask_whether_all_is_read()
        return amount

    def _over_tcp(self, batch: list[bytes]) -> None:
        with socket.create_connection(self._target, timeout=_PATIENCE_S) as stream:
            try:
                stream.sendall(b"".join(batch))
                stream.settimeout(0.05)
                stream.recv(65536)
            except (TimeoutError, ConnectionError):
                pass  # it need not answer nonsense, and may hang up on it

    def _ask_whether_all_is_read(self) -> None:
        """OPTIONS: a datagram socket is read in order, so its answer says that all before it was read."""
        dialog = Dialog("fuzz", self._here, f"sip:12345@{HOST}:{self._worker.port}")
        deadline = time.monotonic() + _PATIENCE_S
        self._socket.sendto(dialog.request("OPTIONS").encode(), self._target)
        while True:
            self._socket.settimeout(max(0.01, min(1.0, deadline - time.monotonic())))
            try:
                data = self._socket.recv(65536)
            except (TimeoutError, ConnectionRefusedError):
                self._worker.must_live()
                if time.monotonic() > deadline:
                    raise BrokenError("it does not answer OPTIONS any more") from None
                self._socket.sendto(dialog.request("OPTIONS").encode(), self._target)
                continue
            status = int(data[8:11]) if data[:8] == b"SIP/2.0 " and data[8:11].isdigit() else 0
            if dialog.call_id.encode() in data:
                return
            if status:
                self.findings.answers[status] += 1

    # SDP

    def _sdp(self, most: int) -> int:
        """One call with a mutated offer, and more of them while it lasts."""
        seeds, amount = sdp_seeds(), min(_OFFERS_IN_A_CALL, most)
        dialog = Dialog("fuzz", self._here, f"sip:12345@{HOST}:{self._worker.port}")
        answered = 0
        for number in range(amount):
            body = self._next(seeds) if number or self._number % 2 else SDP
            status = self._offer(dialog, body)
            self.findings.answers[status] += 1
            answered |= status == 200
            if not answered:
                return number + 1
        self._socket.sendto(dialog.request("BYE").encode(), self._target)
        self._answer_to(dialog, "BYE")
        return amount

    def _offer(self, dialog: Dialog, body: bytes) -> int:
        """INVITE with a description; its final status."""
        head, _, _ = dialog.request("INVITE", "x").encode().partition(b"Content-Length:")
        message = head + b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        self._socket.sendto(message, self._target)
        response = self._answer_to(dialog, "INVITE", message)
        self._socket.sendto(dialog.acknowledge(response).encode(), self._target)
        return response.status

    def _answer_to(self, dialog: Dialog, method: str, repeat: bytes = b"") -> Message:
        wanted = f"{dialog.cseq} {method}"
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            self._socket.settimeout(0.5)
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                self._worker.must_live()
                if repeat:
                    self._socket.sendto(repeat, self._target)
                continue
            message = Message.parse(data)
            if message.get("call-id") != dialog.call_id:
                continue
            if not message.status:
                if message.first_line.startswith("BYE "):
                    self._socket.sendto(dialog.answer(message, "200 OK").encode(), self._target)
                continue
            if message.get("cseq") == wanted and message.status >= 200:
                return message
        raise BrokenError(f"no answer to {method}")

    # RTP

    def _rtp(self, most: int) -> int:
        """Packets into a call that hears its prompts, to the ports of RTP and RTCP."""
        seeds, amount = rtp_seeds(), min(_PACKETS_IN_A_CALL, most)
        sent = 0
        with RawPhone(user="13700000002") as phone:
            phone.dial(HOST, self._worker.port, "12345", timeout=30.0)
            port = _media_port(phone)
            while sent < amount and not phone.ended_by_other:
                for _ in range(min(_BATCH, amount - sent)):
                    self._socket.sendto(self._next(seeds)[:2000], (HOST, port + sent % 2))
                    sent += 1
                phone.listen(0.01)
                self._worker.must_live()
        return sent

    def _keep_evidence(self) -> None:
        lines = [json.dumps(message.decode("latin-1")) for message in self._last]
        self._evidence.write_text("\n".join(lines), "utf-8")
        self._evidence.with_suffix(".log").write_text(self._worker.log.read_text("utf-8"), "utf-8")


def _media_port(phone: RawPhone) -> int:
    body = next(message.body for message in phone.messages if message.status == 200 and message.body)
    return int(next(line for line in body.splitlines() if line.startswith("m=audio ")).split()[1])
