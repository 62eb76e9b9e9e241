"""The pages of authors: drafts, the editor, publishing and rolling back, and who may do what to whose."""

from __future__ import annotations

import re

import pytest

from tests.ivr.console.authored import BETTER, EDIT, Author, village
from tests.ivr.console.support import TestConsole

PAGES = (
    "/authoring",
    "/authoring/trees/village",
    "/authoring/trees/village/drawing",
    EDIT,
    f"{EDIT}?file=village.cases.yaml",
    "/authoring/trees/village/phone",
    "/authoring/publish",
    "/authoring/revisions",
)


@pytest.fixture(autouse=True)
def _village(console: TestConsole) -> None:
    village(console)


def revision_of(console: TestConsole) -> str:
    current = console.services.desk.current()
    return current.revision if current else ""


class TestPages:
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_are_there_before_and_after_something_is_changed(self, console: TestConsole, language: str) -> None:
        author = Author(console)
        author.browser.cookies["xiangyin_look"] = f"{language}.light"
        for step in (
            lambda: None,
            lambda: author.type(BETTER),
            lambda: author.publish(),
            lambda: author.type("nodes: ["),
        ):
            step()
            for path in PAGES:
                page = author.browser.get(path)
                assert page.status == 200, (path, page.text)
                assert len(page.body) < 100_000
                assert "style=" not in page.text
            author.version = int(re.findall(r'name="version" value="(\d+)"', author.browser.get(EDIT).text)[0])
