"""Where a page of a list ends, as it stands in the address of the next: a moment and the key of a row."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TypeVar

from ivr.console.web import BadRequestError

_Key = TypeVar("_Key")


def cursor_text(at: datetime, key: object) -> str:
    """A place of a list as it stands in a URL."""
    text = f"{at.astimezone(timezone.utc).isoformat()} {key}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def cursor_of(text: str, key_of: Callable[[str], _Key]) -> tuple[datetime, _Key] | None:
    """The place that a URL names; None for the beginning.

    Args:
        key_of: makes the key of a row of its text; raises ValueError for what is none.

    Raises:
        BadRequestError: it is none of ours.
    """
    if not text:
        return None
    try:
        at, _, key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").partition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment, key_of(key)
    except (ValueError, OverflowError) as error:
        raise BadRequestError("页码不对", "after is no place in this list") from error
