"""Idempotency keys: the same request twice has one effect and one answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from backend_client.demo.left_tables import KeptAnswerRow
from backend_client.demo.replies import ProblemError

Json = dict[str, Any]


def once(session: Session, key: str, request: bytes, do: Callable[[], Json | None]) -> tuple[Json | None, bool]:
    """Do it, or return the answer that it had. The flag says whether it had been done before.

    An answer that says "there is no such thing" is not kept: nothing was done.

    Args:
        request: operation, path and body; what must be the same when the key is.

    Raises:
        ProblemError: 422, the key belongs to another request.
    """
    digest = hashlib.sha256(request).hexdigest()
    kept = session.get(KeptAnswerRow, key)
    if kept is not None:
        if kept.request != digest:
            raise ProblemError(422, "key-reused")
        return json.loads(kept.answer), True
    answer = do()
    if answer is not None:
        session.add(KeptAnswerRow(key=key, request=digest, answer=json.dumps(answer, ensure_ascii=False)))
    return answer, False
