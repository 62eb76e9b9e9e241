"""The rule for everything that PJSIP calls."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, TypeVar

log = logging.getLogger(__name__)

Method = TypeVar("Method", bound=Callable[..., None])


def callback(method: Method) -> Method:
    """Mark a method that PJSIP calls, on threads of its own: an exception that left it would end the process."""

    @functools.wraps(method)
    def guarded(*arguments: Any) -> None:
        try:
            method(*arguments)
        except Exception:
            # There is nobody above but C++.
            log.exception("in the callback %s", method.__qualname__)

    return guarded  # type: ignore[return-value]
