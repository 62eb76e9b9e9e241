"""Changes of the menu language, one file for each version. A change is written once: it is applied to the tree of a
file while that is loaded, where everything keeps its line and column, and to the text of a file by `ivr menus migrate`,
where comments stay.

A published migration is never edited; a further change of the language is a further version.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from ruamel.yaml.error import YAMLError

from menus.formatting import CannotFormat, meaning_of, read, round_trip
from menus.migrations import v2_plain_words
from menus.migrations.block import CommentedBlock, Migration, PlacedBlock
from menus.yaml_tree import YamlMapping, YamlScalar

#: Version to the migration that leads to it. They are applied in this order.
MIGRATIONS: Mapping[int, Migration] = {2: v2_plain_words.migrate}
NEWEST = max(MIGRATIONS)
#: Keys that have another name than in an earlier version.
RENAMED: Mapping[str, str] = v2_plain_words.RENAMED


class CannotMigrateError(Exception):
    """The file cannot be brought to the newest version. The message says why."""


def version_of(root: YamlMapping) -> int | None:
    """The version of the language that a file says it is written in; None if it says none that there was."""
    written = root.values.get("ivr")
    if not isinstance(written, YamlScalar) or written.style != "plain" or not written.text.isascii():
        return None
    known = (1, *MIGRATIONS)
    return int(written.text) if written.text in map(str, known) else None


def migrate_placed(root: YamlMapping) -> None:
    """Bring the tree of a file to the newest version, in place. Everything keeps the line where the author has it."""
    version = version_of(root)
    if version is not None:
        _apply(PlacedBlock(root), version)


def migrated(text: str) -> str:
    """Return the text of a menu file in the newest version, with its comments; unchanged if it is there already.

    Raises:
        CannotMigrateError: it is no menu of a version that there was, or would come to mean something else.
    """
    try:
        root = _read(text)
        version = version_of(root)
        if version is None:
            raise CannotMigrateError("没有写是哪个版本（ivr: 1）/ it does not say of which version it is (ivr: 1)")
        if version == NEWEST:
            return text
        yaml = round_trip()
        document = yaml.load(text)
        _apply(CommentedBlock(document), version)
        out = io.StringIO()
        yaml.dump(document, out)
        _apply(PlacedBlock(root), version)
        if meaning_of(_read(out.getvalue())) != meaning_of(root):
            raise CannotMigrateError(
                "改写会改变内容，所以没有改 / it would come to mean something else, so nothing was changed"
            )
    except (CannotFormat, YAMLError, RecursionError) as error:
        raise CannotMigrateError(str(error)) from error
    return out.getvalue()


def _read(text: str) -> YamlMapping:
    root = read(text)
    if not isinstance(root, YamlMapping):
        raise CannotMigrateError("这不是菜单 / this is no menu")
    return root


def _apply(tree: Any, version: int) -> None:
    for newer, migrate in MIGRATIONS.items():
        if newer > version:
            migrate(tree)
            tree.put_number("ivr", newer)
