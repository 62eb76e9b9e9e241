"""What every check looks at: all trees that could be understood, each with its file."""

from __future__ import annotations

from dataclasses import dataclass

from menus.checks.surroundings import NOTHING_KNOWN, Surroundings
from menus.model import Tree
from menus.source import Source


@dataclass(frozen=True)
class LoadedTree:
    """A tree and its file.

    Attributes:
        tree: without the nodes that could not be understood.
        broken: names of those nodes. They exist, but nothing is known of them.
    """

    tree: Tree
    source: Source
    broken: frozenset[str]

    @property
    def node_names(self) -> set[str]:
        """Every node that stands in the file."""
        return set(self.tree.nodes) | self.broken

    @property
    def whole(self) -> bool:
        """False where nothing can be said about ways through the tree."""
        return not self.broken


@dataclass(frozen=True)
class Loaded:
    """All trees that are checked together.

    Attributes:
        trees: tree id to tree.
        known_ids: ids of all files, also of those that could not be understood.
        wording: language to sentence name to text: the standard sentences.
        surroundings: what is known of the gateway.
    """

    trees: dict[str, LoadedTree]
    known_ids: frozenset[str]
    wording: dict[str, dict[str, str]]
    surroundings: Surroundings = NOTHING_KNOWN
