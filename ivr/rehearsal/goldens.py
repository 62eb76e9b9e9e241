"""What rehearsals sounded like when somebody last agreed to it: `<tree>.heard.txt`, beside the rehearsals.

Such a file is only compared when it is there; `ivr menus test --update` writes it.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from ivr.rehearsal.case_files import SUFFIX
from ivr.rehearsal.report import FileReport
from ivr.rehearsal.transcript import transcript


def golden_of(cases: Path) -> Path:
    """The file that belongs to a file of rehearsals."""
    return cases.with_name(cases.name.removesuffix(SUFFIX) + ".heard.txt")


def heard(file: FileReport) -> str:
    """Everything that was heard and done in the rehearsals of a file."""
    parts = ["\n".join([f"## {outcome.case.name}", *transcript(outcome.moments), ""]) for outcome in file.outcomes]
    return "\n".join(parts)


def difference(file: FileReport) -> str:
    """What differs from what was agreed to, as a unified diff; empty if nothing does, or nothing was agreed to."""
    golden = golden_of(file.path)
    if not golden.exists():
        return ""
    before, after = golden.read_text("utf-8").splitlines(), heard(file).splitlines()
    return "\n".join(difflib.unified_diff(before, after, golden.name, "now", lineterm="", n=2))


def update(file: FileReport) -> None:
    """Agree to what is heard now."""
    golden_of(file.path).write_text(heard(file), "utf-8")
