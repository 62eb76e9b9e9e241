"""What an importer makes: trees as data, and what could not come along."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from menus.problems import Bilingual
from menus.template import LONGEST_TEXT
from menus.wording import standard_wording

_NOT_A_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 40
#: Three-letter codes of ISO 639-2 and 639-3 that other systems write.
_LANGUAGES = {"eng": "en", "zho": "zh", "chi": "zh", "cmn": "zh", "base": ""}
_HAN = re.compile("[\u4e00-\u9fff]")
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Lost:
    """Something that could not be carried over, or only in part.

    Attributes:
        where: in the words of the other system, such as the name of its menu.
        node: the node that it concerns; empty for the tree as a whole.
        what: what is different now, and what to do.
    """

    where: str
    node: str
    what: Bilingual


@dataclass
class ImportedTree:
    """One tree, as data of the menu language.

    Attributes:
        data: the whole tree; its `nodes` in the order in which they shall stand.
    """

    id: str
    data: dict[str, Any]
    lost: list[Lost] = field(default_factory=list)


@dataclass(frozen=True)
class Imported:
    """Everything that came out of a file.

    Attributes:
        format: of the other system.
    """

    format: str
    trees: list[ImportedTree]

    @property
    def lost(self) -> list[Lost]:
        return [lost for tree in self.trees for lost in tree.lost]


class Names:
    """Names for what another system calls in its own way: always valid, never the same for two things."""

    def __init__(self, *taken: str) -> None:
        self._taken = set(taken)
        self._given: dict[str, str] = {}

    def of(self, foreign: str) -> str:
        """Return the name of something; the same thing always has the same name."""
        if foreign not in self._given:
            self._given[foreign] = self.fresh(foreign)
        return self._given[foreign]

    def alias(self, foreign: str, name: str) -> None:
        """Call something by a name that was made for it."""
        self._given[foreign] = name

    def fresh(self, like: str) -> str:
        """Return a name that nothing has yet."""
        base = plain_name(like)
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}_{number}", number + 1
        self._taken.add(name)
        return name


def plain_name(foreign: str) -> str:
    """Return the nearest valid name: lower-case letters, digits and underscores, a letter first, no word of YAML."""
    folded = unicodedata.normalize("NFKD", foreign).encode("ascii", "ignore").decode().lower()
    name = _NOT_A_NAME.sub("_", folded).strip("_")[:_LONGEST_NAME].strip("_")
    if not name:
        return "step"
    if not name[0].isalpha():
        return f"n_{name}"
    return f"{name}_" if name in ("y", "n", "yes", "no", "on", "off", "true", "false", "null") else name


def plain_text(written: str) -> str:
    """Return words as a text of the menu language: braces doubled, white space made single, nothing invisible."""
    return visible(written).replace("{", "{{").replace("}", "}}")[: LONGEST_TEXT - 1]


def visible(written: str) -> str:
    """Return the words without what nobody can see, white space made single."""
    return " ".join(_UNSPEAKABLE.sub(" ", written).split())


def words_of_file(path: str) -> str:
    """Return what a recording most likely says, from its name: `ivr/ivr-invalid_entry.wav` is `invalid entry`."""
    stem = path.rpartition("/")[2].rpartition(":")[2]
    stem = re.sub(r"\.(wav|mp3|ogg|au|ulaw|alaw|gsm)$", "", stem, flags=re.IGNORECASE)
    return plain_text(re.sub(r"[-_.]+", " ", re.sub(r"^(ivr|vm)-", "", stem))) or "…"


def spoken_language(declared: str | None, given: str | None, texts: list[str]) -> str:
    """Return the language of a tree: what the file declares, else what was given, else what the texts are written in.

    Only languages that have the standard sentences can be a tree's; others fall through.
    """
    known = standard_wording()
    for code in (declared or "", given or ""):
        short = code.replace("_", "-").partition("-")[0].lower()
        short = _LANGUAGES.get(short, short)
        if short in known:
            return short
    return "zh" if _HAN.search("".join(texts)) else "en"
