"""Menus as texts by the names of their files, as they are sent, kept and published; a folder is where authors work."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from menus.checks.surroundings import NOTHING_KNOWN, Surroundings
from menus.loader import CheckedMenus, check_menus, load_menus
from menus.model import MenuSet
from menus.problems import Bilingual, MenuProblems, Problem

#: Where a folder of menus says which revision it was published as, or taken from.
BASE_FILE = ".published"
_SUFFIXES = (".yaml", ".yml")
_LONGEST_NAME = 100


def texts_of(folder: Path) -> dict[str, str]:
    """The menus of a folder and their rehearsals: name to text."""
    names = (path for path in folder.glob("*.y*ml") if path.suffix in _SUFFIXES)
    return {path.name: path.read_text("utf-8-sig") for path in sorted(names) if not path.name.startswith(".")}


def menus_of(files: Mapping[str, str]) -> MenuSet:
    """The menus in the files of a revision.

    Raises:
        MenuProblems: this program cannot read them.
    """
    with in_folder(files) as folder:
        return load_menus(folder)


def check_files(files: Mapping[str, str], surroundings: Surroundings = NOTHING_KNOWN) -> CheckedMenus:
    """Look at menus, and say everything that is wrong with them; problems name the files as they are given."""
    try:
        with in_folder(files) as folder:
            checked = check_menus(folder, surroundings)
    except MenuProblems as error:
        return CheckedMenus(None, error.problems)
    problems = [named(problem, folder) for problem in checked.problems]
    allowed = [replace(found, problem=named(found.problem, folder)) for found in checked.allowed]
    return CheckedMenus(checked.menus, problems, allowed)


@contextmanager
def in_folder(files: Mapping[str, str]) -> Iterator[Path]:
    """The files in a folder of their own, which is gone afterwards.

    Raises:
        MenuProblems: a file has a name that no file of menus may have, or its text is none.
    """
    require_names(files)
    with tempfile.TemporaryDirectory(prefix="menus") as folder:
        for name, text in files.items():
            try:
                (Path(folder) / name).write_text(text, "utf-8")
            except UnicodeEncodeError as error:
                line = text.count("\n", 0, error.start) + 1
                what = Bilingual("这一行有半个字符", "this line holds half a character")
                raise MenuProblems([Problem(name, line, 0, "error", "not_unicode", what)]) from error
        yield Path(folder)


def named(problem: Problem, folder: Path) -> Problem:
    """A problem in a folder that nobody but us knows, by the name of its file."""
    return replace(problem, file="" if Path(problem.file) == folder else Path(problem.file).name)


def base_of(folder: Path) -> str | None:
    """The revision that a folder was published as or taken from; None if it does not say."""
    try:
        return (folder / BASE_FILE).read_text("utf-8").strip() or None
    except OSError:
        return None


def remember_base(folder: Path, revision: str) -> bool:
    """Write down which revision a folder is; whether that could be written."""
    try:
        (folder / BASE_FILE).write_text(revision + "\n", "utf-8")
    except OSError:
        return False
    return True


def write_out(folder: Path, revision: str, files: Mapping[str, str]) -> None:
    """Write the files of a revision into a folder, to work on from there.

    Raises:
        FileExistsError: there are menus in it.
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if texts_of(folder):
        raise FileExistsError(f"{folder} 里已经有菜单 / there are menus in {folder} already")
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    remember_base(folder, revision)


def require_names(names: Iterable[str]) -> None:
    """Names come over the network, too: nothing is written beside the folder, and nothing hides.

    Raises:
        MenuProblems: a file has a name that no file of menus may have.
    """
    wrong = [name for name in names if not _is_name(name)]
    what = Bilingual("文件名不能用", "no file of menus may be called this")
    fix = Bilingual("要像 hotline.yaml 这样", "like hotline.yaml")
    if wrong:
        raise MenuProblems([Problem(name[:_LONGEST_NAME], 0, 0, "error", "file_name", what, fix) for name in wrong])


def _is_name(name: str) -> bool:
    plain = all(unicodedata.category(character)[0] in "LNPS" and character not in "/\\:" for character in name)
    return plain and not name.startswith(".") and name.endswith(_SUFFIXES) and len(name) <= _LONGEST_NAME
