"""The list of the pages of authors: method, path, the function that makes it, and the permission that it needs."""

from __future__ import annotations

from collections.abc import Callable

from ivr.console.authoring import desk, editor, phone_page, publishing, revisions, synonyms, tree
from ivr.console.roles import Permission
from ivr.console.web import Answer

PAGES: tuple[tuple[str, str, Callable[..., Answer], Permission], ...] = (
    ("GET", "/authoring", desk.show, "author"),
    ("POST", "/authoring/trees", desk.begin, "author"),
    ("GET", "/authoring/trees/<name>", tree.show, "author"),
    ("GET", "/authoring/trees/<name>/drawing", tree.drawing, "author"),
    ("GET", "/authoring/trees/<name>/edit", editor.show, "author"),
    ("POST", "/authoring/trees/<name>/save", editor.save, "author"),
    ("POST", "/authoring/trees/<name>/complete", editor.choices, "author"),
    ("POST", "/authoring/trees/<name>/accept", editor.accept, "author"),
    ("POST", "/authoring/trees/<name>/discard", editor.discard, "author"),
    ("POST", "/authoring/trees/<name>/synonyms", synonyms.add, "author"),
    ("GET", "/authoring/trees/<name>/phone", phone_page.show, "author"),
    ("GET", "/authoring/publish", publishing.review, "author"),
    ("POST", "/authoring/publish", publishing.publish, "author"),
    ("GET", "/authoring/revisions", revisions.show, "menus"),
    ("GET", "/authoring/revisions/<revision>", revisions.difference, "menus"),
    ("POST", "/authoring/roll-back", revisions.roll_back, "author"),
)
