"""The SQLite file of the answer store: its tables, and how it is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path

#: A file of another version is made anew: everything in it can be fetched again.
VERSION = 4

#: So many bytes of the file are read through memory that processes share.
MAPPED = 1 << 28

_TABLES = """
CREATE TABLE content (
    collection TEXT NOT NULL, language TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL,
    kind TEXT NOT NULL, township TEXT NOT NULL, department TEXT NOT NULL,
    starts_at TEXT NOT NULL, ends_at TEXT NOT NULL, words TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (collection, language, key)
) WITHOUT ROWID;
CREATE INDEX content_in_order ON content (collection, language, position);
-- Whatever notices are narrowed and ordered by is in an index: bodies are only read of what is told.
CREATE INDEX notices_not_over ON content (collection, language, ends_at, township, starts_at);
CREATE INDEX notices_of_kind ON content (collection, language, kind, ends_at, township, starts_at);

CREATE TABLE staged (
    collection TEXT NOT NULL, language TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL, body TEXT,
    PRIMARY KEY (collection, language, key)
) WITHOUT ROWID;

CREATE TABLE state (
    collection TEXT NOT NULL, language TEXT NOT NULL,
    token TEXT, synced_at TEXT, staged_token TEXT, staged_from_start INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (collection, language)
) WITHOUT ROWID;

-- What lists other than those of notices are narrowed by; see `columns`.
CREATE TABLE columns (
    collection TEXT NOT NULL, language TEXT NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (collection, language, name)
) WITHOUT ROWID;

-- What questions are answered from; see `indexing`.
CREATE TABLE searched (
    id INTEGER PRIMARY KEY, collection TEXT NOT NULL, language TEXT NOT NULL, key TEXT NOT NULL,
    length INTEGER NOT NULL, terms TEXT NOT NULL,
    UNIQUE (collection, language, key)
);
CREATE TABLE postings (
    language TEXT NOT NULL, term TEXT NOT NULL, places BLOB NOT NULL,
    PRIMARY KEY (language, term)
) WITHOUT ROWID;
CREATE TABLE sizes (
    language TEXT PRIMARY KEY, items INTEGER NOT NULL, length INTEGER NOT NULL
) WITHOUT ROWID;
"""


def open_for_writing(file: Path) -> sqlite3.Connection:
    """Open the store, making it when it is absent or of another version. Only one process may do so at a time.

    Raises:
        sqlite3.Error, OSError: the file cannot be used.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, isolation_level=None)
    if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        connection = sqlite3.connect(file, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 10000")
    return connection


def open_for_reading(file: Path) -> sqlite3.Connection | None:
    """Open the store, or return None when there is none yet, or one of another version.

    Raises:
        sqlite3.Error: the file cannot be used.
    """
    if not file.exists():
        return None
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        connection.close()
        return None
    connection.execute("PRAGMA query_only = 1")
    # A large store does not fit into SQLite's own 2 MB; all line workers share what the system has read.
    connection.execute(f"PRAGMA mmap_size = {MAPPED}")
    # A reader never waits for the one writer in WAL mode; this is for the moment of a checkpoint.
    connection.execute("PRAGMA busy_timeout = 200")
    return connection
