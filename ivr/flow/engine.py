"""The engine: `handle(state, event) -> (state, commands)`.

The theory, in one place. A call is always in one node of one tree. An event reaches the node only if its token is the
one that the node waits for; anything else is stale and changes nothing. A node answers with commands and, at some
point, with the name of the next node. The engine then enters that node, feeds it the keys typed ahead, and so on until
a node waits for something. Three limits make every path end: entries into one node, nodes entered without any key, and
the length of the call.

`handle` is total: any event in any state gives a result. It neither changes the state it is given nor remembers
anything of a call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivr.flow import events
from ivr.flow.commands import Answer, Command, Park
from ivr.flow.compositions import Compositions
from ivr.flow.events import Event
from ivr.flow.nodes import KINDS, RESUME_KIND
from ivr.flow.nodes.base import NodeKind
from ivr.flow.resume import first_values, read_parked, to_park
from ivr.flow.state import CallState
from ivr.flow.turn import Turn
from menus.model import Interruption, MenuSet


class Engine:
    """Runs calls through the trees of one revision.

    Args:
        menus: the trees. Calls keep the engine, and so the revision, with which they began.
        root: id of the tree in which calls begin.
    """

    def __init__(self, menus: MenuSet, root: str) -> None:
        if root not in menus.trees:
            raise ValueError(f"no tree {root!r}; there are {', '.join(sorted(menus.trees))}")
        self.menus = menus
        self.root = root
        self._compositions = Compositions(menus)
        self._limits = menus.trees[root].limits
        self._handlers: dict[type, Callable[[Turn, Event], None]] = {
            events.CallOffered: self._offered,
            events.CallAnswered: self._answered,
            events.DigitPressed: self._digit,
            events.SpeechStarted: self._speech_started,
            events.Heard: self._heard,
            events.HeardNothing: self._heard_nothing,
            events.HearingFailed: self._hearing_failed,
            events.PlaybackFinished: self._playback_finished,
            events.BackendReplied: self._backend_replied,
            events.BackendFailed: self._backend_failed,
            events.RecordingFinished: self._recording_finished,
            events.Left: self._left,
            events.LeaveFailed: self._leave_failed,
            events.SendEnded: self._send_ended,
            events.TransferEnded: self._transfer_ended,
            events.TimerFired: self._timer_fired,
            events.QualityChanged: self._quality_changed,
            events.OperatorHangUp: self._operator_hang_up,
            events.CallerHungUp: self._caller_hung_up,
            events.LineLost: self._line_lost,
        }

    def handle(self, state: CallState, event: Event) -> tuple[CallState, list[Command]]:
        """What the call becomes by this event, and what the driver shall do, in order."""
        handler = self._handlers.get(type(event))
        # What was said before the end is kept, also when its file is closed after it.
        outlives_the_call = isinstance(event, events.RecordingFinished)
        if handler is None or (state.phase == "ended" and not outlives_the_call):
            return state, []
        turn = Turn(self.menus, self._compositions, state.copy())
        handler(turn, event)
        self._settle(turn)
        return turn.state, turn.commands

    def _settle(self, turn: Turn) -> None:
        """Enter nodes and feed keys typed ahead until the call waits for something."""
        while turn.state.phase == "active" and not turn.state.ended_by:
            if turn.entering:
                self._enter(turn)
            elif self._can_take_typed_ahead(turn):
                digit, turn.state.typed_ahead = turn.state.typed_ahead[0], turn.state.typed_ahead[1:]
                _kind(turn).digit(turn, turn.node, digit)
            else:
                return

    def _can_take_typed_ahead(self, turn: Turn) -> bool:
        # A prompt that plays was begun because no key was waiting or none may interrupt it.
        return bool(turn.state.typed_ahead) and _kind(turn).listens and not turn.state.playing

    def _enter(self, turn: Turn) -> None:
        turn.entering = False
        state, limits = turn.state, self._limits
        here = f"{state.tree}/{state.node}"
        state.visits[here] = state.visits.get(here, 0) + 1
        state.step += 1
        state.silent_steps += 1
        turn.note(
            "step_entered",
            step=state.step,
            tree=state.tree,
            node=state.node,
            kind=turn.node.kind,
            language=state.language,
        )
        if state.visits[here] > limits.node_visits:
            turn.say_goodbye("limit_reached", ended_by="limit", reason="node_visits")
        elif state.silent_steps > limits.steps_without_input:
            turn.say_goodbye("limit_reached", ended_by="limit", reason="steps_without_input")
        else:
            _kind(turn).enter(turn, turn.node)

    # Events

    def _offered(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.CallOffered)
        state = turn.state
        if state.phase != "new":
            return
        tree = turn.menus.trees[self.root]
        state.phase = "offered"
        state.call_id, state.caller, state.dialled = event.call_id, event.caller, event.dialled
        state.local_time, state.speech = event.local_time, list(event.speech)
        state.tree, state.node, state.language = self.root, tree.start, tree.base_language
        state.variables = first_values(tree, event.local_time)
        state.variables.update(profile=event.profile, call=_facts_of(event))
        if event.caller and read_parked(turn.menus, self.root, event.parked):
            state.resuming = dict(event.parked or {})
        if event.profile.get("language") in tree.languages:
            state.language = event.profile["language"]
        if event.profile.get("pace") == "slow":
            state.pace = "slow"
        turn.mark_sensitive("call.caller")
        turn.mark_declared()
        turn.note(
            "call_started",
            tree=self.root,
            revision=turn.menus.revision,
            language=state.language,
            dialled=event.dialled,
        )
        turn.do(Answer())

    def _answered(self, turn: Turn, event: Event) -> None:
        if turn.state.phase != "offered":
            return
        turn.state.phase = "active"
        turn.start_call_timer(self._limits.call_length)
        turn.entering = True

    def _digit(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.DigitPressed)
        state = turn.state
        if state.phase != "active" or state.ended_by:
            return
        state.key_source = event.source
        state.silent_steps = 0
        state.silent_way_outs = 0
        swallowed, state.swallow = state.swallow, ""
        if event.digit == swallowed:
            return
        _kind(turn).digit(turn, turn.node, event.digit)

    def _speech_started(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.SpeechStarted)
        if turn.state.hearing and event.token == turn.state.hearing:
            _kind(turn).speech_started(turn, turn.node)

    def _heard(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.Heard)
        if self._ends_hearing(turn, event.token):
            turn.state.silent_steps = turn.state.silent_way_outs = turn.state.hearing_failures = 0
            _kind(turn).heard(turn, turn.node, event)

    def _heard_nothing(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.HeardNothing)
        if self._ends_hearing(turn, event.token):
            turn.state.hearing_failures = 0
            _kind(turn).heard_nothing(turn, turn.node, event)

    def _hearing_failed(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.HearingFailed)
        if self._ends_hearing(turn, event.token):
            _kind(turn).hearing_failed(turn, turn.node)

    def _ends_hearing(self, turn: Turn, token: int) -> bool:
        """Whether the token is that of what is listened for; then it is over."""
        awaited = bool(turn.state.hearing) and token == turn.state.hearing
        if awaited:
            turn.state.hearing = 0
        return awaited

    def _quality_changed(self, turn: Turn, event: Event) -> None:
        """A bad line stays bad for the rest of the call: a caller must not learn twice how it works."""
        assert isinstance(event, events.QualityChanged)
        turn.state.bad_line = turn.state.bad_line or event.level == "bad"

    def _playback_finished(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.PlaybackFinished)
        state = turn.state
        if not state.playing or event.token != state.playing:
            return
        state.playing = 0
        state.paused = False
        state.swallow = ""
        if state.ended_by:
            turn.hang_up(state.ended_by, state.end_reason)
        else:
            _kind(turn).playback_finished(turn, turn.node)

    def _backend_replied(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.BackendReplied)
        outcome = "not_found" if event.data is None else "found"
        self._backend_answered(turn, event.token, outcome, event.data)

    def _backend_failed(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.BackendFailed)
        self._backend_answered(turn, event.token, f"failed:{event.reason}", None)

    def _backend_answered(self, turn: Turn, token: int, outcome: str, data: object) -> None:
        if not turn.state.query or token != turn.state.query:
            return
        turn.state.query = 0
        turn.cancel_timer()
        _kind(turn).replied(turn, turn.node, outcome, data)

    def _recording_finished(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.RecordingFinished)
        if turn.state.recording and event.token == turn.state.recording:
            turn.state.recording = turn.state.stopping = 0
            _kind(turn).recorded(turn, turn.node, event)

    def _left(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.Left)
        self._leaving_ended(turn, event.token, "kept", event.receipt)

    def _leave_failed(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.LeaveFailed)
        self._leaving_ended(turn, event.token, f"failed:{event.reason}", None)

    def _leaving_ended(self, turn: Turn, token: int, outcome: str, receipt: object) -> None:
        if turn.state.leaving and token == turn.state.leaving:
            turn.state.leaving = 0
            _kind(turn).left(turn, turn.node, outcome, receipt)

    def _send_ended(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.SendEnded)
        if turn.state.sending and event.token == turn.state.sending:
            turn.state.sending = 0
            _kind(turn).sent(turn, turn.node, event.outcome)

    def _transfer_ended(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.TransferEnded)
        if not turn.state.transfer or event.token != turn.state.transfer:
            return
        turn.state.transfer = 0
        turn.start_call_timer(self._limits.call_length)
        _kind(turn).transferred(turn, turn.node, event.outcome)

    def _timer_fired(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.TimerFired)
        state = turn.state
        if state.call_timer and event.token == state.call_timer:
            state.call_timer = 0
            if not state.ended_by:
                self._give_up(turn)
                turn.say_goodbye("limit_reached", ended_by="limit", reason="max_duration")
        elif state.timer and event.token == state.timer:
            state.timer = 0
            _kind(turn).timer_fired(turn, turn.node)

    def _operator_hang_up(self, turn: Turn, event: Event) -> None:
        self._give_up(turn)
        turn.hang_up("operator", "operator")

    def _caller_hung_up(self, turn: Turn, event: Event) -> None:
        reason = "hangup" if turn.state.phase == "active" else "cancelled"
        self._give_up(turn)
        self._park(turn, "caller")
        turn.end("caller", reason)

    def _line_lost(self, turn: Turn, event: Event) -> None:
        assert isinstance(event, events.LineLost)
        self._give_up(turn)
        self._park(turn, "line")
        turn.end("line", event.reason)

    def _park(self, turn: Turn, by: Interruption) -> None:
        """Let the caller go on from here when they call again, unless they have just left what they came for."""
        parked = None if turn.state.leaving or turn.state.recording else to_park(self.menus, self.root, turn.state, by)
        if parked is not None:
            turn.do(Park(parked[0], parked[1].within))

    def _give_up(self, turn: Turn) -> None:
        """The line is gone: let the node keep what the caller has left so far."""
        if turn.state.phase == "active" and not turn.entering:
            _kind(turn).abandoned(turn, turn.node)


def _kind(turn: Turn) -> NodeKind:
    return RESUME_KIND if turn.state.resuming is not None else KINDS[turn.node.kind]


def _facts_of(offer: events.CallOffered) -> dict[str, Any]:
    """What menus can read of the call itself."""
    facts: dict[str, Any] = {"caller": offer.caller, "dialled": offer.dialled, "local_time": offer.local_time}
    facts["display"] = offer.display
    return {**facts, "about": offer.about} if offer.about else facts
