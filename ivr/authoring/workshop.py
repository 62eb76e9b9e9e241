"""The workshop: each author's drafts on top of what is published, checked, rehearsed and published together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from ivr.authoring.documents import Document, document, documents
from ivr.authoring.remembered import Remembered
from ivr.publishing.candidate import Candidate, RefusedError
from ivr.publishing.changes import Change, changes
from ivr.publishing.desk import Desk, Published
from ivr.publishing.files import in_folder, menus_of, named
from ivr.rehearsal.backend import FakeAnswer
from ivr.rehearsal.case_files import fake_answers, load_cases
from ivr.rehearsal.cases import CaseFile
from ivr.rehearsal.report import Report, rehearse
from ivr.rehearsal.written import WrittenCase, save
from ivr.storage.drafts import Draft, Drafts
from ivr.storage.publications import Publication
from menus.loader import CheckedMenus
from menus.model import MenuSet
from menus.problems import MenuProblems, Problem
from menus.scaffold import new_tree
from menus.source import LARGEST_FILE

#: More drafts of one author are a mistake.
MOST_DRAFTS = 50
_FROM_FOLDER = "第一次发布以前，文件夹里的菜单 / what the folder served before anything was published"


class TooLongError(Exception):
    """A file is larger than any that is read."""


class TooManyDraftsError(Exception):
    """The author has more drafts than anybody can keep in mind."""


class OutOfDateError(Exception):
    """What is published has changed in a document since the author began with it.

    Attributes:
        documents: which.
    """

    def __init__(self, documents: Sequence[str]) -> None:
        super().__init__(", ".join(documents))
        self.documents = documents


@dataclass(frozen=True)
class Ground:
    """What drafts stand on.

    Attributes:
        publication: what is published; None while nothing is, and the folder of the settings is served.
        files: name to text.
    """

    publication: Publication | None
    files: Mapping[str, str]

    @property
    def revision(self) -> str:
        return self.publication.revision if self.publication else ""


@dataclass(frozen=True)
class Work:
    """A document as one author sees it.

    Attributes:
        draft: None while the author has not changed it.
        published: its files as they are published.
        files: its files as the author has them.
        others: drafts that other authors have of it.
    """

    document: Document
    draft: Draft | None
    published: Mapping[str, str]
    files: Mapping[str, str]
    others: Sequence[Draft]

    @property
    def is_changed(self) -> bool:
        return dict(self.files) != dict(self.published)

    @property
    def is_out_of_date(self) -> bool:
        """Whether something else was published since the author began."""
        return self.draft is not None and dict(self.draft.began_with) != dict(self.published)

    @property
    def version(self) -> int:
        return self.draft.version if self.draft else 0


class Workshop:
    """What authors work with. Besides the errors that stand there, everything raises `DatabaseDownError`.

    Args:
        folder: the files that are served while nothing is published.
    """

    def __init__(self, desk: Desk, drafts: Drafts, folder: Callable[[], Mapping[str, str]]) -> None:
        self._desk = desk
        self._drafts = drafts
        self._folder = folder
        self._checks: Remembered[CheckedMenus] = Remembered()
        self._reports: Remembered[Report] = Remembered()
        self._published: Remembered[Mapping[str, str]] = Remembered()
        self._read: Remembered[MenuSet | None] = Remembered()
        self._candidates: Remembered[Candidate | RefusedError] = Remembered()

    # What there is

    def ground(self) -> Ground:
        """What is published, or the folder."""
        current = self._desk.current()
        if current is None:
            return Ground(None, dict(self._folder()))
        return Ground(current, self.files_of(current.revision))

    def files_of(self, revision: str) -> Mapping[str, str]:
        """The files of a revision by its whole name.

        Raises:
            NoSuchRevisionError: there is none.
        """
        return self._published.get(revision, lambda: self._desk.files(revision)[1])

    def works(self, who: str) -> list[Work]:
        """All documents as an author sees them, those that only the author has among them."""
        ground, drafts = self.ground(), self._drafts.all()
        mine = {draft.document for draft in drafts if draft.account == who}
        names = {one.name for one in documents(ground.files)} | mine
        works = [_work(who, name, ground, drafts) for name in names]
        return sorted(works, key=lambda work: (not work.document.is_tree, work.document.name))

    def work(self, who: str, name: str) -> Work | None:
        """One document as an author sees it; None if there is none."""
        work = _work(who, name, self.ground(), self._drafts.all())
        return work if work.files or work.draft else None

    # Drafts

    def write(self, who: str, work: Work, file: str, text: str, version: int) -> Draft:
        """Keep what an author has typed.

        Args:
            file: one of the files of the document.
            version: of the draft that the author sees; 0 while there is none.

        Raises:
            StaleDraftError: the draft was saved in another window meanwhile.
            TooLongError, TooManyDraftsError: see there.
        """
        if file not in work.document.names:
            raise KeyError(file)
        text = text.replace("\r\n", "\n")
        if len(text.encode("utf-8", "surrogatepass")) > LARGEST_FILE:
            raise TooLongError(file)
        if not version and sum(draft.account == who for draft in self._drafts.all()) >= MOST_DRAFTS:
            raise TooManyDraftsError
        began = work.draft.began_with if work.draft else work.published
        return self._drafts.save(who, work.document.name, {**work.files, file: text}, began, version)

    def begin(self, who: str, name: str, title: str) -> Draft:
        """A draft of a tree that does not exist yet, small and sound.

        Raises:
            CannotScaffold: a tree cannot have this name or title; the message says why.
            StaleDraftError: the author has such a draft.
            TooManyDraftsError: see there.
        """
        made = document(name, {})
        menu, cases = new_tree(name, title)
        work = Work(made, None, {}, {made.menu: menu}, ())
        return self.write(who, work, made.cases, cases, 0)

    def accept(self, who: str, work: Work, version: int) -> Draft:
        """The author has seen what was published meanwhile, and goes on from there with the text as it is.

        Raises:
            StaleDraftError: the draft was saved in another window meanwhile.
        """
        return self._drafts.save(who, work.document.name, work.files, work.published, version)

    def discard(self, who: str, name: str) -> bool:
        """Forget a draft; whether there was one."""
        return self._drafts.discard(who, name)

    # Looking at it

    def files(self, who: str, only: Collection[str] | None = None) -> dict[str, str]:
        """All menus as they would be with an author's drafts.

        Args:
            only: leave out the drafts of other documents than these.
        """
        files = dict(self.ground().files)
        for draft in self._drafts.all():
            if draft.account == who and (only is None or draft.document in only):
                files |= draft.files
        return files

    def check(self, files: Mapping[str, str]) -> CheckedMenus:
        """Everything that is wrong with menus."""
        return self._checks.get(_key(files), lambda: self._desk.check(files))

    def menus(self, files: Mapping[str, str]) -> MenuSet | None:
        """The menus in files; None if they have errors. Quicker than the whole check."""

        def read() -> MenuSet | None:
            try:
                return menus_of(files)
            except MenuProblems:
                return None

        return self._read.get(_key(files), read)

    def changes(self, before: Mapping[str, str], after: Mapping[str, str]) -> list[Change] | None:
        """What differs, step by step; None if one of them has errors."""
        old, new = self.menus(before), self.menus(after)
        return None if old is None or new is None else changes(old, new)

    def rehearse(self, files: Mapping[str, str], menus: MenuSet, name: str) -> Report:
        """Run the rehearsals of a document. Problems name files as they are given."""
        cases = document(name, files).cases

        def run() -> Report:
            with in_folder(files) as folder:
                return rehearse(menus, [folder / cases] if cases in files else [])

        return self._reports.get(_key({**files, "": name}), run)

    def check_cases(self, files: Mapping[str, str], wanted: Document) -> list[Problem]:
        """What is wrong with the rehearsals of a document as a file, whether or not they pass."""
        if wanted.cases not in files:
            return []
        with in_folder({wanted.cases: files[wanted.cases]}) as folder:
            _, problems = load_cases(folder / wanted.cases)
            return [named(problem, folder) for problem in problems]

    def samples(self, files: Mapping[str, str], name: str) -> CaseFile | None:
        """The rehearsals of a tree, for what the backend answers in them; None if they cannot be read."""
        cases = document(name, files).cases
        if cases not in files:
            return None
        with in_folder({cases: files[cases]}) as folder:
            loaded, _ = load_cases(folder / cases)
        return loaded.file if loaded else None

    @staticmethod
    def answers(file: CaseFile | None) -> dict[str, list[FakeAnswer]]:
        """What the backend answers usually in rehearsals."""
        return fake_answers(file) if file else {}

    def add_case(self, who: str, work: Work, case: WrittenCase) -> Draft:
        """Add a rehearsal to an author's draft.

        Raises:
            CannotSaveError: the rehearsals that are there have errors.
            StaleDraftError: the draft was saved in another window meanwhile.
        """
        cases = work.document.cases
        there = {cases: work.files[cases]} if work.files.get(cases, "").strip() else {}
        with in_folder(there) as folder:
            save(folder / cases, work.document.name, case)
            text = (folder / cases).read_text("utf-8")
        return self.write(who, work, cases, text, work.version)

    # Publishing

    def candidate(self, files: Mapping[str, str]) -> Candidate:
        """Menus that may be published: checked and rehearsed, once for the same files.

        Raises:
            RefusedError: they may not, and everything that is wrong.
        """

        def ask() -> Candidate | RefusedError:
            try:
                return self._desk.candidate(files)
            except RefusedError as error:
                return error

        found = self._candidates.get(_key(files), ask)
        if isinstance(found, RefusedError):
            raise found
        return found

    def publish(self, who: str, names: Collection[str], *, base: str, why: str) -> Published:
        """Publish an author's drafts of some documents. They are drafts no longer.

        Args:
            base: the revision that the author has compared with.

        Raises:
            OutOfDateError: something else was published in one of the documents since its draft was begun.
            RefusedError: they have errors, or their rehearsals fail.
            ConflictError: somebody else has published meanwhile.
        """
        works = [work for work in self.works(who) if work.draft and work.document.name in names]
        late = [work.document.name for work in works if work.is_out_of_date]
        if late:
            raise OutOfDateError(late)
        ready = self.candidate(self.files(who, [work.document.name for work in works]))
        if not base:
            base = self._publish_ground(who)
        done = self._desk.publish(ready, base=base, who=who, why=why)
        for work in works:
            assert work.draft is not None
            # What was typed since stays a draft; it is then begun with what is published.
            if not self._drafts.discard(who, work.document.name, work.draft.version):
                self._begin_anew(who, work)
        return done

    def _publish_ground(self, who: str) -> str:
        """Before the first publication, publish what the folder serves: so that there is something to go back to, and
        to compare with. Menus that could not be published stay where they are.

        Returns:
            The revision that is published then.
        """
        ground = self.ground()
        if ground.publication is not None:
            return ""
        try:
            ready = self.candidate(ground.files)
        except RefusedError:
            return ""
        return self._desk.publish(ready, base="", who=who, why=_FROM_FOLDER).publication.revision

    def _begin_anew(self, who: str, published: Work) -> None:
        later = self._drafts.of(who, published.document.name)
        if later is not None:
            self._drafts.save(who, later.document, later.files, published.files, later.version)


def _work(who: str, name: str, ground: Ground, drafts: Sequence[Draft]) -> Work:
    made = document(name, ground.files)
    published = made.of(ground.files)
    of_it = [draft for draft in drafts if draft.document == name]
    mine = next((draft for draft in of_it if draft.account == who), None)
    others = [draft for draft in of_it if draft.account != who]
    return Work(made, mine, published, mine.files if mine else published, others)


def _key(files: Mapping[str, str]) -> str:
    written = json.dumps(dict(files), sort_keys=True).encode("utf-8", "surrogatepass")
    return hashlib.sha256(written).hexdigest()
