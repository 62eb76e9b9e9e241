"""Every caller gets an answer, an answer with its age, or a ticket, whatever the link does.

    python -m benchmarks.dialogues --dialogues 200

For each fault of the link (cut, slow, flapping, lying) so many callers ask, over real HTTP, for papers to bring, for an
outage in their township, for their case, and for their insurance; whoever is not answered leaves their number, and gets
a ticket. Afterwards the link is mended, and every number that was left must be at the backend once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from twisted.internet import asyncioreactor
from twisted.internet.task import deferLater

from benchmarks.link import Link

FAULTS = ("up", "cut", "slow", "flapping", "lying")
LIES = "malformed@getCase,wrong_case"
#: Bytes per second: a question and its answer, headers and all, are about as many as a caller's patience has room for.
SLOW = 700.0
#: Seconds between two callers: the circuit breaker lets one through now and then, as it does in a county.
BETWEEN_CALLERS_S = 0.1
BUDGET_MS = 3000
TOWNSHIPS = ("qingshui", "shiqiao", "liulin", "qingshan", "dawan")


class Callers:
    """Callers of one gateway."""

    def __init__(self, folder: Path, address: str, reactor: Any) -> None:
        from backend_client.answers import Answers
        from backend_client.client import BackendClient
        from backend_client.outbox.writer import OutboxWriter
        from backend_client.settings import BackendSettings
        from backend_client.store.known import KnownAnswers
        from backend_client.store.reader import AnswerStore

        answers, key = folder / "data" / "answers", folder / "data" / "keys" / "answers.key"
        self.client = BackendClient(BackendSettings(address), reactor)
        known = KnownAnswers(answers / "known", key, _now, timedelta(days=30))
        self._store = AnswerStore(answers / "content.sqlite", _now)
        self._answers = Answers(self.client, self._store, known, _now, stale_after=timedelta(hours=24))
        self._outbox = OutboxWriter(folder / "data" / "outbox", 0, _now)

    async def dialogue(self, number: int, chance: random.Random) -> list[str]:
        """Return what the caller got for each question: `answer`, `aged` or a ticket."""
        from backend_client.errors import BackendError

        questions: list[tuple[str, dict[str, Any]]] = [
            ("get_service_item", {"code": "id_card_replacement"}),
            ("list_notices", {"kind": "power_outage", "township": chance.choice(TOWNSHIPS)}),
            ("get_case", {"number": str(20260001 + chance.randrange(10))}),
            # Nothing that a person's numbers protect is ever kept: answered now, or not at all.
            ("look_up_medical_insurance", {"id_last6": "012345", "phone": "13800138001"}),
        ]
        got = []
        for operation, arguments in questions:
            try:
                answer = await self._answers.query(
                    operation, arguments, language="zh", budget_ms=BUDGET_MS, call_id=f"call-{number}"
                )
            except BackendError:
                data = {"number": f"138{number:08d}", "reason": operation}
                got.append(self._outbox.leave("callback", data, [], f"call-{number}"))
            else:
                assert answer is not None, operation
                if operation == "get_case":
                    assert answer["number"] == arguments["number"], "another caller's case"
                got.append("aged" if answer["stale"] else "answer")
        return got

    def close(self) -> Any:
        self._store.close()
        return self.client.close()


def run(folder: Path, dialogues: int, reactor: Any, in_reactor: Callable[[Any], Any]) -> dict[str, dict[str, int]]:
    """Let so many callers ask under each fault. Return what they got, by fault."""
    ivr = [sys.executable, "-m", "ivr.cli"]
    environment = {**os.environ, "XIANGYIN_DATA": str(folder / "data")}
    database = folder / "demo.sqlite"
    demo = subprocess.Popen(
        [*ivr, "backend-demo", "--port", "0", "--database", str(database)], stdout=subprocess.PIPE, text=True
    )
    assert demo.stdout
    address = demo.stdout.readline().split()[1]
    link = Link(int(address.rpartition(":")[2]))
    link.start()
    settings = folder / "settings.yaml"
    settings.write_text(f"backend: {{base_url: 'http://127.0.0.1:{link.port}'}}\nanswers: {{languages: [zh]}}\n")
    quiet: dict[str, Any] = {"env": environment, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([*ivr, "sync", "--once", "--settings", str(settings)], **quiet)
    results: dict[str, dict[str, int]] = {}
    number, tickets = 0, []
    for fault in FAULTS:
        _set(link, address, fault)
        # A client of its own for each fault: the circuit breaker of the one before would still be open.
        callers = Callers(folder, f"http://127.0.0.1:{link.port}", reactor)
        chance, got = random.Random(fault), Counter[str]()
        for _ in range(dialogues):
            number += 1
            if fault == "flapping":
                (link.cut if number % 3 else link.mend)()
            in_reactor(deferLater(reactor, BETWEEN_CALLERS_S))
            for each in in_reactor(callers.dialogue(number, chance)):
                got["ticket" if each.isdigit() else each] += 1
                tickets += [each] if each.isdigit() else []
        results[fault] = dict(got)
        in_reactor(callers.close())
        assert got.total() == 4 * dialogues
    _set(link, address, "up")
    deadline = time.monotonic() + 120
    while sorted(_callbacks(database)) != sorted(tickets) and time.monotonic() < deadline:
        subprocess.run([*ivr, "outbox", "run", "--once", "--settings", str(settings)], **quiet)
    assert sorted(_callbacks(database)) == sorted(tickets), "what was left did not arrive once"
    demo.send_signal(signal.SIGTERM)
    demo.wait(20)
    link.stop()
    return results


def _callbacks(database: Path) -> list[str]:
    with sqlite3.connect(database) as demo:
        return [ticket for (ticket,) in demo.execute("SELECT ticket FROM callbacks")]


def _set(link: Link, address: str, fault: str) -> None:
    link.bytes_per_second = SLOW if fault == "slow" else 0.0
    (link.cut if fault == "cut" else link.mend)()
    body = json.dumps({"faults": LIES if fault == "lying" else ""}).encode()
    request = urllib.request.Request(f"{address}/admin/faults", data=body, method="PUT")
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def _now() -> datetime:
    return datetime.now().astimezone()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=int, default=200)
    arguments = parser.parse_args()
    loop = asyncio.new_event_loop()
    asyncioreactor.install(loop)
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred, ensureDeferred

    installed: Any = reactor
    installed.startRunning(installSignalHandlers=False)

    def in_reactor(work: Any) -> Any:
        deferred: Any = work if isinstance(work, Deferred) else ensureDeferred(work)
        return loop.run_until_complete(deferred.asFuture(loop))

    with tempfile.TemporaryDirectory() as name:
        for fault, got in run(Path(name), arguments.dialogues, installed, in_reactor).items():
            sys.stdout.write(f"{fault}: {got}\n")
    # Ends Twisted's threads, which would otherwise keep the process alive, and stops the loop when it next runs.
    installed.fireSystemEvent("shutdown")
    loop.run_forever()


if __name__ == "__main__":
    main()
