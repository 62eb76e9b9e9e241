"""Speech that is not understood, and workers that fail: keys are left, and speech is tried again."""

from __future__ import annotations

from ivr.flow import commands, events
from tests.ivr.flow.caller import Caller, menu_set
from tests.ivr.flow.test_speech import HINT, caller, menu


def test_speech_stops_the_clock_and_noise_starts_it_again() -> None:
    someone = caller().listen()
    assert someone.timer_names == ["first_input"]
    someone.speak()
    assert someone.timer_names == []
    someone.turn, token = None, someone.turn.token if someone.turn else 0
    someone.give(events.HeardNothing(token, "noise"))
    assert someone.timer_names == ["first_input"]
    assert someone.turn is not None


def test_noise_that_is_no_speech_leaves_the_clock_alone() -> None:
    someone = caller().listen().make_noise("filler")
    assert not any(isinstance(command, commands.StartTimer) for command in someone.last)
    assert someone.turn is not None


def test_endless_noise_leads_to_keys_alone() -> None:
    someone = caller().listen()
    for _ in range(20):
        if someone.turn is None:
            break
        someone.make_noise()
    assert someone.turn is None and someone.heard[-1] == "对不起，现在听不清您说话，请您按键。"
    assert someone.listen().timer_names == ["first_input"]


def test_silence_is_told_from_speech_that_is_not_understood() -> None:
    someone = caller().listen().wait()
    assert someone.inputs() == [("no_input", "")]
    assert someone.heard[-1].startswith("没有听到您说话，也没有听到您按键。")


# Not understood


def test_not_understood_is_asked_again_then_keys_alone() -> None:
    someone = caller().listen().mumble()
    assert someone.heard[-1].startswith("对不起，我没有听清。请您再说一遍，按键也行。")
    assert someone.turn is not None
    someone.listen().mumble()
    assert someone.heard[-1].startswith("还是没有听清，不要紧，请您按键。")
    assert someone.turn is None
    assert HINT not in someone.heard[-1]
    assert [outcome for outcome, _ in someone.inputs()] == ["unheard", "unheard"]
    assert someone.press("1").heard[-1] == "这是进度。"
    assert someone.turn is not None, "the next node listens again"


def test_not_understood_never_uses_up_the_tries_of_keys() -> None:
    someone = caller(menu(tries={"silence": 1, "wrong": 1, "speech": 3})).listen()
    someone.mumble().listen().mumble().listen().mumble()
    assert "exhausted" not in someone.outcomes()
    assert someone.press("2").heard[-1] == "这是政策。"


# The worker fails


def test_a_worker_that_fails_before_anything_is_said_is_told_of_after_the_prompt() -> None:
    someone = caller().deafen()
    assert len(someone.heard) == 1 and someone.playing is not None
    someone.listen()
    assert someone.heard[-1] == "对不起，现在听不清您说话，请您按键。"
    assert someone.listen().timer_names == ["first_input"]
    assert someone.press("1").heard[-1] == "这是进度。"


def test_a_worker_that_fails_while_the_caller_is_waited_for() -> None:
    someone = caller().listen().deafen()
    assert someone.heard[-1] == "对不起，现在听不清您说话，请您按键。"
    assert someone.timer_names == []
    assert someone.listen().timer_names == ["first_input"]


def test_a_worker_that_fails_when_the_caller_has_spoken() -> None:
    for someone in (caller().speak().deafen("slow"), caller().listen().speak().deafen("slow")):
        assert someone.heard[-1].startswith("对不起，现在听不清您说话，请您按键。查进度，请按一。")
        assert someone.turn is None and not someone.paused
        assert someone.inputs() == []
        assert someone.press("2").heard[-1] == "这是政策。"


def test_speech_is_tried_again_at_later_nodes_and_less_and_less_often() -> None:
    someone = caller()
    tried: list[bool] = []
    for _ in range(12):
        tried.append(someone.turn is not None)
        if someone.turn is not None:
            someone.deafen()
        someone.press("1").press("9")  # the menu, then the answer, which 9 interrupts
    assert tried == [True, False, True, False, False, True, False, False, False, False, True, False]


def test_a_worker_that_understands_again_is_trusted_again() -> None:
    someone = caller().deafen().press("1").listen().press("1").listen()
    assert someone.turn is not None and someone.state.hearing_failures == 1
    someone.say("1")
    assert someone.state.hearing_failures == 0


def test_an_answer_goes_on_when_the_worker_fails_in_it() -> None:
    someone = caller().say("1").speak().deafen()
    assert not someone.paused and someone.playing is not None
    assert someone.heard[-1] == "这是进度。"


# A bad line


def test_a_bad_line_means_short_slow_prompts_and_keys_alone() -> None:
    someone = caller(menu(short={"zh": "请选。"})).listen().speak()
    someone.give(events.QualityChanged("bad", "loss 12 %"))
    assert someone.turn is not None
    someone.give(events.HeardNothing(someone._end_of_turn(), "out_of_set"))
    assert someone.heard[-1].startswith("电话里的声音不太清楚，请您按键。")
    assert someone.turn is None
    assert someone.playing is not None and someone.playing.pace == "slow"
    someone.press("1").listen()
    assert someone.heard[-1].startswith("请选。"), "the short prompt"
    assert someone.playing.pace == "slow" and someone.turn is None


# Everything in every state


def test_events_of_speech_mean_nothing_where_nobody_listens() -> None:
    stale: list[events.Event] = [
        events.SpeechStarted(99),
        events.Heard(99, "accept", "", (events.Candidate("1"),)),
        events.HeardNothing(99),
        events.HearingFailed(99, "slow"),
    ]
    for someone in (Caller(menu_set(menu())), caller(), Caller(menu_set(menu()), answered=False)):
        before = someone.state
        for event in stale:
            someone.give(event)
        assert someone.state == before
