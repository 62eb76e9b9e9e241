"""The address of a database as people may see it. It loads no library: `ivr serve` must be quick to start."""

from __future__ import annotations


def shown_url(url: str) -> str:
    """A database URL without its password and options. What may be none is not shown at all."""
    address, _, options = url.partition("?")
    scheme, is_url, rest = address.partition("://")
    if not is_url or "@" in options:  # a password with a mark in it that should have been encoded
        return "(log.database)"
    who, has_user, place = rest.rpartition("@")
    user, has_password, _ = who.partition(":")
    return f"{scheme}://{user}{':***' if has_password else ''}{has_user}{place}"
