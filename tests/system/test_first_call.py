"""The main job, as a resident does it: ring, press, hear. With our phone and with baresip, on a whole gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audio import wav
from audio.level import sounds
from audio.pcm import Pcm
from audio.resample import resample
from speech.heard import contains_phrase, phrase_error
from speech.transcribe import Transcriber
from tests.system.baresip import baresip
from tests.system.running import PREPARED, Running, gateway

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]
#: Share of the syllables of a phrase that the recogniser may have wrong.
TOLERANCE = 0.34
#: Of the answer about case 20260001, as `backend_client/demo/data/cases.yaml` has it. Whole sentences, because a
#: recogniser that gets two syllables of a short phrase wrong has still understood it.
ANSWER = ("您办的高龄补贴，正在审核", "镇上已经看过材料，现在县民政局正在核对")
#: How many callers may wait for a clause of the answer on a busy machine, until one hears it at once.
CALLERS = 4
#: Silence that parts one sentence from the next, in milliseconds.
GAP_MS = 700


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway")) as started:
        started.wait_for_backend()
        started.wait_for_log("speech is understood in", timeout=180.0)
        yield started


def assert_heard(heard: str, *phrases: str) -> None:
    for phrase in phrases:
        error = phrase_error(heard, phrase)
        assert contains_phrase(heard, phrase, TOLERANCE), f"{phrase!r} was not heard ({error:.2f}) in: {heard}"


def step_of(shown: dict[str, Any], node: str) -> dict[str, Any]:
    """The first step of a call at a node."""
    return next(step for step in shown["steps"] if step["node"] == node)


def heard_by_baresip(running: Running, folder: Path) -> tuple[Pcm, int]:
    """What a caller hears who asks for a case until its answer has been said, and how many clauses were late.

    An answer is more than one prompt, and a filler parts the words of whichever is late.
    """
    earlier = len(running.journal())
    with baresip(folder) as phone:
        phone.dial(running.uri)
        running.wait_for("offered", lambda data: data["user_agent"].startswith("baresip"), since=earlier)
        phone.press("1")
        running.wait_for("step_entered", lambda data: data["node"] == "ask_number", since=earlier)
        phone.press("20260001")
        running.wait_for(
            "played", lambda data: "核对" in data["text"] and data["ended"] == "finished", 90.0, since=earlier
        )
        late_clauses = sum(data["late_clauses"] for data in running.records("played", since=earlier))
        phone.command("hangup")
        running.wait_for("closed", lambda data: data["ended_by"] == "caller", since=earlier)
        return resample(wav.read(phone.heard()), 8000), late_clauses


def test_baresip_hears_the_answer(running: Running, tmp_path: Path) -> None:
    """The first caller waits for the answer, because it takes a while to make; what came late is ready for the next."""
    for number in range(CALLERS):
        heard, late_clauses = heard_by_baresip(running, tmp_path / f"caller-{number}")
        if not late_clauses:
            break
    # The recogniser takes one language at a time, and the call began with a sentence in English: each sound by itself.
    recogniser = Transcriber(PREPARED / "models" / "whisper-base")
    spans = sounds(heard, join_ms=GAP_MS)
    text = "\n".join(recogniser.transcribe(heard.cut(start, end + GAP_MS), "zh").text for start, end in spans)
    assert_heard(text, *ANSWER)


def test_the_whole_case_status_dialogue_is_heard_and_logged(running: Running) -> None:
    report = running.phone("1 20260001# wait:30 hangup", "--listen")
    assert_heard(report["heard"], "您好，这里是政务服务热线", "查办件进度，请按一", "请输入您的办件号码", *ANSWER)

    shown = running.call("last")
    call = shown["call"]
    assert (call["ended_by"], call["sip_code"], call["outcome"]) == ("caller", 200, "served")
    assert (call["tree"], call["language"], call["key_source"]) == ("hotline", "zh", "rfc4733")
    assert (call["codec"], call["rtp_lost"]) == ("PCMA", 0)
    assert step_of(shown, "main_menu")["input"] == "1"
    assert step_of(shown, "ask_number")["input"] == "20260001"
    query = step_of(shown, "look_up")
    assert (query["backend_operation"], query["backend_status"]) == ("get_case", "ok")
    answer = step_of(shown, "say_state")
    assert (answer["played_ms"], answer["outcome"]) == (answer["total_ms"], "finished")
