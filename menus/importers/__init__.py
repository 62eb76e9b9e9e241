"""Menus of other systems, brought over as far as they go, with a report of what could not come along.

One file for each format, in one registry. What is made always loads and passes the check without errors; what it cannot
say is said in the report and in a comment, never left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from menus.importers import freeswitch, rapidpro, voicexml
from menus.importers.document import CannotImport, read_document
from menus.importers.imported import Imported
from menus.importers.tidying import tidied

#: Format to what reads it. Each raises `CannotImport` for a file that it cannot read at all.
FORMATS: dict[str, Callable[[bytes, str, str | None], Imported]] = {
    "freeswitch": freeswitch.import_menus,
    "voicexml": voicexml.import_menus,
    "rapidpro": rapidpro.import_menus,
}

#: A file that is larger is no menu.
LARGEST_FILE = 5_000_000


def import_file(file: Path, name: str | None = None, language: str | None = None) -> Imported:
    """Read a menu of another system.

    Args:
        name: id of the tree; made from the name of the file if it is not given.
        language: in which the file speaks, where it does not say so itself.

    Raises:
        CannotImport: it is not such a file; the message is for the person who gave it.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise CannotImport(f"{file}: 打不开 / cannot be opened: {error.strerror}") from error
    if len(content) > LARGEST_FILE:
        raise CannotImport(f"{file}: 文件太大 / the file is larger than {LARGEST_FILE // 1_000_000} MB")
    try:
        imported = FORMATS[read_document(content).format](content, name or file.stem, language)
    except CannotImport as error:
        raise CannotImport(f"{file}: {error}") from error
    return Imported(imported.format, [tidied(tree) for tree in imported.trees])


__all__ = ["FORMATS", "CannotImport", "Imported", "import_file"]
