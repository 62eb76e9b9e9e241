"""The phone on the page: an author calls menus that may not be published yet. Engine, driver and timers are those of
real calls; line, ear and backend are arranged as in rehearsals. Everything here happens on the reactor thread.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ivr.authoring.phone_line import PhoneLine
from ivr.flow.engine import Engine
from ivr.flow.events import TransferOutcome
from ivr.rehearsal.backend import FakeAnswer, ScriptedAnswers
from ivr.rehearsal.call import ArrangedCall, Circumstances, RehearsedVoice
from ivr.rehearsal.recorder import Recorder
from ivr.rehearsal.timeline import Moment
from ivr.rehearsal.transcript import clock as clock_of
from ivr.rehearsal.transcript import line_of
from ivr.rehearsal.written import WrittenCase
from menus.model import MenuSet

#: A value that is longer, in characters of JSON, is shown cut.
_LONGEST_VALUE = 400
#: Nobody watches the page any more: the call ends after so many seconds.
UNWATCHED_S = 20.0
#: So long a call that is over can still be kept as a rehearsal, in seconds.
_KEPT_FOR_S = 3600.0
#: More calls at the same time are a mistake, or an attack.
MOST_CALLS = 12
#: No call tells more; the menus' own limits end it before.
_MOST_TOLD = 5000


class NoSuchCallError(LookupError):
    """There is no such call, or it is somebody else's."""


class TooManyCallsError(Exception):
    """The phones are all in use."""


@dataclass(frozen=True)
class Told:
    """One thing that the page is told.

    Attributes:
        number: counts from 1, so that a page that was away can ask for the rest.
        what: `play`, `stop`, `line`, `place`, `ringing`, `settled`, `unarranged` or `over`.
        data: JSON data.
    """

    number: int
    what: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Phone:
    """One call.

    Attributes:
        owner: the author whose call it is. Nobody else hears it.
        tree: where it began.
        told: everything that the page was told.
    """

    def __init__(
        self,
        owner: str,
        menus: MenuSet,
        tree: str,
        voice: Callable[[Path], RehearsedVoice],
        answers: Mapping[str, Sequence[FakeAnswer]],
        circumstances: Circumstances,
        clock: Any,
    ) -> None:
        self.id = secrets.token_urlsafe(12)
        self.owner = owner
        self.tree = tree
        self.told: list[Told] = []
        self.answers = ScriptedAnswers(answers)
        self._circumstances = circumstances
        self._clock = clock
        self._watchers: list[Callable[[Told], None]] = []
        self._sounds: list[Path] = []
        self._place: Mapping[str, Any] = {}
        self._call: ArrangedCall | None = None
        self._unwatched: Any = clock.callLater(UNWATCHED_S, self.hang_up)
        # For what the author says into recordings; gone with the call.
        self._folder = tempfile.TemporaryDirectory(prefix="phone")
        self.began_at = clock.seconds()
        self._call = ArrangedCall(
            Engine(menus, tree),
            voice(Path(self._folder.name)),
            self.answers,
            clock,
            circumstances,
            self._happened,
            line=partial(PhoneLine, self._line_says),
        )
        self._recorder = Recorder(self._call, _fillers(menus))
        self._look()

    @property
    def is_over(self) -> bool:
        return self._call is not None and self._call.is_over

    @property
    def line(self) -> PhoneLine:
        assert self._call is not None
        assert isinstance(self._call.line, PhoneLine)
        return self._call.line

    # What the author does

    def press(self, key: str) -> None:
        """Press one key."""
        if self._call is not None and not self.is_over:
            self._recorder.press(key)
            self._call.press(key)
            self._look()

    def say(self, text: str, *, unsure: bool = False) -> bool:
        """Say something; whether anything listens."""
        if self._call is None or self.is_over:
            return False
        self._recorder.say(text, unsure=unsure)
        listens = self._call.say(text, unsure=unsure)
        self._look()
        return listens

    def settle(self, outcome: TransferOutcome) -> bool:
        """What becomes of the call to a person; whether there is one."""
        settled = self.line.settle(outcome)
        self._look()
        return settled

    def arrange(self, operation: str, answer: FakeAnswer) -> None:
        """From now on the backend answers like this."""
        self.answers.arrange(operation, [answer])

    def hang_up(self) -> None:
        """Hang up. Twice does nothing."""
        if self._call is not None and not self.is_over:
            self._recorder.hang_up()
            self._call.hang_up()
            self._look()

    def written(self, name: str) -> WrittenCase:
        """The call so far, as a rehearsal."""
        return self._recorder.written(name, self._circumstances.local_time, self.answers)

    # What the page asks

    def sound(self, number: int) -> Path | None:
        """A file that the page was told to play."""
        return self._sounds[number] if 0 <= number < len(self._sounds) else None

    def watch(self, watcher: Callable[[Told], None], after: int = 0) -> Callable[[], None]:
        """Tell a page everything from a number on. Call what is returned to end it."""
        self._watchers.append(watcher)
        self._stay()
        for told in self.told[after:]:
            watcher(told)

        def unwatch() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)
            if not self._watchers and not self.is_over:
                self._stay()
                self._unwatched = self._clock.callLater(UNWATCHED_S, self.hang_up)

        return unwatch

    def close(self) -> None:
        """End the call, and leave nothing behind."""
        self.hang_up()
        self._stay()
        self._folder.cleanup()

    # How

    def _stay(self) -> None:
        if self._unwatched is not None and self._unwatched.active():
            self._unwatched.cancel()
        self._unwatched = None

    def _line_says(self, what: str, files: Sequence[tuple[Path, int]] = (), **data: Any) -> None:
        if what == "play":
            data["sounds"] = [{"number": self._number_of(file), "ms": ms} for file, ms in files]
        self._tell(what, data)

    def _number_of(self, file: Path) -> int:
        if file not in self._sounds:
            self._sounds.append(file)
        return self._sounds.index(file)

    def _happened(self, moment: Moment) -> None:
        line = line_of(moment)
        if line:
            self._tell("line", {"at": clock_of(moment.ms), "kind": moment.what, "text": line})
        while self.answers.unexpected:
            self._tell("unarranged", {"operation": self.answers.unexpected.pop()})
        self._look()
        if moment.what == "ended":
            self._tell("over", {})
            self._stay()

    def _look(self) -> None:
        """Tell where the call is and what the variables hold, if that has changed."""
        if self._call is None:
            return
        state = self._call.session.state
        place = {
            "tree": state.tree,
            "node": state.node,
            "language": state.language,
            "variables": {name: _shown(value) for name, value in state.variables.items()},
        }
        if place != self._place:
            self._place = place
            self._tell("place", place)

    def _tell(self, what: str, data: Mapping[str, Any]) -> None:
        if len(self.told) < _MOST_TOLD:
            told = Told(len(self.told) + 1, what, data)
            self.told.append(told)
            for watcher in list(self._watchers):
                watcher(told)


