"""Brings public content into the store, page by page, over a link that may break at any moment."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from backend_client.client import Asking, BackendClient
from backend_client.errors import AnswerError, BackendError, RequestError
from backend_client.operations import LIST_CHANGES
from backend_client.results import Changes
from backend_client.store.content import COLLECTIONS
from backend_client.store.staging import Staging, UnbelievableError

_logger = logging.getLogger(__name__)

TOKEN_EXPIRED = "urn:xiangyin:problem:token-expired"
#: How long a page may be, in pieces of content: a link that breaks gets smaller ones.
SHORTEST_PAGE = 10
FIRST_PAGE = 100
LONGEST_PAGE = 500
#: How long a page may take, in milliseconds. 256 kbit/s carry about a megabyte in this time.
PAGE_BUDGET_MS = 30_000


@dataclass
class Outcome:
    """What a round of synchronisation brought.

    Attributes:
        changed: pieces of content that are new, different or gone.
        pages: pages that came.
        failures: collections that could not be brought up to date, and why.
    """

    changed: int = 0
    pages: int = 0
    failures: list[str] = field(default_factory=list)


class Synchroniser:
    """Synchronises all collections.

    Args:
        connection: the store, open for writing.
        languages: languages of the texts.
        now: the moment, with an offset.
        trust: let much content vanish at once.
    """

    def __init__(
        self,
        client: BackendClient,
        connection: sqlite3.Connection,
        languages: Sequence[str],
        now: Callable[[], datetime],
        *,
        trust: bool = False,
    ) -> None:
        self._client = client
        self._connection = connection
        self._languages = languages
        self._now = now
        self._trust = trust
        self._page = FIRST_PAGE

    async def run(self) -> Outcome:
        """Bring everything up to date once. Never fails: see the outcome."""
        outcome = Outcome()
        for language in self._languages:
            for collection in COLLECTIONS:
                try:
                    await self._bring(collection, language, outcome)
                except (BackendError, UnbelievableError) as error:
                    _logger.warning("synchronisation of %s in %s: %s", collection, language, error)
                    outcome.failures.append(f"{collection} ({language}): {error}")
        return outcome

    async def _bring(self, collection: str, language: str, outcome: Outcome) -> None:
        staging = Staging(self._connection, collection, language)
        while True:
            changes = await self._fetch(staging, collection, language)
            outcome.pages += 1
            staging.add(changes)
            if not changes.more:
                outcome.changed += staging.put_in_place(self._now(), trust=self._trust)
                return

    async def _fetch(self, staging: Staging, collection: str, language: str) -> Changes:
        """Fetch the next page: a shorter one after a failure, down to the shortest; a longer one after a success."""
        while True:
            since = staging.position().since
            asking = Asking(language, PAGE_BUDGET_MS, "sync")
            arguments = {"collection": collection, "since": since, "limit": self._page}
            try:
                changes = await self._client.ask(LIST_CHANGES, arguments, asking)
            except RequestError as error:
                if error.problem != TOKEN_EXPIRED or since is None:
                    raise
                _logger.warning("synchronisation of %s: the token is not known any more, beginning again", collection)
                staging.start_again()
            except AnswerError:
                if self._page == SHORTEST_PAGE:
                    raise
                self._page = max(SHORTEST_PAGE, self._page // 2)
            else:
                if changes is None:
                    raise AnswerError("bad_answer", f"there is no collection {collection}", 404)
                self._page = min(LONGEST_PAGE, self._page * 2)
                return changes
