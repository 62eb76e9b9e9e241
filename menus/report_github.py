"""Problems as workflow commands of GitHub Actions, which shows them beside the lines of a change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from menus.problems import NOTHING, Problem


def github(problems: Sequence[Problem]) -> str:
    """Return one line for each problem."""
    return "\n".join(_line(problem) for problem in problems)


def _line(problem: Problem) -> str:
    properties = {"file": _relative(problem.file), "title": problem.code}
    if problem.line:
        properties["line"] = str(problem.line)
    if problem.column:
        properties["col"] = str(problem.column)
    told = str(problem.what) if problem.fix == NOTHING else f"{problem.what}\n改法 fix: {problem.fix}"
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{problem.severity} {written}::{_message(told)}"


def _relative(file: str) -> str:
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else file


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
