"""Runs rehearsals: one virtual call for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.flow.engine import Engine
from ivr.rehearsal.backend import ScriptedAnswers
from ivr.rehearsal.call import Circumstances, VirtualCall
from ivr.rehearsal.case_files import LoadedCases, fake_answers
from ivr.rehearsal.cases import Case
from ivr.rehearsal.performance import FailedRehearsal, Performance
from ivr.rehearsal.sound import VirtualVoice
from ivr.rehearsal.timeline import Moment
from menus.problems import Bilingual
from speech.spoken import Speaker


@dataclass(frozen=True)
class Outcome:
    """What came of one rehearsal.

    Attributes:
        failure: why it failed, None if it passed.
        line: of the step that failed, or of the case.
        moments: everything that happened.
    """

    case: Case
    line: int
    moments: tuple[Moment, ...] = field(repr=False, default=())
    failure: Bilingual | None = None

    @property
    def passed(self) -> bool:
        return self.failure is None

    @property
    def duration_ms(self) -> int:
        """How long the call was, on the virtual clock."""
        return self.moments[-1].ms if self.moments else 0


class Stage:
    """Where rehearsals are run: one set of menus, one voice."""

    def __init__(self, engines: Callable[[str], Engine], voice: VirtualVoice, speaker: Speaker) -> None:
        self._engines = engines
        self._voice = voice
        self._speaker = speaker

    def run_all(self, loaded: LoadedCases) -> list[Outcome]:
        return [self.run(loaded, number) for number in range(len(loaded.file.cases))]

    def run(self, loaded: LoadedCases, number: int) -> Outcome:
        """Run one case of a file."""
        case = loaded.file.cases[number]
        case_line, step_lines = loaded.lines[number]
        answers = ScriptedAnswers(fake_answers(loaded.file, case))
        circumstances = Circumstances(
            case.caller,
            local_time=case.at,
            speech=case.has_speech,
            transfers=case.transfers,
            outbox=case.outbox,
            messages=case.messages,
            profile=case.profile,
            about=case.about,
            display=case.display,
        )
        call = VirtualCall(self._engines(loaded.file.tree), self._voice, answers, circumstances)
        performance = Performance(call, answers, self._speaker, loaded.file.tree)
        line, failure = case_line, None
        try:
            for step_line, step in zip(step_lines, case.steps, strict=True):
                line = step_line
                performance.do(step)
            line = case_line
            performance.end(case.ends)
        except FailedRehearsal as failed:
            failure = failed.why
        if not call.is_over:
            call.hang_up()
        return Outcome(case, line, tuple(call.moments), failure)
