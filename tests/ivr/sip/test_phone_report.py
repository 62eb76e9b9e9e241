from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from audio import tones
from audio.pcm import Pcm
from ivr.sip.phone_report import (
    HeardPrompt,
    PhoneQuality,
    PhoneReport,
    PressedKey,
    SentKeys,
    SentSpeech,
    answered,
    groups_of,
    prompts_in,
)

STEP_MS = 5


def line(sounds: Sequence[tuple[int, int]], total_ms: int = 20_000) -> Pcm:
    """A line with a tone at these times and the faint noise of A-law else."""
    samples = np.random.default_rng(1).choice(np.array([-8, 8], np.int16), total_ms * 8)
    for start, end in sounds:
        samples[start * 8 : end * 8] = tones.tone([(300.0, -15.0)], end - start).samples
    return Pcm(samples, 8000)


def spans(prompts: Sequence[HeardPrompt]) -> list[tuple[float, float]]:
    return [(prompt.start_ms, prompt.end_ms) for prompt in prompts]


def about(expected: Sequence[tuple[int, int]]) -> object:
    return [pytest.approx(span, abs=STEP_MS) for span in expected]


def test_a_silent_line_has_no_prompts() -> None:
    assert prompts_in(line([]), []) == ()
    assert prompts_in(Pcm.silence(0, 8000), []) == ()


def test_clauses_are_one_prompt_and_prompts_are_apart() -> None:
    heard = line([(1000, 2000), (2500, 4000), (5300, 6000)])
    assert spans(prompts_in(heard, [])) == about([(1000, 4000), (5300, 6000)])


def test_a_key_in_silence_begins_a_new_prompt() -> None:
    heard = line([(1000, 2000), (2500, 4000)])
    assert spans(prompts_in(heard, [PressedKey("1", 0, 2300)])) == about([(1000, 2000), (2500, 4000)])


def test_a_key_that_interrupts_cuts_at_the_first_silence_after_it() -> None:
    heard = line([(1000, 2060), (2090, 3000), (3030, 4000)])
    assert spans(prompts_in(heard, [PressedKey("1", 0, 2000)])) == about([(1000, 2060), (2090, 4000)])


def test_a_key_that_does_not_interrupt_cuts_nothing() -> None:
    heard = line([(1000, 4000), (4500, 6000)])
    assert spans(prompts_in(heard, [PressedKey("1", 0, 2000)])) == about([(1000, 6000)])


def test_latency_is_from_the_last_key_of_a_group() -> None:
    prompts = [HeardPrompt(0, 1000), HeardPrompt(2630, 4000), HeardPrompt(6000, 7000)]
    pressed = [PressedKey("1", 0, 2400.4), PressedKey("2", 0, 2600), PressedKey("3", 1, 5200), PressedKey("4", 2, 8000)]
    assert groups_of(pressed, prompts) == (
        SentKeys("12", 2400, 2600, 30),
        SentKeys("3", 5200, 5200, 800),
        SentKeys("4", 8000, 8000, None),
    )


def test_a_prompt_after_the_next_keys_is_no_answer_to_the_keys_before() -> None:
    pressed = [PressedKey("1", 0, 1000), PressedKey("2", 1, 2000)]
    assert [keys.latency_ms for keys in groups_of(pressed, [HeardPrompt(2500, 3000)])] == [None, 500]


def test_the_answer_to_speech_is_the_first_prompt_that_begins_after_it_has_begun() -> None:
    spoken = (SentSpeech("a.wav", 1000, 2500), SentSpeech("b.wav", 9000, 9500))
    prompts = (HeardPrompt(0, 1400), HeardPrompt(3100, 6000))
    assert [speech.latency_ms for speech in answered(spoken, prompts)] == [600, None]


def test_who_is_understood_before_the_end_of_the_file_is_answered() -> None:
    spoken = (SentSpeech("a.wav", 1000, 3300),)
    assert [speech.latency_ms for speech in answered(spoken, (HeardPrompt(3000, 6000),))] == [-300]


def test_no_keys_are_no_groups() -> None:
    assert groups_of([], [HeardPrompt(0, 1000)]) == ()


def test_loss_is_a_share_of_what_was_sent() -> None:
    assert PhoneQuality("PCMA", received=95, lost=5).loss == 0.05
    assert PhoneQuality().loss == 0.0


def test_the_report_goes_through_json() -> None:
    report = PhoneReport(
        uri="sip:12345@127.0.0.1",
        answered_ms=12,
        prompts=(HeardPrompt(0, 900, "你好"), HeardPrompt(1500, 2000), HeardPrompt(3000, 4000, "再见")),
        keys=(SentKeys("1", 1000, 1000, 500),),
        unsent=("2",),
        ended_by="other",
        end_reason="remote",
        ended_ms=4100,
        sip_code=200,
        sip_reason="OK",
        quality=PhoneQuality("PCMA", 199, 1, 1.26),
        recording="call.wav",
    )
    assert json.loads(json.dumps(report.to_dict())) == {
        "uri": "sip:12345@127.0.0.1",
        "answered_ms": 12,
        "prompts": [
            {"start_ms": 0, "end_ms": 900, "text": "你好"},
            {"start_ms": 1500, "end_ms": 2000},
            {"start_ms": 3000, "end_ms": 4000, "text": "再见"},
        ],
        "keys": [{"keys": "1", "started_at_ms": 1000, "sent_at_ms": 1000, "latency_ms": 500}],
        "spoken": [],
        "unsent": ["2"],
        "ended_by": "other",
        "end_reason": "remote",
        "ended_ms": 4100,
        "sip_code": 200,
        "sip_reason": "OK",
        "quality": {"codec": "PCMA", "received": 199, "lost": 1, "jitter_ms": 1.3, "loss": 0.005},
        "recording": "call.wav",
        "heard": "你好\n再见",
    }


def test_what_was_not_transcribed_is_not_said_to_be_silence() -> None:
    assert "heard" not in PhoneReport(uri="", prompts=(HeardPrompt(0, 900),)).to_dict()
