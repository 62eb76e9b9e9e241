"""What `menu` and `collect` have in common: prompts, timers, tries, the ladder, universal keys and what is said.

Timing (docs/timing.md): `first_input` starts when the prompt has ended or was barged into; from the first key on only
`between_keys` governs, and every key restarts it. A key ends listening for speech in that turn. Silence, wrong input
and speech that is not understood have budgets and words of their own. The ladder is: a short prompt; the whole prompt
slowly; the way out. Speech that is not understood leads to keys alone, never to the way out.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict, replace
from typing import Any, cast

from ivr.flow.commands import Listen
from ivr.flow.events import Heard, HeardNothing
from ivr.flow.nodes.base import keep_for_later
from ivr.flow.nodes.hearing import HearingKind, universals_of
from ivr.flow.nodes.universals import leave_by
from ivr.flow.state import Place
from ivr.flow.turn import MASK, Turn
from menus import compose
from menus.compose import DOUBTED_ACTIONS, Rung, pace_of
from menus.keys import CONFIRM_NO, CONFIRM_YES, active_universals
from menus.model import Listening, Timing, Tries, UniversalAction
from menus.parts import Part, Value, Words
from menus.phrases import Sayable


class ListeningKind(HearingKind):
    """A node that waits for keys or speech."""

    listens = True

    # What a kind defines

    @abstractmethod
    def prompt(self, turn: Turn, node: Any, rung: Rung) -> tuple[Part, ...]:
        """What is said at a rung of the ladder."""

    @abstractmethod
    def take(self, turn: Turn, node: Any, digit: str) -> None:
        """A key of the input, not a universal one. Nothing plays and no timer runs."""

    @abstractmethod
    def input_ended(self, turn: Turn, node: Any) -> None:
        """No further key came in time."""

    @abstractmethod
    def wanted(self, turn: Turn, node: Any, sayable: Sayable) -> Listen:
        """What the caller may say here besides the universal actions."""

    @abstractmethod
    def understood(self, turn: Turn, node: Any, event: Heard) -> None:
        """The caller said something of what is expected. Nothing plays and no timer runs."""

    def choose(self, turn: Turn, node: Any, option: str) -> None:
        """The caller has confirmed that they meant this option."""

    def universal(self, turn: Turn, node: Any, digit: str) -> UniversalAction | None:
        """The universal action that this key means here, if any."""
        keys = active_universals(turn.tree, node, turn.scratch.phase)
        return next((action for action, key in keys.items() if key == digit), None)

    # What happens

    def enter(self, turn: Turn, node: Any) -> None:
        remember_place(turn)
        if node.forget_early_keys:
            turn.state.typed_ahead = ""
        if turn.state.rests_from_hearing:
            turn.state.rests_from_hearing -= 1
            turn.scratch.keys_only = True
        self.ask(turn, node, "first")

    def ask(self, turn: Turn, node: Listening, rung: Rung, before: tuple[Part, ...] = ()) -> None:
        """Say the prompt of a rung, after `before`. A key typed ahead answers the question before it is asked."""
        turn.cancel_timer()
        turn.stop_listening()
        turn.scratch.digits = ""
        turn.scratch.apology_due = False
        if turn.state.typed_ahead and node.interruptible and not before and not turn.state.preface:
            return
        turn.scratch.heard_prompt = True
        purpose = "prompt" if rung == "first" else "reprompt"
        if rung == "first" and turn.state.bad_line:
            rung = "short"
        turn.scratch.invited = self._invites_speech(turn, node, rung)
        parts = (*before, *self._question(turn, node, rung))
        turn.say(parts, purpose=purpose, pace=pace_of(rung))
        self.listen(turn, node)

    def digit(self, turn: Turn, node: Any, digit: str) -> None:
        if turn.state.playing and not node.interruptible:
            keep_for_later(turn, digit)
            return
        self._be_still(turn)
        if turn.scratch.doubtful and digit in (CONFIRM_YES, CONFIRM_NO):
            self._resolve_doubt(turn, node, digit == CONFIRM_YES)
            return
        turn.scratch.doubtful = ""
        action = None if turn.scratch.digits else self.universal(turn, node, digit)
        if action is None:
            self.take(turn, node, digit)
        else:
            self._act(turn, node, action)

    def playback_finished(self, turn: Turn, node: Any) -> None:
        if turn.scratch.apology_due:
            turn.scratch.apology_due = False
            turn.say(turn.sentence("keys_only"), purpose="notice")
        elif not turn.scratch.digits:
            self.wait_again(turn, node)
            self.listen(turn, node)

    def timer_fired(self, turn: Turn, node: Any) -> None:
        if turn.scratch.digits:
            self.input_ended(turn, node)
        else:
            self.silence(turn, node)

    def wait_again(self, turn: Turn, node: Listening) -> None:
        turn.start_timer("first_input", timing_of(turn, node).first_input)

    def wait_for_more(self, turn: Turn, node: Listening) -> None:
        turn.start_timer("between_keys", timing_of(turn, node).between_keys)

    def _be_still(self, turn: Turn) -> None:
        """The caller has done something: no prompt, no timer, no listening."""
        turn.stop_listening()
        turn.stop_playing()
        turn.cancel_timer()
        turn.scratch.apology_due = False

    # The ladder

    def silence(self, turn: Turn, node: Any) -> None:
        note_input(turn, node, "no_input")
        turn.scratch.silence += 1
        self._climb(turn, node, self.silence_sentence(turn, node), turn.scratch.silence, tries_of(turn, node).silence)

    def wrong(self, turn: Turn, node: Listening, outcome: str) -> None:
        """Wrong input: `invalid` or `too_short`. Keys typed ahead belonged to a path that does not exist."""
        note_input(turn, node, outcome)
        turn.state.typed_ahead = ""
        turn.scratch.wrong += 1
        self._climb(turn, node, self.reproach(turn, outcome), turn.scratch.wrong, tries_of(turn, node).wrong)

    def silence_sentence(self, turn: Turn, node: Any) -> str:
        """The standard sentence for a silent turn."""
        if turn.hears and node.speech:
            return "silence_speech"
        return "silence_2" if turn.scratch.silence > 1 else "silence_1"

    def reproach(self, turn: Turn, outcome: str) -> str:
        """The standard sentence for wrong input."""
        return "wrong_2" if turn.scratch.wrong > 1 else "wrong_1"

    def _climb(self, turn: Turn, node: Listening, sentence: str, failures: int, allowed: int) -> None:
        if failures >= allowed:
            self.exhausted(turn, node)
        else:
            self.ask(turn, node, "slow" if failures > 1 else "short", before=turn.sentence(sentence))

    def exhausted(self, turn: Turn, node: Any) -> None:
        """The tries are used up."""
        turn.way_out("exhausted", node.way_out)

    # Speech

    def expects(self, turn: Turn, node: Any) -> Listen | None:
        if not node.speech:
            return None
        sayable = turn.sayable
        universals = universals_of(sayable)
        if turn.scratch.doubtful:
            return Listen(0, "", "yes_no", universals=universals)
        wanted = self.wanted(turn, node, sayable)
        if wanted.expect == "options" and not wanted.options and not universals:
            return None
        return replace(wanted, universals=universals)

    def heard(self, turn: Turn, node: Any, event: Heard) -> None:
        self._be_still(turn)
        best = event.candidates[0].id if event.candidates else ""
        if best in turn.sayable.universals:
            self._heard_universal(turn, node, cast(UniversalAction, best), event)
        elif not turn.scratch.doubtful:
            self.understood(turn, node, event)
        elif event.band == "accept" and best in ("yes", "no"):
            self._resolve_doubt(turn, node, best == "yes", event)
        else:
            self.misunderstood(turn, node, event)

    def misunderstood(self, turn: Turn, node: Any, event: Heard | HeardNothing) -> None:
        note_input(turn, node, "unheard", heard=event)
        self._not_understood(turn, node)

    def doubt(self, turn: Turn, node: Listening, meant: str, event: Heard) -> None:
        """Ask whether this was meant: keys of an option, or a universal action."""
        note_input(turn, node, "doubtful", MASK if node.sensitive else meant, event)
        turn.scratch.doubtful = meant
        self.ask(turn, node, "first")

    def by_keys_alone(self, turn: Turn, node: Any, *, lost: bool) -> None:
        if lost:
            self.ask(turn, node, "short", before=turn.sentence("keys_only"))
        elif not turn.state.invited_to_speak:
            return
        elif turn.state.playing:
            turn.scratch.apology_due = True
        else:
            turn.cancel_timer()
            turn.say(turn.sentence("keys_only"), purpose="notice")

    def _invites_speech(self, turn: Turn, node: Listening, rung: Rung) -> bool:
        """Whether the prompt says that the caller may speak: the first time in a call, and whenever it is repeated."""
        if not turn.hears or turn.scratch.doubtful or turn.scratch.confirming:
            return False
        wanted = self.expects(turn, node)
        if wanted is None or (wanted.expect == "options" and not wanted.options):
            return False
        known, turn.state.invited_to_speak = turn.state.invited_to_speak, True
        return rung != "first" or not known or wanted.expect != "options"

    def _question(self, turn: Turn, node: Listening, rung: Rung) -> tuple[Part, ...]:
        meant = turn.scratch.doubtful
        if not meant:
            return self.prompt(turn, node, rung)
        parts = turn.fill(compose.doubt(turn.tree, turn.menus.wording, node, turn.language, meant))
        # The question names the option: at a sensitive node logs must not have it.
        return tuple(_hidden(part) for part in parts) if node.sensitive else parts

    def _heard_universal(self, turn: Turn, node: Listening, action: UniversalAction, event: Heard) -> None:
        if event.band == "confirm" and action in DOUBTED_ACTIONS:
            self.doubt(turn, node, action, event)
            return
        note_input(turn, node, "match", MASK if node.sensitive else action, event)
        turn.scratch.doubtful = ""
        self._act(turn, node, action)

    def _resolve_doubt(self, turn: Turn, node: Listening, yes: bool, event: Heard | None = None) -> None:
        meant, turn.scratch.doubtful = turn.scratch.doubtful, ""
        turn.scratch.digits = "" if event else (CONFIRM_YES if yes else CONFIRM_NO)
        note_input(turn, node, "match" if yes else "denied", MASK if node.sensitive else meant, event)
        if not yes:
            self._not_understood(turn, node)
        elif meant in DOUBTED_ACTIONS:
            self._act(turn, node, meant)
        else:
            self.choose(turn, node, meant)

    def _not_understood(self, turn: Turn, node: Listening) -> None:
        turn.scratch.doubtful = ""
        turn.scratch.unheard += 1
        if turn.state.bad_line:
            self.ask(turn, node, "slow", before=turn.sentence("noisy_line"))
        elif turn.scratch.unheard >= tries_of(turn, node).speech:
            turn.scratch.keys_only = True
            self.ask(turn, node, "slow", before=turn.sentence("unheard_2"))
        else:
            self.ask(turn, node, "short", before=turn.sentence("unheard_1"))

    # Universal actions

    def _act(self, turn: Turn, node: Listening, action: UniversalAction) -> None:
        if action == "slower":
            turn.state.pace = "slow"
            self.ask(turn, node, "first", before=turn.sentence("slower"))
        elif action == "help":
            self.ask(turn, node, "slow", before=turn.fill(compose.spoken_text(turn.tree, node.help, turn.language)))
        elif not leave_by(turn, action):
            self.ask(turn, node, "first")


def timing_of(turn: Turn, node: Listening) -> Timing:
    return node.timing or turn.tree.timing


def tries_of(turn: Turn, node: Listening) -> Tries:
    return node.tries or turn.tree.tries


def remember_place(turn: Turn) -> None:
    """Put the present node at the end of the trail. Coming back to a place forgets what was passed since."""
    state = turn.state
    here = Place(state.tree, state.node, len(state.stack))
    if here in state.trail:
        del state.trail[state.trail.index(here) :]
    state.trail = [place for place in state.trail if place.depth <= here.depth]
    state.trail.append(here)


def note_input(
    turn: Turn, node: Listening, outcome: str, option: str = "", heard: Heard | HeardNothing | None = None
) -> None:
    """Log an input by keys, or by speech if `heard` is given; masked where the node is sensitive."""
    scratch = turn.scratch
    given = scratch.digits or (heard.text if heard else "")
    hidden = node.sensitive or scratch.phase == "number"
    shown = MASK if hidden and given else given
    source = "speech" if heard else turn.state.key_source if scratch.digits else ""
    turn.note(
        "input",
        step=turn.state.step,
        attempt=scratch.silence + scratch.wrong + scratch.unheard + 1,
        outcome=outcome,
        input=shown,
        key_source=source,
        option=option,
        **_how_heard(heard, secret=hidden),
    )


def _how_heard(heard: Heard | HeardNothing | None, *, secret: bool) -> dict[str, Any]:
    candidates = heard.candidates if isinstance(heard, Heard) else ()
    values = heard.values if isinstance(heard, Heard) else ()
    shown = [asdict(candidate) for candidate in candidates] or [{"id": value} for value in values]
    return {
        "band": heard.band if isinstance(heard, Heard) else "none" if heard else "",
        "confidence": candidates[0].confidence if candidates else None,
        "candidates": [] if secret else shown,
        "decision_ms": heard.decision_ms if heard else None,
    }


def _hidden(part: Part) -> Part:
    return Value(part.text, sensitive=True) if isinstance(part, Words) else part
