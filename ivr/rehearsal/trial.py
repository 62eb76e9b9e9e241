"""Trying menus by hand: lines that an author types, carried out on a virtual call, and written down as a rehearsal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ivr.rehearsal.backend import NOT_FOUND, FakeAnswer, ScriptedAnswers
from ivr.rehearsal.call import REACTION_S, VirtualCall
from ivr.rehearsal.case_files import named_answer
from ivr.rehearsal.cases import ANSWER_WORDS
from ivr.rehearsal.written import WrittenCase, anonymous, by_operation, expectations, places
from menus.suggest import one_of

HELP = """\
1            按键 / press a key        1 20260001#   空格：听完再按 / a blank: hear it out first
1!           按了不听完，下一个键就打断 / press, and do not hear out what follows: the next key interrupts it
"查进度"      说话，写在引号里 / speak, in quotes     "查进度"?   没听清 / heard badly
(回车 Enter)  接着听 / listen on
/silence 2   不出声，直到它再开口，两次 / keep silent until it speaks again, twice
/wait 8      等 8 秒 / let 8 seconds pass
/hangup      挂断 / hang up
/lose_line   线路断了 / the line breaks off         /redial 180   过 180 秒再打来 / call again 180 s later
/backend                        后台会怎么回答 / what the backend will answer
/backend get_case not_found     下次这样回答；可以写几个，用逗号 / answer like this; several with commas
/backend get_case {"status_text": "办好了"}     直接写内容 / the answer itself
/vars        变量 / the variables
/help        这一页 / this page"""

_KEYS = re.compile(r"[0-9*#]{1,64}(?:\s+[0-9*#]{1,64})*")
_SPEECH = re.compile(r"""["'“‘「](.+)["'”’」]\s*([?？]?)""")


class CommandError(Exception):
    """A line that cannot be carried out. The message says what would be right."""


class Trial:
    """One call that an author makes by typing.

    Args:
        answers: what the backend answers; None when a live one does.
        samples: answers by name, for `/backend`.
        show: prints a line.
    """

    def __init__(
        self,
        call: VirtualCall,
        answers: ScriptedAnswers | None,
        samples: Mapping[str, Any],
        show: Callable[[str], None],
    ) -> None:
        self._call = call
        self._answers = answers
        self._samples = samples
        self._show = show
        self._steps: list[Mapping[str, Any] | str] = []
        self._since = 0
        self._interrupting = False
        self._may_redial = False
        self._commands: dict[str, Callable[[str], None]] = {
            "silence": self._silence,
            "wait": self._wait,
            "hangup": self._hang_up,
            "lose_line": self._lose_line,
            "redial": self._redial,
            "backend": self._backend,
            "vars": self._vars,
            "help": lambda rest: self._show(HELP),
        }
        self._hear_out()

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be done. A caller whose line has broken off can call again."""
        return self._call.is_over and not self._may_redial

    def end(self) -> None:
        """The caller hangs up, if the call is still going on."""
        if not self._call.is_over:
            self._hang_up("")

    def obey(self, line: str) -> None:
        """Carry out one line.

        Raises:
            CommandError: it means nothing here.
        """
        line = line.strip()
        if not line:
            self._hear_out()
        elif line.startswith("/"):
            name, _, rest = line[1:].partition(" ")
            if name not in self._commands:
                raise CommandError(str(one_of(name, self._commands)))
            self._commands[name](rest.strip())
        elif (speech := _SPEECH.fullmatch(line)) is not None:
            self._say(speech[1], unsure=bool(speech[2]))
        elif _KEYS.fullmatch(line.removesuffix("!")):
            self._press(line.removesuffix("!"), hears_out=not line.endswith("!"))
        else:
            raise CommandError('按键写 1，说话写 "查进度"，/help 看全部 / keys: 1, speech: "…", all: /help')

    def written(self, name: str, at: str) -> WrittenCase:
        """The call so far, as a rehearsal. What a live backend has answered is in it without numbers and texts."""
        self._note_expectations()
        moments = self._call.moments
        ended = next((moment for moment in reversed(moments) if moment.what == "ended"), None)
        transfers: dict[str, list[str]] = {}
        for moment in moments:
            if moment.what == "talked":
                transfers.setdefault(moment.facts["target"], []).append(moment.facts["outcome"])
        case = WrittenCase(
            name,
            at,
            self._steps,
            by_operation(self._answers.given if self._answers else self._call.live_answers),
            transfers,
            {"by": ended.facts["by"], "reason": ended.facts["reason"]} if ended else {},
            speech=self._call.has_speech,
        )
        return case if self._answers else anonymous(case)

    # What the lines mean

    def _press(self, keys: str, *, hears_out: bool) -> None:
        for group in keys.split():
            if not self._interrupting:
                self._hear_out()
                self._need_call()
                self._call.advance(REACTION_S)
            self._need_call()
            self._act({"press": group, "interrupt": True} if self._interrupting else {"press": group})
            self._call.press(group)
            self._interrupting = False
        if hears_out:
            self._hear_out()
        self._interrupting = not hears_out

    def _say(self, words: str, *, unsure: bool) -> None:
        self._need_call()
        self._call.advance(REACTION_S)
        self._act({"say": words, "unsure": True} if unsure else {"say": words})
        if not self._call.say(words, unsure=unsure):
            self._show("  （这里听不懂说话，请按键 / nothing listens for speech here: press a key）")
        self._hear_out()

    def _silence(self, rest: str) -> None:
        times = self._number(rest or "1", "/silence 2")
        for _ in range(round(times)):
            self._hear_out()
            self._need_call()
            self._act("silence")
            waited = self._call.patience_lost
            self._call.run_until(lambda waited=waited: self._call.patience_lost > waited)  # type: ignore[misc]
            self._hear_out()

    def _wait(self, rest: str) -> None:
        seconds = self._number(rest, "/wait 8")
        self._need_call()
        self._act({"wait": f"{seconds:g}s"})
        self._call.advance(seconds)

    def _hang_up(self, rest: str) -> None:
        self._need_call()
        self._act("hang_up")
        self._call.hang_up()

    def _lose_line(self, rest: str) -> None:
        self._need_call()
        self._act("lose_line")
        self._call.lose_line()
        self._may_redial = True

    def _redial(self, rest: str) -> None:
        seconds = self._number(rest or "60", "/redial 180")
        if not self._call.is_over:
            raise CommandError("通话还没有结束：先 /lose_line / the call is not over: /lose_line first")
        self._act({"redial": f"{seconds:g}s"})
        self._may_redial = False
        self._call.redial(seconds)
        self._hear_out()

    def _backend(self, rest: str) -> None:
        if self._answers is None:
            raise CommandError("后台是真的，不能改它的回答 / the backend is the live one")
        operation, _, written = rest.partition(" ")
        if not written:
            for name, arranged in self._answers.arranged().items():
                self._show(f"  {name}: {', '.join(answer.name or str(answer.data) for answer in arranged)}")
            self._show(f"  可选 choose from: {', '.join((*self._samples, *ANSWER_WORDS))}")
            return
        self._answers.arrange(operation, self._parsed(written.strip()))

    def _vars(self, rest: str) -> None:
        for name, value in self._call.session.state.variables.items():
            self._show(f"  {name} = {json.dumps(value, ensure_ascii=False)}")

    # How

    def _parsed(self, written: str) -> list[FakeAnswer]:
        if written.startswith("{"):
            try:
                return [FakeAnswer(json.loads(written))]
            except json.JSONDecodeError as error:
                raise CommandError(f"不是 JSON / not JSON: {error}") from error
        names = [name.strip() for name in written.split(",")]
        for name in names:
            if name not in self._samples and name not in ANSWER_WORDS:
                raise CommandError(str(one_of(name, (*self._samples, NOT_FOUND, *ANSWER_WORDS[1:]))))
        return [named_answer(name, self._samples) for name in names]

    def _hear_out(self) -> None:
        self._call.run_until(lambda: self._call.is_waiting or self._call.is_over)

    def _act(self, step: Mapping[str, Any] | str) -> None:
        self._note_expectations()
        self._steps.append(step)
        self._since = len(self._call.moments)

    def _note_expectations(self) -> None:
        expected = expectations if self._answers is not None else places
        self._steps += expected(self._call.moments[self._since :])
        self._since = len(self._call.moments)

    def _need_call(self) -> None:
        if self._call.is_over:
            raise CommandError("通话已经结束 / the call is over")

    @staticmethod
    def _number(text: str, example: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 < number <= 3600:
            raise CommandError(f"写成 {example} / write {example}")
        return number
