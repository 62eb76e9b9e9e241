"""Runs the examples of connectors: what the department says in them must become what they say is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backend_client.connectors.answering import checked, read_answer
from backend_client.connectors.mapping import CsvFiles, Example, Mapping
from backend_client.errors import BackendError


@dataclass(frozen=True)
class ExampleResult:
    """How an example went.

    Attributes:
        problem: empty if all is well.
    """

    operation: str
    name: str
    problem: str


def run_examples(mapping: Mapping) -> Iterator[ExampleResult]:
    for operation, entry in mapping.operations.items():
        for example in entry.examples:
            yield ExampleResult(operation, example.name, _problem(mapping, operation, example))


def _problem(mapping: Mapping, operation: str, example: Example) -> str:
    encoding = mapping.source.encoding if isinstance(mapping.source, CsvFiles) else "utf-8"
    try:
        answer = read_answer(mapping, operation, example.says.encode(encoding), example.arguments)
        # A part of an answer is checked as far as it goes; the whole is checked when it is put together.
        if answer is not None and not mapping.operations[operation].owns:
            answer = checked(operation, answer, example.arguments)
    except BackendError as error:
        return error.detail
    if answer is None or example.gives is None:
        return "" if answer == example.gives else f"gives {'nothing' if answer is None else 'an answer'}"
    for field, expected in example.gives.items():
        if answer.get(field) != expected:
            return f"{field}: {answer.get(field)!r} instead of {expected!r}"
    return ""