class Phones:
    """All calls that authors make.

    Args:
        voice: makes the voice of a call, given a folder for recordings.
        clock: the reactor.
    """

    def __init__(self, voice: Callable[[Path], RehearsedVoice], clock: Any) -> None:
        self._voice = voice
        self._clock = clock
        self._phones: dict[str, Phone] = {}

    def call(
        self,
        owner: str,
        menus: MenuSet,
        tree: str,
        answers: Mapping[str, Sequence[FakeAnswer]],
        circumstances: Circumstances,
    ) -> Phone:
        """Begin a call. One that the author has still under way ends.

        Raises:
            TooManyCallsError: too many others are under way.
        """
        self._forget_the_old()
        for phone in self._phones.values():
            if phone.owner == owner:
                phone.hang_up()
        if sum(not phone.is_over for phone in self._phones.values()) >= MOST_CALLS:
            raise TooManyCallsError
        phone = Phone(owner, menus, tree, self._voice, answers, circumstances, self._clock)
        self._phones[phone.id] = phone
        return phone

    def of(self, owner: str, id: str) -> Phone:
        """A call of an author.

        Raises:
            NoSuchCallError: there is none, or it is somebody else's.
        """
        phone = self._phones.get(id)
        if phone is None or phone.owner != owner:
            raise NoSuchCallError(id)
        return phone

    def close(self) -> None:
        """End all calls."""
        for phone in self._phones.values():
            phone.close()
        self._phones.clear()

    def _forget_the_old(self) -> None:
        oldest = self._clock.seconds() - _KEPT_FOR_S
        for phone in [phone for phone in self._phones.values() if phone.is_over and phone.began_at < oldest]:
            self._forget(phone)
        over = [phone for phone in self._phones.values() if phone.is_over]
        for phone in over[: -2 * MOST_CALLS]:
            self._forget(phone)

    def _forget(self, phone: Phone) -> None:
        phone.close()
        del self._phones[phone.id]


def _fillers(menus: MenuSet) -> set[str]:
    """Sentences that are heard only because something takes long."""
    named = ("filler", "filler_again")
    own = [text for tree in menus.trees.values() for name in named for text in tree.wording.get(name, {}).values()]
    usual = [sentences[name] for sentences in menus.wording.values() for name in named if name in sentences]
    return {*own, *usual}


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"
