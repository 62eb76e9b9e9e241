"""Loads rehearsals: files in, cases out, or everything that is wrong with them, each with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

from pydantic import BaseModel, ValidationError

from ivr.rehearsal.backend import FAILURES, NOT_FOUND, USUAL_MS, FakeAnswer
from ivr.rehearsal.cases import ANSWER_WORDS, Answer, Case, CaseFile, Ending, Step
from menus.problems import NOTHING, Bilingual, Problem
from menus.source import Source, read_text
from menus.suggest import one_of
from menus.yaml_tree import YamlMapping, YamlProblem, YamlScalar, read_yaml
from menus.yaml_values import plain_data

SUFFIX = ".cases.yaml"

#: The model whose keys may stand below a key.
_BELOW: Mapping[str, type[BaseModel]] = {"cases": Case, "steps": Step, "backend": Answer, "ends": Ending}


@dataclass(frozen=True)
class LoadedCases:
    """A file of rehearsals that can be run.

    Attributes:
        lines: for each case its line, and the lines of its steps.
        indentation: blanks before the dashes of the cases.
    """

    path: Path
    file: CaseFile
    lines: tuple[tuple[int, tuple[int, ...]], ...]
    indentation: int


def case_files(paths: Iterable[Path]) -> list[Path]:
    """The rehearsals in folders, beside trees, or named themselves."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(sorted(path.glob(f"*{SUFFIX}"))))
        elif path.name.endswith(SUFFIX):
            found[path] = None
        elif (beside := path.with_name(f"{path.stem}{SUFFIX}")).exists():
            found[beside] = None
    return list(found)


def load_cases(path: Path) -> tuple[LoadedCases | None, list[Problem]]:
    """The rehearsals of a file, or None and what is wrong with it. Never raises, whatever the file holds."""
    text, problems = read_text(path, str(path))
    if problems:
        return None, problems
    lines = tuple(text.splitlines())
    try:
        root = read_yaml(text)
    except YamlProblem as error:
        excerpt = lines[error.line - 1] if error.line <= len(lines) else ""
        return None, [Problem(str(path), error.line, error.column, "error", error.code, error.what, error.fix, excerpt)]
    source = Source(str(path), lines, root or YamlScalar("", "plain", 1, 1))
    if not isinstance(source.root, YamlMapping):
        what = Bilingual("文件里没有“键: 值”", "the file holds no keys with values")
        fix = Bilingual("第一行写 rehearsals: 1", "begin with rehearsals: 1")
        return None, [source.problem((), "not_rehearsals", what, fix)]

    def report(scalar: YamlScalar, code: str, what: Bilingual, fix: Bilingual) -> None:
        excerpt = lines[scalar.line - 1] if scalar.line <= len(lines) else ""
        problems.append(Problem(str(path), scalar.line, scalar.column, "error", code, what, fix, excerpt))

    data = plain_data(source.root, report)
    try:
        file = CaseFile.model_validate(data)
    except ValidationError as error:
        return None, [*problems, *(_problem(source, found) for found in error.errors(include_url=False))]
    problems += _unknown_samples(source, file)
    if problems:
        return None, problems
    behind_dash = source.problem(("cases", 0), "", NOTHING).column
    return LoadedCases(path, file, _lines(source, file), max(0, behind_dash - 3)), []


def fake_answers(file: CaseFile, case: Case | None = None) -> dict[str, list[FakeAnswer]]:
    """What the backend answers in a case; without one, what it answers usually."""
    answers = {**file.backend, **(case.backend if case else {})}
    return {
        operation: [
            FakeAnswer(answer.data, after_ms=answer.after)
            if answer.gives is None
            else named_answer(answer.gives, file.samples, answer.after)
            for answer in given
        ]
        for operation, given in answers.items()
    }


def named_answer(name: str, samples: Mapping[str, Any], after_ms: int = USUAL_MS) -> FakeAnswer:
    """The answer that a word stands for.

    Raises:
        KeyError: there is no such sample.
    """
    if name == NOT_FOUND:
        return FakeAnswer(None, after_ms=after_ms, name=name)
    if name in FAILURES:
        return FakeAnswer(fails=name, after_ms=after_ms, name=name)
    return FakeAnswer(samples[name], after_ms=after_ms, name=name)


def _lines(source: Source, file: CaseFile) -> tuple[tuple[int, tuple[int, ...]], ...]:
    def line(*where: Union[str, int]) -> int:
        return source.problem(where, "", NOTHING).line

    return tuple(
        (line("cases", number), tuple(line("cases", number, "steps", step) for step in range(len(case.steps))))
        for number, case in enumerate(file.cases)
    )


def _unknown_samples(source: Source, file: CaseFile) -> Iterator[Problem]:
    """Answers that name a sample that is not there."""
    places = [(("backend",), file.backend)]
    places += [(("cases", number, "backend"), case.backend) for number, case in enumerate(file.cases)]  # type: ignore[misc]
    known = (*file.samples, *ANSWER_WORDS)
    for where, answers in places:
        for operation, given in answers.items():
            for index, answer in enumerate(given):
                if answer.gives is not None and answer.gives not in known:
                    what = Bilingual(f"没有样例“{answer.gives}”", f"there is no sample {answer.gives!r}")
                    place = (*where, operation, index)
                    yield source.problem(place, "unknown_sample", what, one_of(answer.gives, known))


def _problem(source: Source, error: Any) -> Problem:
    where = tuple(step for step in error["loc"] if step not in ("[key]", "constrained-str") and not _is_tag(step))
    on_key = error["type"] == "extra_forbidden"
    code, what, fix = _words(error, where)
    return source.problem(where, code, what, fix, on_key=on_key)


def _is_tag(step: Any) -> bool:
    """Whether pydantic has put it there to say which member of a union it tried."""
    return isinstance(step, str) and ("[" in step or step in ("int", "str"))


def _words(error: Any, where: tuple[Any, ...]) -> tuple[str, Bilingual, Bilingual]:
    name = str(next((step for step in reversed(where) if isinstance(step, str)), ""))
    if error["type"] == "extra_forbidden":
        what = Bilingual(f"没有“{name}”这个键", f"there is no key {name!r} here")
        return "unknown_key", what, one_of(name, _model_of(where).model_fields)
    if error["type"] == "missing":
        what = Bilingual(f"缺少“{name}”", f"{name!r} is missing")
        zh, _, en = (_model_of(where).model_fields[name].description or "").partition(" / ")
        return "missing_key", what, Bilingual(f"加上 {name}：{zh}", f"add {name}: {en}")
    if error["type"] == "value_error":
        zh, _, en = str(error["ctx"]["error"]).partition(" / ")
        return "wrong_value", Bilingual(zh, en or zh), NOTHING
    if error["type"] == "literal_error":
        allowed = [word.strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        what = Bilingual(f"“{error['input']}”不在可选的值里", f"{error['input']!r} is not one of the choices")
        return "wrong_choice", what, one_of(str(error["input"]), allowed)
    zh, _, en = (_description(where, name)).partition(" / ")
    what = Bilingual(f"“{name}”的值不对", f"the value of {name!r} is not right: {error['msg']}")
    return "wrong_value", what, Bilingual(zh, en)


def _description(where: tuple[Any, ...], name: str) -> str:
    field = _model_of(where).model_fields.get(name)
    return (field.description or "") if field else ""


def _model_of(where: tuple[Any, ...]) -> type[BaseModel]:
    for step in reversed(where[:-1]):
        if step in _BELOW:
            return _BELOW[step]
    return CaseFile
