"""Rehearsals that a program writes, as the YAML that an author would have written."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ivr.rehearsal.backend import NOT_FOUND, FakeAnswer
from ivr.rehearsal.case_files import load_cases
from ivr.rehearsal.names import SHORTEST_NUMBER, Names
from ivr.rehearsal.timeline import Moment

#: Text that means the same in YAML with and without quotes: it begins with a letter and has no sign of YAML in it.
_PLAIN = re.compile(r"[^\W\d_][^\x00-\x1f:#{}\[\],&*!|>'\"%@`]*", re.UNICODE)
_TRAPS = re.compile(r"yes|no|on|off|y|n|true|false|null|none", re.IGNORECASE)
#: So many prompts of a turn are expected; the rest of a long turn would only be in the way.
_MOST_HEARD = 3
#: Nodes at which a caller does something.
LISTENING_KINDS = ("menu", "collect", "ask", "record", "rate", "callback", "remember")


class CannotSaveError(Exception):
    """The file cannot take the rehearsal. The message is for authors."""


@dataclass(frozen=True)
class WrittenCase:
    """A rehearsal before it is text.

    Attributes:
        steps: as in a file.
        backend: operation to its answers, in turn.
        transfers: target to its outcomes, in turn.
        ends: empty where the caller hangs up.
    """

    name: str
    at: str
    steps: Sequence[Mapping[str, Any] | str]
    backend: Mapping[str, Sequence[FakeAnswer]] = field(default_factory=dict)
    transfers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    speech: bool = False


def by_operation(given: Sequence[tuple[str, FakeAnswer]]) -> dict[str, list[FakeAnswer]]:
    """What the backend answered, operation by operation."""
    answers: dict[str, list[FakeAnswer]] = {}
    for operation, answer in given:
        answers.setdefault(operation, []).append(answer)
    return answers


def expectations(moments: Sequence[Moment]) -> list[Mapping[str, Any]]:
    """What must come of an action, from what came of it: how prompts began, and what the backend was asked."""
    steps: list[Mapping[str, Any]] = [
        {"asks": {moment.facts["operation"]: moment.facts["arguments"]}} for moment in moments if moment.what == "asked"
    ]
    begun = [moment.facts["text"] for moment in moments if moment.what == "heard" and moment.facts["begins"]]
    if begun:
        steps.append({"hear": begun[:_MOST_HEARD]})
    return steps


def places(moments: Sequence[Moment]) -> list[Mapping[str, Any]]:
    """Where the call must come to, where its words would name somebody."""
    return [
        {"reach": f"{moment.facts['tree']}.{moment.facts['node']}"}
        for moment in moments
        if moment.what == "entered" and moment.facts["kind"] in LISTENING_KINDS
    ]


def anonymous(case: WrittenCase) -> WrittenCase:
    """The rehearsal with nobody's numbers in it, and answers of the backend that keep their shape only."""
    names = Names()
    for step in case.steps:
        for number in re.findall(r"\d+", str(step.get("press", "")) if isinstance(step, Mapping) else ""):
            if len(number) >= SHORTEST_NUMBER:
                names.number(number)
    steps = [step if isinstance(step, str) else _without_numbers(step, names) for step in case.steps]
    backend = {
        operation: [replace(answer, data=names.data(answer.data)) for answer in given]
        for operation, given in case.backend.items()
    }
    note = "后台的真实回答，号码和内容换成了假的 / from the live backend; numbers and texts are invented"
    return replace(case, steps=steps, backend=backend, note=note)


def _without_numbers(step: Mapping[str, Any], names: Names) -> dict[str, Any]:
    return {name: names.within(value) if name in ("press", "say") else value for name, value in step.items()}


def yaml_of(case: WrittenCase, samples: Collection[str] = ()) -> str:
    """One item of `cases`, indented by two blanks, for a file that has these samples."""
    lines = [f"  - name: {_scalar(case.name)}"]
    if case.note:
        lines.append(f"    note: {_scalar(case.note)}")
    lines.append(f"    at: {json.dumps(case.at)}")
    if case.speech:
        lines.append("    speech: true")
    if case.backend:
        lines.append("    backend:")
        for operation, given in case.backend.items():
            written = [_answer(answer, samples) for answer in given]
            lines.append(f"      {operation}: {_flow(_one_or_all(written))}")
    if case.transfers:
        lines.append(f"    transfers: {_flow({name: _one_or_all(given) for name, given in case.transfers.items()})}")
    lines.append("    steps:")
    lines += [f"      - {step if isinstance(step, str) else _step(step)}" for step in case.steps]
    if case.ends:
        lines.append(f"    ends: {_flow(case.ends)}")
    return "\n".join(lines) + "\n"


def save(file: Path, tree: str, case: WrittenCase) -> None:
    """Add a rehearsal to the end of a file; a new file is begun.

    Raises:
        CannotSaveError: what is there cannot be read, belongs to another tree, or would not be readable afterwards.
        OSError: the file cannot be written.
    """
    if file.exists():
        loaded, problems = load_cases(file)
        if loaded is None:
            raise CannotSaveError("\n".join(problem.text for problem in problems))
        if loaded.file.tree != tree:
            raise CannotSaveError(f"{file} 是 {loaded.file.tree} 的排练 / has the rehearsals of {loaded.file.tree}")
        before, there, samples = file.read_text("utf-8"), len(loaded.file.cases), tuple(loaded.file.samples)
        margin = " " * loaded.indentation
    else:
        before, there, samples, margin = f"rehearsals: 1\ntree: {tree}\n\ncases:\n", 0, (), "  "
    added = textwrap.indent(textwrap.dedent(yaml_of(case, samples)), margin)
    text = before.rstrip("\n") + ("\n\n" if there else "\n") + added
    trial = file.with_name(f".{file.name}.new")
    trial.write_text(text, "utf-8")
    try:
        after, problems = load_cases(trial)
        if after is None or len(after.file.cases) != there + 1:
            reasons = "\n".join(problem.text for problem in problems)
            told = f"加不到 {file} 的末尾：cases 要写在最后 / cannot be added to {file}: `cases` must stand last"
            raise CannotSaveError(f"{told}\n{reasons}")
        trial.replace(file)
    finally:
        trial.unlink(missing_ok=True)


def _answer(answer: FakeAnswer, samples: Collection[str]) -> Any:
    """By its name, if the file knows that; else the answer itself."""
    if answer.fails or answer.data is None or answer.name in samples:
        return answer.name or answer.fails or NOT_FOUND
    return {"data": answer.data}


def _one_or_all(given: Sequence[Any]) -> Any:
    return given[0] if len(given) == 1 else list(given)


def _step(step: Mapping[str, Any]) -> str:
    if len(step) == 1:
        ((name, value),) = step.items()
        shown = value[0] if isinstance(value, list) and len(value) == 1 else value
        return f"{name}: {_flow(shown, keys=name == 'press')}"
    return _flow(step)


def _flow(value: Any, *, keys: bool = False) -> str:
    """A value on one line. Keys of a telephone are always in quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(item, keys=name == 'press')}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if keys else _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _TRAPS.fullmatch(value) and value == value.strip():
        return value
    return json.dumps(value, ensure_ascii=False)
