"""What a migration may do to a file. One implementation keeps lines and columns, the other keeps comments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ruamel.yaml.comments import CommentedMap

from menus.yaml_tree import YamlMapping, YamlScalar, YamlSequence


class Block(Protocol):
    """Keys with values, somewhere in a file."""

    def blocks(self, key: str) -> Iterator[Block]:
        """What stands below a key, if those are blocks: the block itself, or each in a list. Nothing otherwise."""

    def inner(self) -> Iterator[Block]:
        """Each value that is a block itself."""

    def rename(self, old: str, new: str) -> None:
        """Give a key another name, at its place. Nothing happens without the old one, or if the new one is there."""

    def put_number(self, key: str, value: int) -> None:
        """Replace a whole number that is there."""


Migration = Callable[[Block], None]


class PlacedBlock:
    """A block of a file that is being loaded: everything keeps its line and column."""

    def __init__(self, node: YamlMapping) -> None:
        self._node = node

    def blocks(self, key: str) -> Iterator[PlacedBlock]:
        value = self._node.values.get(key)
        for item in value.items if isinstance(value, YamlSequence) else [value]:
            if isinstance(item, YamlMapping):
                yield PlacedBlock(item)

    def inner(self) -> Iterator[PlacedBlock]:
        for value in self._node.values.values():
            if isinstance(value, YamlMapping):
                yield PlacedBlock(value)

    def rename(self, old: str, new: str) -> None:
        node = self._node
        if old not in node.values or new in node.values:
            return
        for part in (node.values, node.keys):
            entries: list[tuple[str, Any]] = [(new if key == old else key, value) for key, value in part.items()]
            part.clear()
            part.update(entries)
        node.keys[new] = node.keys[new]._replace(text=new)
        node.repeated[:] = [key._replace(text=new) if key.text == old else key for key in node.repeated]

    def put_number(self, key: str, value: int) -> None:
        written = self._node.values[key]
        assert isinstance(written, YamlScalar)
        self._node.values[key] = written._replace(text=str(value))


class CommentedBlock:
    """A block of a text that is being rewritten: comments stay where they are."""

    def __init__(self, mapping: CommentedMap) -> None:
        self._mapping = mapping

    def blocks(self, key: str) -> Iterator[CommentedBlock]:
        value = self._mapping.get(key)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, CommentedMap):
                yield CommentedBlock(item)

    def inner(self) -> Iterator[CommentedBlock]:
        for value in self._mapping.values():
            if isinstance(value, CommentedMap):
                yield CommentedBlock(value)

    def rename(self, old: str, new: str) -> None:
        mapping = self._mapping
        if old not in mapping or new in mapping:
            return
        place = list(mapping).index(old)
        comment = mapping.ca.items.pop(old, None)
        mapping.insert(place, new, mapping.pop(old))
        if comment is not None:
            mapping.ca.items[new] = comment

    def put_number(self, key: str, value: int) -> None:
        self._mapping[key] = value
