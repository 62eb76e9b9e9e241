"""A caller, a line, a backend and a speech worker who do anything, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ivr.flow import commands, events
from menus.model import MenuSet
from tests.ivr.flow.caller import Caller

MOST_STEPS = 600
#: What is said where a number is asked for.
SPOKEN_NUMBER = "02112345678"
Actions = Sequence[tuple[str, str]]

ACTIONS = st.one_of(
    st.integers(0, 30).map(lambda number: ("reply", str(number))),
    st.sampled_from("0123456789*#").map(lambda key: ("press", key)),
    st.sampled_from(["listen", "wait", "talk", "mumble", "deafen", "noise", "recorded", "silent", "lost_disk"]).map(
        lambda kind: (kind, "")
    ),
    st.sampled_from([("reply", ""), ("fail", ""), ("kept", ""), ("not_kept", ""), ("sent", "sent")]),
    st.sampled_from([("sent", "failed"), ("transfer", "busy"), ("transfer", "ended"), ("too_long", "")]),
    st.sampled_from(["1", "2", "operator", "back", "main_menu", "slower", "repeat", "help", "yes", "no"]).map(
        lambda meant: ("say", meant)
    ),
)


def anything_happens(
    menus: MenuSet, actions: Actions, replies: Sequence[Any], *, speech: tuple[str, ...], number: str
) -> dict[str, Any] | None:
    """Something is always under way until the call ends; the line breaks, and the call is taken up.

    `Caller` takes the state through JSON between all events.

    Returns:
        What was parked; None if nothing was.
    """
    caller = Caller(menus, speech=speech, number=number)
    for action in actions:
        if caller.state.phase == "ended":
            return None
        assert is_waiting_for_something(caller), f"nothing would ever happen again at {caller.state.node}"
        act(caller, *action, replies)
    caller.give(events.LineLost("media_timeout"))
    assert caller.state.phase == "ended"
    parked = next((command.state for command in caller.last if isinstance(command, commands.Park)), None)
    again = Caller(menus, speech=speech, number=number, parked=parked).press("1")
    for action in actions:
        if again.state.phase != "ended":
            act(again, *action, replies)
    return parked


def caller_falls_silent(menus: MenuSet, actions: Actions, replies: Sequence[Any], *, speech: tuple[str, ...]) -> None:
    """Whatever happened before: who does nothing any more is let go."""
    caller = Caller(menus, speech=speech)
    for action in actions:
        act(caller, *action, replies)
    for _ in range(MOST_STEPS):
        state = caller.state
        if state.phase == "ended":
            return
        if caller.paused:
            caller.make_noise()
        elif caller.playing:
            caller.listen()
        elif caller.recording:
            caller.recorded(cause="nothing")
        else:
            for kind in ("fail", "not_kept", "sent", "transfer", "wait"):
                act(caller, kind, "", replies)
    raise AssertionError(f"still going at {caller.state.tree}/{caller.state.node}")


def act(caller: Caller, kind: str, what: str, replies: Sequence[Any]) -> None:
    """Do what is possible now.

    Args:
        replies: what the backend may answer besides nothing.
    """
    state = caller.state
    speaking = caller.turn is not None and state.phase == "active"
    if kind == "press":
        caller.press(what)
    elif kind == "listen" and caller.playing and not caller.paused:
        caller.listen()
    elif kind == "wait" and caller.timer_names:
        caller.wait()
    elif kind == "say" and speaking:
        caller.say(what)
    elif kind == "talk" and speaking:
        caller.say(text="身份证", values=(SPOKEN_NUMBER,))
    elif kind == "mumble" and speaking:
        caller.mumble()
    elif kind == "deafen" and speaking:
        caller.deafen()
    elif kind == "noise" and speaking:
        caller.make_noise()
    elif kind in ("recorded", "silent", "lost_disk") and caller.recording:
        causes: dict[str, events.RecordingCause] = {"recorded": "stopped", "silent": "nothing", "lost_disk": "failed"}
        caller.recorded(cause=causes[kind])
    elif kind == "reply" and state.query:
        caller.reply(replies[int(what) % len(replies)] if what else None)
    elif kind == "fail" and state.query:
        caller.fail("timeout")
    elif kind == "kept" and state.leaving:
        caller.kept()
    elif kind == "not_kept" and state.leaving:
        caller.not_kept()
    elif kind == "sent" and state.sending:
        outcome: events.SendOutcome = "sent" if what == "sent" else "failed"
        caller.give(events.SendEnded(state.sending, outcome))
    elif kind == "transfer" and state.transfer:
        caller.give(events.TransferEnded(state.transfer, "busy" if what == "busy" else "ended"))
    elif kind == "too_long" and state.call_timer in caller.timers:
        caller.fire("call_length")


def is_waiting_for_something(caller: Caller) -> bool:
    state = caller.state
    under_way = state.query or state.transfer or state.leaving or state.sending or state.recording or state.hearing
    return bool(caller.playing or caller.timer_names or under_way)
