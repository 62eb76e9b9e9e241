"""What people see of a database's address."""

from __future__ import annotations

import pytest

from ivr.storage.shown import shown_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/xiangyin/calls.sqlite", "sqlite:////var/lib/xiangyin/calls.sqlite"),
        ("postgresql://gateway@db.example/calls", "postgresql://gateway@db.example/calls"),
        (
            "postgresql+psycopg://gateway:secret@db.example:5432/calls",
            "postgresql+psycopg://gateway:***@db.example:5432/calls",
        ),
        ("postgresql://gateway:sec@ret@db.example/calls?password=secret", "postgresql://gateway:***@db.example/calls"),
        ("postgresql://db.example/calls?user=gateway&password=sec@ret", "(log.database)"),
        ("postgresql://gateway:secret?@db.example/calls", "(log.database)"),
        ("secret", "(log.database)"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert shown_url(url) == shown
