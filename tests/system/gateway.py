"""A gateway with nothing behind it: the SIP endpoint and a listener that plays files and prints what happens.

Run as a process: `python -m tests.system.gateway '{"port": 5080, ...}'`. The argument is JSON: the fields of
`SipSettings`, and those of `Behaviour` under "behaviour". It prints one JSON object a line and takes commands, one a
line, on standard input: `drain`, `stop`, `hang_up`,
`reject CODE`, `status`, `quality`, `transfer URI RING_MS`, `cpu`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from twisted.internet import asyncioreactor

asyncioreactor.install(asyncio.new_event_loop())

from twisted.internet import reactor  # noqa: E402
from twisted.python.log import PythonLoggingObserver  # noqa: E402

from ivr.call.ports import Ending  # noqa: E402
from ivr.flow.events import KeySource, TransferOutcome  # noqa: E402
from ivr.sip.endpoint import SipEndpoint, SipLine  # noqa: E402
from ivr.sip.settings import SipSettings  # noqa: E402


@dataclass(frozen=True)
class Behaviour:
    """What the gateway does.

    Attributes:
        greeting: files played, as one list, when the call is answered.
        after_key: for each key, the files played after it in place of what plays; "" for all other keys.
        answer: answer at once.
        loop: play the greeting again and again.
        tap: file that gets the sound of both sides; empty for none.
    """

    greeting: Sequence[str] = ()
    after_key: Mapping[str, Sequence[str]] = field(default_factory=dict)
    answer: bool = True
    loop: bool = False
    tap: str = ""


def say(event: str, **facts: Any) -> None:
    """Print what happened; `at` is seconds of the wall clock."""
    sys.stdout.write(json.dumps({"event": event, "at": time.time(), **facts}) + "\n")
    sys.stdout.flush()


class Listener:
    """Answers, plays and prints."""

    def __init__(self, line: SipLine, behaviour: Behaviour) -> None:
        self.line = line
        self._behaviour = behaviour
        self._tapped = bytearray()

    def start(self) -> None:
        say("offered", caller=self.line.caller, dialled=self.line.dialled, user_agent=self.line.user_agent)
        self.line.listen_to(self)
        if self._behaviour.answer:
            self.line.answer()

    def answered(self) -> None:
        say("answered")
        if self._behaviour.tap:
            self.line.tap(self._tapped.extend)
        self._play(self._behaviour.greeting, "greeting")

    def digit(self, digit: str, source: KeySource) -> None:
        say("digit", digit=digit, source=source)
        after_key = self._behaviour.after_key
        self._play(after_key.get(digit, after_key.get("", ())), digit)

    def ended(self, ending: Ending) -> None:
        if self._behaviour.tap:
            Path(self._behaviour.tap).write_bytes(self._tapped)
        say("ended", **asdict(ending), quality=asdict(self.line.quality()))
        lines.discard(self)

    def transferred(self, outcome: TransferOutcome) -> None:
        say("transferred", outcome=outcome)

    def _play(self, files: Sequence[str], name: str) -> None:
        if files:
            self.line.play([Path(file) for file in files], lambda: self._played(name))

    def _played(self, name: str) -> None:
        say("finished", what=name)
        if self._behaviour.loop:
            self._play(self._behaviour.greeting, "greeting")


lines: set[Listener] = set()


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    PythonLoggingObserver().start()
    arguments = json.loads(sys.argv[1])
    behaviour = Behaviour(**arguments.pop("behaviour", {}))

    def offered(line: SipLine) -> None:
        listener = Listener(line, behaviour)
        lines.add(listener)
        listener.start()

    endpoint = SipEndpoint(SipSettings(**arguments), reactor, offered)  # type: ignore[arg-type]

    def stop() -> None:
        def gone(_: Any) -> None:
            say("stopped")
            reactor.stop()  # type: ignore[attr-defined]

        endpoint.stop().addCallback(gone)

    def status() -> None:
        threads = [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]
        say(
            "status",
            calls=endpoint.calls_in_progress,
            capacity=endpoint.capacity,
            slots=endpoint.library.native.calls(),
            retired=endpoint.library.retired,
            threads=len(threads),
            mixing="clock" in threads,
            files=len(list(Path("/proc/self/fd").iterdir())),
            registration=endpoint.registration,
            rss_kb=int(Path("/proc/self/statm").read_text().split()[1]) * 4,
        )

    def each(act: Callable[..., object]) -> Callable[..., object]:
        return lambda *parameters: [act(listener, *parameters) for listener in list(lines)]

    commands: dict[str, Callable[..., object]] = {
        "drain": endpoint.drain,
        "stop": stop,
        "status": status,
        "cpu": lambda: say("cpu", seconds=sum(os.times()[:2])),
        "reject": each(lambda listener, code: listener.line.reject(int(code))),
        "hang_up": each(lambda listener: listener.line.hang_up()),
        "quality": each(lambda listener: say("quality", **asdict(listener.line.quality()))),
        "transfer": each(lambda listener, uri, ms: listener.line.transfer(uri, int(ms), listener.transferred)),
    }

    def read() -> None:
        for text in sys.stdin:
            name, *parameters = text.split()
            reactor.callFromThread(commands[name], *parameters)  # type: ignore[attr-defined]
        reactor.callFromThread(stop)  # type: ignore[attr-defined]

    endpoint.start()
    say("ready", capacity=endpoint.capacity)
    threading.Thread(target=read, daemon=True).start()
    reactor.run()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
