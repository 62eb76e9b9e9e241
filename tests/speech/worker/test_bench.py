"""The bench of a recogniser."""

from __future__ import annotations

import asyncio
import threading

import pytest

from speech.worker.bench import AHEAD, NOW, SOME_TIME, Bench
from speech.worker.refusal import RefusedError


def test_the_most_urgent_work_is_done_first_and_unwanted_work_not_at_all() -> None:
    done: list[str] = []
    held, begun = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert held.wait(10)

    async def main() -> None:
        bench = Bench(9)
        first = bench.submit(NOW, hold)
        assert await asyncio.to_thread(begun.wait, 10)
        others = [
            bench.submit(SOME_TIME, lambda: done.append("recording")),
            bench.submit(AHEAD, lambda: done.append("ahead")),
            bench.submit(NOW, lambda: done.append("now")),
        ]
        hurried = bench.submit(SOME_TIME, lambda: done.append("hurried"))
        unwanted = bench.submit(NOW, lambda: done.append("unwanted"))
        unwanted.cancel()
        bench.hurry(hurried)
        assert bench.waiting == 4
        held.set()
        await asyncio.gather(first, *others, hurried)
        bench.close()

    asyncio.run(main())
    assert done == ["now", "hurried", "ahead", "recording"]


def test_what_nobody_waits_for_leaves_a_place_for_who_does() -> None:
    held = threading.Event()

    async def main() -> None:
        bench = Bench(9, places=2)
        recordings = [bench.submit(SOME_TIME, lambda: held.wait(10)) for _ in range(3)]
        assert bench.waiting == 2, "one is written down, the other place is kept free"
        assert await bench.submit(NOW, lambda: "decided") == "decided"
        held.set()
        assert all(await asyncio.gather(*recordings))
        bench.close()

    asyncio.run(main())


def test_places_are_used_at_once() -> None:
    meeting = threading.Barrier(2)

    async def main() -> None:
        bench = Bench(9, places=2)
        assert sorted(await asyncio.gather(*(bench.submit(NOW, lambda: meeting.wait(10)) for _ in range(2)))) == [0, 1]
        bench.close()

    asyncio.run(main())


def test_too_much_is_refused() -> None:
    async def main() -> None:
        held = threading.Event()
        bench = Bench(1)
        running = bench.submit(NOW, lambda: held.wait(10))
        waiting = bench.submit(NOW, lambda: 7)
        with pytest.raises(RefusedError, match="waiting"):
            bench.submit(NOW, lambda: 8)
        held.set()
        assert await running
        assert await waiting == 7
        bench.close()

    asyncio.run(main())


def test_an_error_goes_to_who_waits_and_the_bench_goes_on() -> None:
    def fail() -> None:
        raise ValueError("broken")

    async def main() -> None:
        bench = Bench(4)
        with pytest.raises(ValueError, match="broken"):
            await bench.submit(NOW, fail)
        assert await bench.submit(NOW, lambda: 7) == 7
        bench.close()

    asyncio.run(main())


def test_closing_drops_what_waits() -> None:
    async def main() -> None:
        held = threading.Event()
        bench = Bench(4)
        running = bench.submit(NOW, lambda: held.wait(10))
        waiting = bench.submit(NOW, lambda: 7)
        bench.close()
        assert waiting.cancelled()
        held.set()
        assert await running

    asyncio.run(main())


def test_a_place_can_be_spared_while_another_one_is_free() -> None:
    held = threading.Event()

    async def main() -> None:
        alone, bench = Bench(9), Bench(9, places=2)
        assert not alone.can_spare_a_place
        assert bench.can_spare_a_place
        work = bench.submit(NOW, lambda: held.wait(10))
        assert not bench.can_spare_a_place
        held.set()
        await work
        assert bench.can_spare_a_place
        alone.close()
        bench.close()

    asyncio.run(main())
