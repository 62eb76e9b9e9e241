from __future__ import annotations

from collections.abc import Sequence

import pytest

from ivr.sip.phone_script import (
    Barge,
    Ear,
    HangUp,
    HangUpNow,
    Key,
    Press,
    Say,
    Script,
    ScriptError,
    Speak,
    Wait,
    parse_script,
)

Sounds = Sequence[tuple[float, float]]
FRAME_MS = 20


def perform(text: str, sounds: Sounds, for_ms: int = 60_000, **patience: float) -> list[tuple[int, str]]:
    """What the phone does while it hears sound at these times: (ms, key or reason of the hang-up)."""
    ear = Ear()
    script = Script(parse_script(text), ear, {"hello.wav": 2000.0}, **patience)
    done: list[tuple[int, str]] = []
    for now in range(0, for_ms, FRAME_MS):
        ear.hear(now, now + FRAME_MS, any(start <= now < end for start, end in sounds))
        action = script.next(now + FRAME_MS)
        if isinstance(action, HangUp):
            return [*done, (now + FRAME_MS, action.reason)]
        if isinstance(action, Speak):
            done.append((now + FRAME_MS, f"say {action.sound}"))
        if isinstance(action, Key):
            done.append((now + FRAME_MS, action.digit))
    return done


def test_groups_are_read() -> None:
    read = parse_script("1 wait:5 20260001# barge:1.5 *a say:a/b.wav hangup")
    assert read == (Press("1"), Wait(5.0), Press("20260001#"), Barge(1.5), Press("*A"), Say("a/b.wav"), HangUpNow())
    assert parse_script("  ") == ()


@pytest.mark.parametrize("group", ["12x", "wait", "wait:", "wait:-1", "wait:1s", "barge:x", "say:", "hangup:1", "１"])
def test_a_group_that_means_nothing_is_named(group: str) -> None:
    with pytest.raises(ScriptError) as raised:
        parse_script(f"1 {group}")
    assert str(raised.value).startswith(repr(group))


def test_keys_wait_for_the_end_of_the_prompt() -> None:
    done = perform("1", [(500, 3000), (4000, 6000), (8000, 9000)])
    # The pause of a second within the prompt is no end of it; after the key another prompt is heard out.
    assert done == [(7200, "1"), (12000, "finished")]


def test_speech_waits_for_the_end_of_the_prompt_and_its_answer_is_what_comes_after_it() -> None:
    done = perform("say:hello.wav 1", [(500, 3000), (4500, 6000), (7000, 9000)])
    # The sound at 4500 comes while the phone speaks; the answer begins at 7000.
    assert done == [(4200, "say hello.wav"), (10200, "1"), (25200, "no_sound")]


def test_speech_into_a_prompt() -> None:
    done = perform("barge:1 say:hello.wav hangup", [(500, 2000), (5000, 6000)])
    assert done == [(1500, "say hello.wav"), (3500, "hangup")]


def test_speech_that_was_not_reached_is_named() -> None:
    assert Script(parse_script("1 say:hello.wav"), Ear(), {}).unsent() == ("1", "say:hello.wav")


def test_keys_of_a_group_are_a_fifth_of_a_second_apart() -> None:
    done = perform("12#", [(0, 1000), (4000, 5000)])
    assert done == [(2200, "1"), (2400, "2"), (2600, "#"), (8000, "finished")]


def test_each_group_waits_for_a_prompt_of_its_own() -> None:
    done = perform("1 2", [(0, 1000), (5000, 6000), (9000, 9500)])
    assert done == [(2200, "1"), (7200, "2"), (12500, "finished")]


def test_barge_counts_from_the_beginning_of_the_prompt() -> None:
    done = perform("barge:1.5 1", [(500, 5000)], for_ms=3000)
    assert done == [(2000, "1")]


def test_the_tail_of_an_interrupted_prompt_is_not_the_next_prompt() -> None:
    tail, pause = 2060, 2000
    done = perform("barge:1.5 1 2", [(500, tail), (tail + pause, 5000)])
    assert done[:2] == [(2000, "1"), (6200, "2")]


def test_a_prompt_that_follows_without_a_pause_is_the_next_prompt() -> None:
    done = perform("barge:1.5 1 2", [(500, 5000)])
    assert done[:2] == [(2000, "1"), (6200, "2")]


def test_waiting_says_nothing_and_forgets_nothing() -> None:
    assert perform("wait:5 1", [(0, 1000)], for_ms=6000) == [(5000, "1")]
    # After the wait a prompt is still waited for.
    assert perform("wait:5 1", [(6000, 7000)], for_ms=9000) == [(8200, "1")]


def test_hang_up_is_at_once() -> None:
    assert perform("hangup", []) == [(FRAME_MS, "hangup")]
    assert perform("barge:1 hangup", [(500, 9000)]) == [(1500, "hangup")]
    # But the key before it is pressed to its end.
    assert perform("1 hangup", [(0, 1000)]) == [(2200, "1"), (2400, "hangup")]


def test_without_a_script_the_phone_listens() -> None:
    assert perform("", [(1000, 2000), (4000, 5000)]) == [(8000, "finished")]
    assert perform("", [(1000, 2000)], last_silence_ms=500) == [(2500, "finished")]


@pytest.mark.parametrize("script", ["", "1", "barge:1 1"])
def test_a_prompt_is_not_waited_for_forever(script: str) -> None:
    assert perform(script, [], patience_ms=7000) == [(7000, "no_sound")]


def test_patience_begins_anew_with_each_key() -> None:
    assert perform("1", [(0, 1000)], patience_ms=7000) == [(2200, "1"), (9200, "no_sound")]


def test_what_was_not_pressed_is_known() -> None:
    ear = Ear()
    script = Script(parse_script("12 wait:3 3"), ear)
    assert script.unsent() == ("12", "3")
    ear.hear(0, 20, True)
    assert script.next(2000) == Key("1", 0)
    assert script.unsent() == ("2", "3")
    assert script.next(2100) is None
    assert script.next(2200) == Key("2", 0)
    assert script.unsent() == ("3",)
