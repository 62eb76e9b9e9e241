"""The answer store at the size of a large county: 10,000 service items and 100,000 notices.

    python -m benchmarks.answers

First a whole synchronisation over a link of 256 kbit/s that is cut again and again: it must go on where it was, and end
with what the backend has. The link may run faster than that (`--speed-up`) to save time; what counts is the bytes that
it carried, and the time that they take at 256 kbit/s. Then how much processor time an answer takes a line worker.

Not over midnight in China: the demo backend begins each day with its own content, and with nothing else.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from backend_client.demo.changes import note_changes
from backend_client.demo.server import china_now
from backend_client.demo.store import Store
from backend_client.demo.tables import NoticeRow, ServiceItemRow
from backend_client.store.reader import AnswerStore
from backend_client.store.search import warm_up
from benchmarks.link import Link

ITEMS = 10_000
NOTICES = 100_000
#: Bytes per second of the link between township and county.
LINK = 256_000 / 8
KINDS = ("power_outage", "water_outage", "road", "flood", "farming")
TOWNSHIPS = ("qingshui", "shiqiao", "liulin", "qingshan", "dawan", None)
WORDS = ("补贴 老人", "身份证", "房子", "医保", "残疾")
#: A single character, which stands in half of the items or in a few, and Latin letters and figures.
LETTERS = ("的", "证", "补", "办 理", "a", "1", "x allow")
DEPARTMENTS = ("公安", "民政", "局")
QUESTIONS = ("老人补贴怎么领", "新农合在哪里办", "身份证掉了", "房子裂了要垮了", "我想在村里修新房子", "高铃补铁")


def fill(file: Path, items: int, notices: int) -> None:
    """Make a demo database of this size: its own content, and variations of it."""
    store = Store(file, lambda: china_now().date())
    chance = random.Random(1)
    with store.session() as session:
        patterns = session.query(ServiceItemRow).all()
        samples = session.query(NoticeRow).all()
        session.add_all(_items(patterns, items - len(patterns)))
        session.add_all(_notices(samples, notices - len(samples), chance))
        session.flush()
        note_changes(session)
    store.close()


def _items(patterns: list[ServiceItemRow], count: int) -> Iterator[ServiceItemRow]:
    for number in range(count):
        like = patterns[number % len(patterns)]
        texts = {
            language: {**told, "name": f"{told['name']}第{number}种", "address": f"{told['address']}{number}号"}
            for language, told in like.texts.items()
        }
        yield ServiceItemRow(
            code=f"{like.code}_{number}",
            position=1000 + number,
            days=like.days,
            phone=like.phone,
            number=f"{number:012d}",
            frequent=False,
            by_others=like.by_others,
            texts=texts,
        )


def _notices(samples: list[NoticeRow], count: int, chance: random.Random) -> Iterator[NoticeRow]:
    """Three years of notices, of which those of the next days are not over."""
    now = china_now()
    for number in range(count):
        like = samples[number % len(samples)]
        starts = now - timedelta(hours=chance.uniform(-72, 3 * 8760))
        texts = {
            language: {
                **told,
                "text": f"{told['text']}编号{number}。",
                "area": f"{told['area']}{chance.randrange(200)}组",
            }
            for language, told in like.texts.items()
        }
        yield NoticeRow(
            id=f"notice-{number}",
            kind=chance.choice(KINDS),
            township=chance.choice(TOWNSHIPS),
            starts_at=starts.isoformat(),
            ends_at=(starts + timedelta(hours=9)).isoformat(),
            texts=texts,
        )


def synchronise(folder: Path, database: Path, speed_up: float, cuts: int) -> dict[str, Any]:
    """Run `ivr sync --once` until it is through, over a link that is cut so often. Return the figures."""
    command = [sys.executable, "-m", "ivr.cli"]
    demo = subprocess.Popen(
        [*command, "backend-demo", "--port", "0", "--database", str(database)], stdout=subprocess.PIPE, text=True
    )
    assert demo.stdout
    port = int(demo.stdout.readline().rpartition(":")[2])
    link = Link(port, bytes_per_second=LINK * speed_up)
    link.start()
    settings = folder / "settings.yaml"
    settings.write_text(
        f"backend: {{base_url: 'http://127.0.0.1:{link.port}', size_limit: 5000000}}\nanswers: {{languages: [zh]}}\n"
    )
    environment = {**os.environ, "XIANGYIN_DATA": str(folder / "data")}
    started = time.monotonic()
    rounds, cut = 0, 0
    while True:
        rounds += 1
        sync = subprocess.Popen(
            [*command, "sync", "--once", "--settings", str(settings)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        # Cut after another megabyte or so has come, in the middle of whatever is under way.
        goal = link.carried + 700_000
        while sync.poll() is None:
            time.sleep(0.05)
            if cut < cuts and link.carried > goal:
                cut += 1
                goal = link.carried + 700_000
                link.cut()
                time.sleep(0.5)
                link.mend()
        if (sync.returncode == 0 and cut == cuts) or rounds > 3 * cuts + 3:
            break
    took = time.monotonic() - started
    demo.send_signal(signal.SIGTERM)
    demo.wait(20)
    link.stop()
    return {"rounds": rounds, "cuts": cut, "seconds": took, "bytes": link.carried, "status": sync.returncode}


def compare(database: Path, file: Path) -> None:
    """Raise unless the store has what the backend has."""
    with sqlite3.connect(database) as demo, sqlite3.connect(file) as store:
        for collection, table, key in (("service-items", "service_items", "code"), ("notices", "notices", "id")):
            theirs = {each for (each,) in demo.execute(f"SELECT {key} FROM {table}")}
            ours = {each for (each,) in store.execute("SELECT key FROM content WHERE collection = ?", (collection,))}
            assert theirs == ours, f"{collection}: {len(theirs)} there, {len(ours)} here"


def measure(file: Path, count: int) -> dict[str, list[float]]:
    """Return how much processor time answers took, in milliseconds, by question."""
    # As line workers do when they start.
    warm_up()
    reader = AnswerStore(file, lambda: datetime.now(timezone.utc).astimezone())
    chance = random.Random(2)
    with sqlite3.connect(file) as store:
        codes = [key for (key,) in store.execute("SELECT key FROM content WHERE collection = 'service-items'")]
    questions: dict[str, Any] = {
        "get_service_item": lambda: ("get_service_item", {"code": chance.choice(codes)}),
        "list_notices, of a township and a kind": lambda: (
            "list_notices",
            {"kind": chance.choice(KINDS), "township": chance.choice(TOWNSHIPS)},
        ),
        "list_notices, all": lambda: ("list_notices", {}),
        "list_service_items, all": lambda: ("list_service_items", {}),
        "list_service_items, by words": lambda: ("list_service_items", {"q": chance.choice(WORDS)}),
        "list_service_items, by single characters": lambda: ("list_service_items", {"q": chance.choice(LETTERS)}),
        "list_service_items, of a department and by a character": lambda: (
            "list_service_items",
            {"q": chance.choice(LETTERS), "department": chance.choice(DEPARTMENTS)},
        ),
        "find_answers": lambda: ("find_answers", {"q": chance.choice(QUESTIONS)}),
    }
    took: dict[str, list[float]] = {name: [] for name in questions}
    for name, question in questions.items():
        for _ in range(count):
            operation, arguments = question()
            started = time.process_time()
            answer = reader.answer(operation, arguments, "zh")
            took[name].append((time.process_time() - started) * 1000)
            assert answer is not None
            assert answer.data is not None, (operation, arguments)
    reader.close()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--notices", type=int, default=NOTICES)
    parser.add_argument("--cuts", type=int, default=5)
    parser.add_argument("--speed-up", type=float, default=8.0)
    parser.add_argument("--questions", type=int, default=300)
    arguments = parser.parse_args()
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "demo.sqlite"
        fill(database, arguments.items, arguments.notices)
        result = synchronise(folder, database, arguments.speed_up, arguments.cuts)
        assert result["status"] == 0, result
        file = folder / "data" / "answers" / "content.sqlite"
        compare(database, file)
        at_speed = result["bytes"] / LINK
        say(f"synchronised {arguments.items} items and {arguments.notices} notices: {result['bytes'] / 1e6:.1f} MB, ")
        say(f"that is {at_speed / 60:.1f} min at 256 kbit/s; {result['cuts']} cuts, {result['rounds']} rounds, ")
        say(f"{result['seconds']:.0f} s at {arguments.speed_up:g} times that speed; ")
        say(f"store {file.stat().st_size / 1e6:.0f} MB\n")
        for question, took in measure(file, arguments.questions).items():
            ninety_fifth = statistics.quantiles(took, n=20)[-1]
            say(f"{question}: median {statistics.median(took):.2f} ms, 95 % {ninety_fifth:.2f}, most {max(took):.2f}\n")


if __name__ == "__main__":
    main()
