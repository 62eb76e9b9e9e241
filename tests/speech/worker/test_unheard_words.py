"""Words that the engine can never hear are told in the log, once; the others are heard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.speech.worker.fakes import FakeRecogniser, silence, spoken
from tests.speech.worker.test_hearing import WORDS, Caller, run


def test_words_that_the_model_lacks_are_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(connect: Callable[[], Awaitable[Caller]]) -> None:
        caller = await connect()
        for turn in (1, 2):
            await caller.ask(turn)
            await caller.speak(silence(300), spoken(1), silence(900))
            assert (await caller.until("transcript"))[-1].data["context"]["band"] == "accept"

    run(tmp_path, FakeRecogniser(WORDS, unheard=("奰屃",)), scenario)
    assert [record.getMessage().rpartition(" ")[2] for record in caplog.records if "lacks" in record.msg] == ["奰屃"]
