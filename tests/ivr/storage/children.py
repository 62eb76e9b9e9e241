"""Processes that are killed: `python -m tests.ivr.storage.children NAME ARGUMENTS`."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from ivr.call.journal import FileJournal
from ivr.call.ports import Record
from ivr.storage.database import open_database
from ivr.storage.shipper import Shipper
from tests.ivr.storage.made import lines_of


def now() -> datetime:
    return datetime.now(timezone.utc)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def writer(folder: str, name: str, seed: str) -> None:
    """Write calls without end, and say after each append which records may now be acted upon."""
    journal = FileJournal(Path(folder), "line1", now, rotate_bytes=20_000)
    write_calls(journal, name, random.Random(seed))


def torn_writer(folder: str, name: str, seed: str) -> None:
    """The same, but the process is killed in the middle of a write, when only some of its bytes are in the file."""
    dice = random.Random(seed)
    fatal = dice.randint(2, 60)
    writes = 0

    def write(descriptor: int, data: bytes) -> int:
        nonlocal writes
        writes += 1
        if writes == fatal:
            os.write(descriptor, data[: dice.randrange(len(data))])
            die()
        return os.write(descriptor, data)

    journal = FileJournal(Path(folder), "line1", now, rotate_bytes=20_000, write=write)
    write_calls(journal, name, dice)


def write_calls(journal: FileJournal, name: str, dice: random.Random) -> None:
    script = [Record(line.kind, line.name, line.data) for line in lines_of()]  # type: ignore[arg-type]
    number = 0
    calls = 4
    places = [(f"{name}-{call}", 0) for call in range(calls)]
    while True:
        turn = dice.randrange(4)
        call, place = places[turn]
        records = script[place : place + dice.randint(1, 4)]
        numbered = [Record(r.kind, r.name, {**r.data, "number": number + i}) for i, r in enumerate(records)]
        number += len(records)
        journal.append(call, numbered)
        os.write(1, f"{number}\n".encode())
        time.sleep(0.001)  # a worker is not that busy either
        places[turn] = (call, place + len(records))
        if place + len(records) == len(script):
            places[turn] = (f"{name}-{calls}", 0)
            calls += 1


def shipper(folder: str, url: str, fatal: int) -> None:
    """Ship once, and be killed at the given step of the work with the database."""
    engine = open_database(url)
    kill_at(engine, fatal)
    Shipper(Path(folder), engine, now, batch_bytes=2000).ship()
    engine.dispose()


def shippers(folder: str, url: str, seed: str) -> None:
    """Shippers one after the other, each killed at another step and started again; says how each one ended.

    They are forked, because starting Python anew takes longer than all that they do. Between two of them this waits for
    a line on standard input.
    """
    dice = random.Random(seed)
    while True:
        process = os.fork()
        if process == 0:
            # Making the tables takes more steps than a batch: some must get through it, and some must die in it.
            shipper(folder, url, dice.randint(1, dice.choice((60, 60, 60, 60, 60, 300))))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        os.write(1, f"{code}\n".encode())
        if code == 0:
            return
        dice.random()
        sys.stdin.readline()


def kill_at(engine: Engine, fatal: int) -> None:
    steps = 0

    def step(*_: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == fatal:
            die()

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(engine, name, step)
    # The pool hears of a connection when its transaction is over, that is after the commit.
    event.listen(engine, "checkin", step)


CHILDREN: dict[str, Callable[..., None]] = {"writer": writer, "torn_writer": torn_writer, "shippers": shippers}

if __name__ == "__main__":
    CHILDREN[sys.argv[1]](*sys.argv[2:])
