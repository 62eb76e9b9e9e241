"""docs/call-log.md names everything that a journal and the tables hold, and nothing that they do not."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from ivr.call.journal_lines import FACTS, NOTES
from ivr.flow.commands import COMMANDS
from ivr.flow.events import EVENTS
from ivr.storage import models
from ivr.storage.models import Base
from ivr.storage.projector import OUTCOMES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "call-log.md").read_text("utf-8")


#: The tables of the call log; those of the console are not for others to read.
CALL_LOG = {mapper.local_table for mapper in Base.registry.mappers if mapper.class_.__module__ == models.__name__}
TABLES = [table for table in Base.metadata.sorted_tables if table in CALL_LOG]


def section(heading: str) -> str:
    match = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert match, f"docs/call-log.md has no section {heading!r}"
    return match[1]


def rows(heading: str) -> dict[str, str]:
    """The rows of the table in a section: first cell, without its back-ticks, to the rest."""
    found = re.findall(r"^\| `([^`|]+)` \|(.*)\|$", section(heading), re.MULTILINE)
    return dict(found)


def named(cell: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", cell))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_every_column_is_explained(table: object) -> None:
    columns = table.columns.keys()  # type: ignore[attr-defined]
    explained = rows(f"Table `{table.name}`")  # type: ignore[attr-defined]
    assert list(explained) == list(columns)
    assert all(len(text.strip()) > 10 for text in explained.values())


@pytest.mark.parametrize(("heading", "known"), [("Notes", NOTES), ("Facts", FACTS)])
def test_every_note_and_fact_is_listed_with_its_fields(heading: str, known: dict[str, tuple[str, ...]]) -> None:
    listed = rows(heading)
    assert list(listed) == list(known)
    for name, fields in known.items():
        assert named(listed[name].split("|")[0]) == set(fields), name


@pytest.mark.parametrize(("heading", "known"), [("Events", EVENTS), ("Commands", COMMANDS)])
def test_every_event_and_command_is_listed_with_its_fields(heading: str, known: dict[str, type]) -> None:
    listed = rows(heading)
    assert list(listed) == list(known)
    for name, cls in known.items():
        assert named(listed[name].split("|")[0]) == {field.name for field in dataclasses.fields(cls)}, name


def test_every_outcome_is_explained() -> None:
    assert tuple(rows("Outcomes")) == OUTCOMES
