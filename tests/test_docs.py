"""The documentation says what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.generated_docs import PARTS, ROOT, documents

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
WRITTEN = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]


def test_generated_parts_are_up_to_date() -> None:
    # In a process of its own: click remembers in each command how it was first called.
    command = [sys.executable, "-m", "tests.generated_docs", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run scripts/docs: {done.stdout}{done.stderr}"


def test_every_generated_part_is_used() -> None:
    whole = "".join(document.read_text("utf-8") for document in documents())
    assert [name for name in PARTS if f"<!-- generated: {name} -->" not in whole] == []


@pytest.mark.parametrize("document", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    broken = [link for link in LINK.findall(document.read_text("utf-8")) if not (document.parent / link).exists()]
    assert broken == []
