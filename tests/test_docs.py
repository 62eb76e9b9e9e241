"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.generated_docs import PARTS, ROOT, documents, renewed

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
WRITTEN = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]


@pytest.mark.parametrize("document", list(documents()), ids=lambda path: path.name)
def test_generated_parts_are_up_to_date(document: Path) -> None:
    text = document.read_text("utf-8")
    assert renewed(text) == text, "run scripts/docs"


def test_every_generated_part_is_used() -> None:
    whole = "".join(document.read_text("utf-8") for document in documents())
    assert [name for name in PARTS if f"<!-- generated: {name} -->" not in whole] == []


@pytest.mark.parametrize("document", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    broken = [link for link in LINK.findall(document.read_text("utf-8")) if not (document.parent / link).exists()]
    assert broken == []
