"""The desk at which menus are published and rolled back, whoever asks: a command, a page of the console, a program."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from ivr.publishing.candidate import Candidate, RefusedError, candidate_of, require_trees
from ivr.publishing.changes import Change, changes
from ivr.publishing.files import check_files, menus_of
from ivr.publishing.follow import bring
from ivr.publishing.local import LocalCopy
from ivr.storage.down import DatabaseDownError
from ivr.storage.publications import Kind, Publication, Publications
from menus.checks.surroundings import Surroundings
from menus.loader import CheckedMenus
from menus.problems import Bilingual, MenuProblems

_log = logging.getLogger(__name__)


class NothingToGoBackToError(LookupError):
    """Nothing was published before what is published. The message is for authors."""


@dataclass(frozen=True)
class Published:
    """What came of publishing.

    Attributes:
        publication: what gateways serve.
        is_new: False if that was published already, so that there was nothing to do.
    """

    publication: Publication
    is_new: bool


class Desk:
    """Checks, rehearses and publishes.

    Besides the errors that stand there, every method that asks the database raises `DatabaseDownError`. Line workers of
    this machine take a publication within a second; other machines follow the database by themselves (`ivr ship`).

    Args:
        local: the copy that gateways on this machine serve.
        roots: trees that numbers lead to.
        surroundings: the gateway that will run the menus; asked for when something is checked.
        now: the time, aware of its zone.
    """

    def __init__(
        self,
        publications: Publications,
        local: LocalCopy,
        roots: Collection[str],
        surroundings: Callable[[], Surroundings],
        now: Callable[[], datetime],
    ) -> None:
        self._publications = publications
        self._local = local
        self._roots = roots
        self._surroundings = surroundings
        self._now = now

    def check(self, files: Mapping[str, str]) -> CheckedMenus:
        """Everything that is wrong with menus, without rehearsing them."""
        return check_files(files, self._surroundings())

    def candidate(self, files: Mapping[str, str]) -> Candidate:
        """These menus, if they may be published. Nothing is published yet.

        Raises:
            RefusedError: they may not, and everything that is wrong.
        """
        return candidate_of(files, self._roots, self._surroundings())

    def publish(self, ready: Candidate, *, base: str, who: str, why: str) -> Published:
        """Publish menus: callers who call from now on hear them, calls in progress finish with the old ones.

        Args:
            base: the revision that the author began with; empty if nothing was published then.

        Raises:
            ConflictError: somebody else has published meanwhile.
        """
        current = self._publications.current()
        if current is not None and current.revision == ready.revision:
            return Published(current, is_new=False)
        return Published(self._make(ready.revision, ready.files, base, who, why, "publish"), is_new=True)

    def roll_back(self, revision: str | None, *, who: str, why: str, base: str | None = None) -> Publication:
        """Publish an old revision again. It was checked and rehearsed when it was published first.

        Args:
            revision: its first digits; None for the one that was published before.
            base: the revision that whoever asks believes to be published; None for whatever is.

        Raises:
            NothingToGoBackToError: nothing else was ever published.
            NoSuchRevisionError: none begins like this, or several do.
            RefusedError: this program cannot read it any more, or a number leads to a tree that it does not have.
            ConflictError: somebody else has published meanwhile.
        """
        current = self._publications.current()
        if current is None:
            raise NothingToGoBackToError(str(Bilingual("还没有发布过", "nothing was ever published")))
        wanted = self._publications.find(revision) if revision else self._before(current.revision)
        files = self._publications.files(wanted)
        try:
            require_trees(menus_of(files), self._roots, wanted)
        except MenuProblems as error:
            raise RefusedError("check", error.problems) from error
        return self._make(wanted, files, current.revision if base is None else base, who, why, "rollback")

    def current(self) -> Publication | None:
        """What is published; None when nothing ever was."""
        return self._publications.current()

    def history(self, limit: int = 20) -> list[Publication]:
        """The latest publications, latest first."""
        return self._publications.history(limit)

    def files(self, revision: str) -> tuple[str, dict[str, str]]:
        """A revision by its first digits, and its files: name to text.

        Raises:
            NoSuchRevisionError: none begins like this, or several do.
        """
        found = self._publications.find(revision)
        return found, self._publications.files(found)

    @staticmethod
    def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
        """What differs between the menus in files, node by node (`ivr.publishing.changes.told` makes lines of it).

        Raises:
            MenuProblems: one of them has errors.
        """
        return changes(menus_of(before), menus_of(after))

    def _before(self, revision: str) -> str:
        earlier = self._publications.before(revision)
        if earlier is None:
            raise NothingToGoBackToError(str(Bilingual("没有更早的版本", "there is no earlier revision")))
        return earlier

    def _make(self, revision: str, files: Mapping[str, str], base: str, who: str, why: str, kind: Kind) -> Publication:
        made = self._publications.publish(revision, files, base=base, who=who, why=why, at=self._now(), kind=kind)
        try:
            bring(self._publications, self._local)
        except (DatabaseDownError, OSError) as error:
            # It is published; `ivr ship` brings it to this machine as soon as that can be.
            _log.warning("published, but this machine cannot keep its copy yet: %s", error)
        return made
