"""Phrases that were not understood, in groups that sound alike, and putting one into an option of a menu."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from ivr.storage.tallies import Count
from menus.formatting import CannotFormat, formatted, round_trip
from menus.model import Menu, Option, Tree
from menus.problems import Bilingual
from speech.matching.sounds import likeness
from speech.matching.templates import TemplateError, wordings

#: Phrases that sound so much alike are one group.
ALIKE = 0.75
#: An option is proposed when one of its phrases sounds at least so much like what was said. A wrong proposal is worse
#: than none, because it may be taken without a thought.
_PROPOSED = 0.5
#: So many different phrases of a node are compared; the rarest of more are left out.
_MOST_COMPARED = 80
_LONGEST = 40
_KEYS = re.compile(r"[0-9*#]+")
_MASKED = re.compile(r"[•…]")


class CannotAddError(Exception):
    """The phrase cannot be added. The message is for authors."""

    def __init__(self, what: Bilingual) -> None:
        super().__init__(str(what))
        self.what = what


@dataclass(frozen=True)
class Group:
    """Phrases that sound alike and were not understood at the same node.

    Attributes:
        phrases: words to how often, the most frequent first.
        proposed: keys of the option that was probably meant; empty if none is likely.
    """

    node: str
    phrases: Mapping[str, int]
    proposed: str = ""

    @property
    def amount(self) -> int:
        return sum(self.phrases.values())

    @property
    def head(self) -> str:
        """The most frequent phrase."""
        return next(iter(self.phrases))

    @property
    def others(self) -> list[tuple[str, int]]:
        """The rest of them."""
        return list(self.phrases.items())[1:]


def is_pressed(value: str) -> bool:
    """Whether an input that is counted was pressed, not said."""
    return not value or _KEYS.fullmatch(value) is not None or _MASKED.search(value) is not None


def groups(counts: Iterable[Count], tree: Tree, language: str) -> list[Group]:
    """What was said and not understood, the most frequent group first. What was pressed is no phrase."""
    said: dict[str, dict[str, int]] = {}
    for count in counts:
        if not is_pressed(count.value):
            at = said.setdefault(count.place, {})
            at[count.value] = at.get(count.value, 0) + count.amount
    found = [group for node, phrases in said.items() for group in _grouped(node, phrases, tree, language)]
    return sorted(found, key=lambda group: (-group.amount, group.node, group.head))


def _grouped(node: str, phrases: Mapping[str, int], tree: Tree, language: str) -> list[Group]:
    gathered: list[dict[str, int]] = []
    for phrase, amount in sorted(phrases.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_COMPARED]:
        near = next((some for some in gathered if likeness(next(iter(some)), phrase, language) >= ALIKE), None)
        if near is None:
            gathered.append({phrase: amount})
        else:
            near[phrase] = amount
    there = tree.nodes.get(node)
    options = there.options if isinstance(there, Menu) else []
    return [Group(node, some, _proposed(next(iter(some)), options, language)) for some in gathered]


def _proposed(phrase: str, options: Sequence[Option], language: str) -> str:
    """The keys of the option that sounds most like a phrase."""
    best, keys = _PROPOSED, ""
    for option in options:
        label = option.label.get(language)
        known = [*((label and [label]) or []), *(_spoken(option.phrases.get(language, [])))]
        near = max((likeness(one, phrase, language) for one in known), default=0.0)
        if near > best:
            best, keys = near, option.keys
    return keys


def _spoken(phrases: Sequence[str]) -> list[str]:
    """Phrases in all their wordings."""
    found: list[str] = []
    for phrase in phrases:
        try:
            found += wordings(phrase)
        except TemplateError:
            # The check of menus tells it to the author; here the phrase stands for itself.
            found.append(phrase)
    return found


def with_phrase(text: str, node: str, keys: str, language: str, phrase: str) -> str:
    """The text of a menu file with a phrase more at an option. Comments, quotes and order stay.

    Raises:
        CannotAddError: there is no such option in this file, or it has the phrase already.
    """
    phrase = " ".join(phrase.split())
    if not 0 < len(phrase) <= _LONGEST or any(mark in phrase for mark in "{}[]()|<>"):
        raise CannotAddError(
            Bilingual("说法要在 40 个字以内，不带括号", "a phrase has 40 characters at most, and no brackets")
        )
    yaml = round_trip()
    try:
        root = yaml.load(text)
        option = _option(root, node, keys)
        _append(option, language, phrase)
        out = io.StringIO()
        yaml.dump(root, out)
        return formatted(out.getvalue())
    except (YAMLError, CannotFormat, RecursionError) as error:
        raise CannotAddError(
            Bilingual("文件有错误，先改好", f"the file has errors, mend them first: {error}")
        ) from error


def _option(root: Any, node: str, keys: str) -> CommentedMap:
    nodes = root.get("nodes") if isinstance(root, CommentedMap) else None
    found = nodes.get(node) if isinstance(nodes, CommentedMap) else None
    if not isinstance(found, CommentedMap):
        raise CannotAddError(
            Bilingual(f"这个文件里没有 {node}", f"there is no {node} in this file; it may stand in a fragment")
        )
    for option in found.get("options") or ():
        if isinstance(option, CommentedMap) and str(option.get("keys")) == keys:
            return option
    raise CannotAddError(Bilingual(f"{node} 没有按 {keys} 的选项", f"{node} has no option {keys}"))


def _append(option: CommentedMap, language: str, phrase: str) -> None:
    phrases = option.get("phrases")
    if not isinstance(phrases, CommentedMap):
        phrases = _inline(CommentedMap())
        # Beside the label, where authors write it.
        place = list(option).index("label") + 1 if "label" in option else len(option)
        option.insert(place, "phrases", phrases)
    there = phrases.get(language)
    if not isinstance(there, CommentedSeq):
        there = _inline(CommentedSeq())
        phrases[language] = there
    if phrase in there:
        raise CannotAddError(Bilingual(f"已经有“{phrase}”了", f"{phrase!r} is there already"))
    there.append(phrase)


def _inline(made: Any) -> Any:
    made.fa.set_flow_style()
    return made
