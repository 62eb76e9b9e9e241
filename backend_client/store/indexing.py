"""What of the content can be searched by questions: service items and policies."""

from __future__ import annotations

import sqlite3

from backend_client.store.content import Content
from backend_client.store.tokens import character_terms, single_characters, sound_terms

SEARCHED = ("service-items", "policies")


def index_content(connection: sqlite3.Connection, collection: str, language: str, content: Content) -> None:
    """Put content into the index, where its collection is searched. It must not be there."""
    if collection not in SEARCHED:
        return
    body = content.body
    name = body.get("name") or body.get("title") or ""
    words = "，".join(body["keywords"])
    text = "，".join([body["summary"], body.get("conditions", ""), *body.get("points", ())])
    cursor = connection.execute(
        "INSERT INTO searched (collection, language, key) VALUES (?, ?, ?)", (collection, language, content.key)
    )
    connection.execute(
        "INSERT INTO search (rowid, name, words, text, sound) VALUES (?, ?, ?, ?, ?)",
        (
            cursor.lastrowid,
            " ".join(character_terms(name) + single_characters(name)),
            " ".join(character_terms(words) + single_characters(words)),
            " ".join(character_terms(text)),
            " ".join(sound_terms(f"{name}，{words}")),
        ),
    )


def remove_from_index(connection: sqlite3.Connection, collection: str, language: str, key: str) -> None:
    which = (collection, language, key)
    found = connection.execute(
        "DELETE FROM searched WHERE collection = ? AND language = ? AND key = ? RETURNING id", which
    ).fetchone()
    if found:
        connection.execute("DELETE FROM search WHERE rowid = ?", found)
