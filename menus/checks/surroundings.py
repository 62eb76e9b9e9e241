"""What menus will meet in a gateway. `menus` knows nothing of it: whoever runs the checks tells what it knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from menus.parts import Template


@dataclass(frozen=True)
class Operation:
    """What a query can ask.

    Attributes:
        required: names of the arguments that it must have.
        optional: names of those that it may have.
        fields: dotted paths of the answer with `0` for positions in lists, such as `items.0.title`; None if unknown.
    """

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    fields: frozenset[str] | None = None


@dataclass(frozen=True)
class RecordedText:
    """A recording by a person.

    Attributes:
        file: path for people.
        text: what it says.
        language: language code.
    """

    file: str
    text: str
    language: str


@dataclass(frozen=True)
class Studio:
    """The recordings, and how they are compared with menus.

    Attributes:
        recorded: all of them.
        sentences: cuts a text in a language into the stretches that are recorded one by one, values left out.
        normalised: a text in which only what can be heard makes a difference.
    """

    recorded: Sequence[RecordedText]
    sentences: Callable[[Template, str], Sequence[str]]
    normalised: Callable[[str], str]


@dataclass(frozen=True)
class Surroundings:
    """What is known; None is not known, and is then not checked.

    Attributes:
        operations: operations of the backend by name.
        targets: names to which calls can be transferred.
        unknown_words: for a language and a phrase, the words in it that the recogniser does not have.
        studio: recordings by people.
        voices: name of each installed voice to the language that it speaks.
    """

    operations: Mapping[str, Operation] | None = None
    targets: Collection[str] | None = None
    unknown_words: Callable[[str, str], Sequence[str]] | None = None
    studio: Studio | None = field(default=None)
    voices: Mapping[str, str] | None = None


NOTHING_KNOWN = Surroundings()
