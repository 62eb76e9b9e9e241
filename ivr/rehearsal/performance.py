"""A rehearsal as it is being run: what the caller does, what must come of it, and where it did not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ivr.rehearsal.backend import ScriptedAnswers
from ivr.rehearsal.call import REACTION_S, VirtualCall
from ivr.rehearsal.cases import Ending, Step
from ivr.rehearsal.timeline import Moment
from menus.problems import Bilingual
from speech.spoken import LanguageNotSpokenError, Speaker

_NOT_SOUND = re.compile(r"[\W_]+")


class FailedRehearsal(Exception):  # noqa: N818 - the call failed, not the program
    """Something was not as it must be."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.why = Bilingual(zh, en)


class Performance:
    """One rehearsal as it is being run.

    Args:
        answers: what the backend answers; a question that nobody foresaw fails the rehearsal.
        root: the tree in which the call begins.
    """

    def __init__(self, call: VirtualCall, answers: ScriptedAnswers, speaker: Speaker, root: str) -> None:
        self._call = call
        self._answers = answers
        self._speaker = speaker
        self._root = root
        self._since = 0
        self._acted_at_ms = 0
        self._heard_up_to = 0
        self._asked_up_to = 0
        self._actions: Mapping[str, Callable[[Step], None]] = {
            "press": self._press,
            "say": self._say,
            "silence": self._silence,
            "wait": self._wait,
            "hang_up": self._hang_up,
            "lose_line": self._lose_line,
            "redial": self._redial,
            "hear": self._hear,
            "never_hear": self._never_hear,
            "reach": self._reach,
            "asks": self._asks,
            "leaves": self._leaves,
            "sends": self._sends,
            "remembers": self._remembers,
        }

    def do(self, step: Step) -> None:
        """Do one step.

        Raises:
            FailedRehearsal: it is not as it must be.
        """
        self._actions[step.action](step)
        self._need_expected_questions()

    def _need_expected_questions(self) -> None:
        if self._answers.unexpected:
            operation = self._answers.unexpected[0]
            raise FailedRehearsal(
                f"问了后台 {operation}，排练里没有写怎么回答",
                f"the backend was asked {operation}, and the rehearsal has no answer to it",
            )

    def end(self, ends: Ending | None) -> None:
        """Let the call come to its end, and look how it ended.

        Raises:
            FailedRehearsal: it ended otherwise.
        """
        if ends is None:
            self._until_it_waits()
            self._need_expected_questions()
            if not self._call.is_over:
                self._call.hang_up()
            return
        self._call.run_until(lambda: self._call.is_over)
        self._need_expected_questions()
        ended = self._ended()
        by, reason = ended.facts.get("by"), ended.facts.get("reason")
        if by != ends.by or ends.reason not in (None, reason):
            wanted = f"{ends.by}{f' ({ends.reason})' if ends.reason else ''}"
            raise FailedRehearsal(
                f"应当由 {wanted} 结束，实际是 {by} ({reason})",
                f"it must be ended by {wanted}, and was by {by} ({reason})",
            )
        took_ms = ended.ms - next((moment.ms for moment in self._latest_first() if moment.what == "redialled"), 0)
        if ends.within is not None and took_ms > ends.within:
            raise FailedRehearsal(
                f"通话 {took_ms / 1000:.1f} 秒，超过 {ends.within / 1000:g} 秒",
                f"the call took {took_ms / 1000:.1f} s, more than {ends.within / 1000:g} s",
            )

    # What the caller does

    def _press(self, step: Step) -> None:
        for keys in str(step.press).split():
            self._get_ready(step, f"按 {keys}", f"pressing {keys}")
            self._acted()
            self._call.press(keys)

    def _say(self, step: Step) -> None:
        self._get_ready(step, f"说“{step.say}”", f"saying {step.say!r}")
        self._acted()
        if not self._call.say(str(step.say), unsure=step.unsure):
            raise FailedRehearsal("这里听不懂说话", "nothing listens for speech here")

    def _silence(self, step: Step) -> None:
        for _ in range(1 if step.silence is True else int(step.silence or 0)):
            self._until_it_waits()
            self._need_call("不出声", "keeping silent")
            self._acted()
            waited = self._call.patience_lost
            self._call.run_until(lambda waited=waited: self._call.patience_lost > waited)  # type: ignore[misc]

    def _wait(self, step: Step) -> None:
        self._acted()
        self._call.advance((step.wait or 0) / 1000)

    def _hang_up(self, step: Step) -> None:
        self._need_call("挂断", "hanging up")
        self._call.hang_up()

    def _lose_line(self, step: Step) -> None:
        self._need_call("断线", "the line breaks off")
        self._call.lose_line()

    def _redial(self, step: Step) -> None:
        if not self._call.is_over:
            raise FailedRehearsal("通话还没有结束，不能再打来", "the call is not over, so nobody can call again")
        self._acted()
        self._call.redial((step.redial or 0) / 1000)
        self._acted_at_ms = self._call.now_ms

    # What must be so

    def _hear(self, step: Step) -> None:
        for wanted in step.hear or []:
            self._until(lambda wanted=wanted: self._found(wanted) is not None)  # type: ignore[misc]
            found = self._found(wanted)
            if found is None:
                raise FailedRehearsal(
                    f"应当听到“{wanted}”，听到的是：{self._heard_text()}",
                    f"{wanted!r} must be heard; heard was: {self._heard_text()}",
                )
            self._heard_up_to, at_ms = found
            self._in_time(step, at_ms, f"“{wanted}”", repr(wanted))

    def _never_hear(self, step: Step) -> None:
        self._until_it_waits()
        for unwanted in step.never_hear or []:
            if self._found(unwanted) is not None:
                raise FailedRehearsal(
                    f"不应当听到“{unwanted}”，听到的是：{self._heard_text()}",
                    f"{unwanted!r} must not be heard; heard was: {self._heard_text()}",
                )

    def _reach(self, step: Step) -> None:
        tree, _, node = str(step.reach).rpartition(".")
        place = (tree or self._root, node)
        self._until(lambda: place in self._entered())
        if place not in self._entered():
            way = " → ".join(node for _, node in self._entered()) or "—"
            raise FailedRehearsal(
                f"应当走到 {step.reach}，走的是：{way}", f"{step.reach} must be reached; the way was: {way}"
            )
        self._in_time(step, self._entered()[place], str(step.reach), str(step.reach))

    def _asks(self, step: Step) -> None:
        ((operation, arguments),) = (step.asks or {}).items()
        self._until(lambda: self._next_question() is not None)
        question = self._next_question()
        if question is None:
            raise FailedRehearsal(f"应当问后台 {operation}，没有问", f"the backend must be asked {operation}")
        self._asked_up_to += 1
        given: dict[str, Any] = question.facts["arguments"]
        wrong = [name for name, value in arguments.items() if given.get(name) != value]
        if question.facts["operation"] != operation or wrong:
            wanted, shown = f"{operation} {arguments}", f"{question.facts['operation']} {given}"
            raise FailedRehearsal(
                f"应当问后台 {wanted}，问的是 {shown}", f"the backend must be asked {wanted}, and was asked {shown}"
            )
        self._in_time(step, question.ms, operation, operation)

    def _leaves(self, step: Step) -> None:
        ((kind, details),) = (step.leaves or {}).items()
        left = self._wait_for("left_behind", lambda facts: facts["kind"] == kind and _has(facts["data"], details))
        wanted = f"{kind} {details}" if details else kind
        self._need(left, f"应当留下 {wanted}", f"{wanted} must be left", "left_behind")

    def _sends(self, step: Step) -> None:
        words = step.sends or []
        sent = self._wait_for("sent", lambda facts: all(plain(word) in plain(facts["text"]) for word in words))
        self._need(sent, f"应当发出 {words}", f"{words} must be sent", "sent")

    def _remembers(self, step: Step) -> None:
        if not step.remembers:
            self._need(self._wait_for("forgotten", lambda facts: True), "应当忘掉", "must be forgotten", "remembered")
            return
        values = step.remembers
        kept = self._wait_for("remembered", lambda facts: _has(facts["values"], values))
        self._need(kept, f"应当记住 {values}", f"{values} must be remembered", "remembered")

    def _wait_for(self, what: str, fits: Callable[[Mapping[str, Any]], bool]) -> bool:
        def found() -> bool:
            return any(moment.what == what and fits(moment.facts) for moment in self._answer())

        self._until(found)
        return found()

    def _need(self, so: bool, zh: str, en: str, what: str) -> None:
        if not so:
            shown = [dict(moment.facts) for moment in self._answer() if moment.what == what] or "—"
            raise FailedRehearsal(f"{zh}，实际是 {shown}", f"{en}; what there was: {shown}")

    def _in_time(self, step: Step, at_ms: int, zh: str, en: str) -> None:
        took_s, limit_s = (at_ms - self._acted_at_ms) / 1000, (step.within or 0) / 1000
        if step.within is not None and took_s > limit_s:
            raise FailedRehearsal(
                f"{zh}过了 {took_s:.1f} 秒才来，应当在 {limit_s:g} 秒以内",
                f"{en} came after {took_s:.1f} s, and must come within {limit_s:g} s",
            )

    # How

    def _get_ready(self, step: Step, zh: str, en: str) -> None:
        if not step.interrupt:
            self._until_it_waits()
            self._call.advance(REACTION_S)
        self._need_call(zh, en)

    def _need_call(self, zh: str, en: str) -> None:
        if self._call.is_over:
            ended = self._ended().facts
            raise FailedRehearsal(
                f"{zh}之前，通话已经结束：{ended['by']} ({ended['reason']})",
                f"the call was over before {en}: {ended['by']} ({ended['reason']})",
            )

    def _acted(self) -> None:
        """The caller does something: what is heard from now on is the answer to it."""
        self._since = len(self._call.moments)
        self._acted_at_ms = self._call.now_ms
        self._heard_up_to = 0

    def _until_it_waits(self) -> None:
        self._call.run_until(lambda: self._call.is_waiting or self._call.is_over)

    def _until(self, so: Callable[[], bool]) -> None:
        """Let time pass until it is so, but not beyond the moment when the gateway waits for the caller."""
        self._call.run_until(lambda: so() or self._call.is_waiting or self._call.is_over)

    def _answer(self) -> list[Moment]:
        return self._call.moments[self._since :]

    def _heard_text(self) -> str:
        return "".join(moment.facts["text"] for moment in self._answer() if moment.what == "heard") or "—"

    def _found(self, wanted: str) -> tuple[int, int] | None:
        """Where in what was heard the words end, behind those found before, and when that clause began."""
        ends: list[tuple[int, int]] = []
        heard = ""
        for moment in self._answer():
            if moment.what == "heard":
                heard += plain(moment.facts["text"])
                ends.append((len(heard), moment.ms))
        for words in {plain(wanted), plain(self._spoken(wanted))}:
            at = heard.find(words, self._heard_up_to)
            if at >= 0:
                end = at + len(words)
                return end, next(ms for upto, ms in ends if upto >= end)
        return None

    def _spoken(self, text: str) -> str:
        """As it is said: numbers in words."""
        language = self._call.session.state.language
        try:
            return self._speaker.say(text, "text", language)
        except LanguageNotSpokenError:
            return text

    def _entered(self) -> dict[tuple[str, str], int]:
        """The nodes that were entered since the caller did something, and when."""
        entered = [moment for moment in self._answer() if moment.what == "entered"]
        return {(moment.facts["tree"], moment.facts["node"]): moment.ms for moment in reversed(entered)}

    def _next_question(self) -> Moment | None:
        questions = [moment for moment in self._call.moments if moment.what == "asked"]
        return questions[self._asked_up_to] if len(questions) > self._asked_up_to else None

    def _ended(self) -> Moment:
        return next(moment for moment in self._latest_first() if moment.what == "ended")

    def _latest_first(self) -> Iterator[Moment]:
        return reversed(self._call.moments)


def _has(data: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(data.get(name) == value for name, value in wanted.items())


def plain(text: str) -> str:
    """The text without blanks, signs and case: what two people would agree to have heard."""
    return _NOT_SOUND.sub("", unicodedata.normalize("NFKC", text)).casefold()
