"""What a menu says, composed once and then known: the same question in one language is always the same template."""

from __future__ import annotations

from menus import compose
from menus.model import Listening, MenuSet, Node, Style
from menus.parts import Template
from menus.phrases import Sayable, sayable_at


class Compositions:
    """The templates and phrases of one menu set. Grows to what its calls have needed, no further than the menus go."""

    def __init__(self, menus: MenuSet) -> None:
        self._menus = menus
        self._languages: dict[tuple[str, str, str], str] = {}
        self._sentences: dict[tuple[str, str, str], Template] = {}
        self._prompts: dict[tuple[str, str, str, str, str, Style | None, bool], Template] = {}
        self._sayable: dict[tuple[str, str, str], Sayable] = {}

    def language(self, tree: str, name: str, node: Node, language: str) -> str:
        """The language in which a node speaks to a caller of a language. `name` tells nodes of a tree apart."""
        key = (tree, name, language)
        found = self._languages.get(key)
        if found is None:
            found = self._languages[key] = compose.language_for(self._menus.trees[tree], node, language)
        return found

    def sentence(self, tree: str, name: str, language: str) -> Template:
        """A standard sentence without slots."""
        key = (tree, name, language)
        found = self._sentences.get(key)
        if found is None:
            found = compose.sentence(self._menus.trees[tree], self._menus.wording, name, language)
            self._sentences[key] = found
        return found

    def prompt(
        self,
        tree: str,
        name: str,
        node: Listening,
        language: str,
        rung: compose.Rung,
        phase: str,
        style: Style | None,
        invites: bool,
    ) -> Template:
        """See `menus.compose.prompt`."""
        key = (tree, name, language, rung, phase, style, invites)
        found = self._prompts.get(key)
        if found is None:
            model, wording = self._menus.trees[tree], self._menus.wording
            found = compose.prompt(
                model, wording, node, language, rung, phase=phase, style=style, invites_speech=invites
            )
            self._prompts[key] = found
        return found

    def sayable(self, tree: str, name: str, node: Node, language: str) -> Sayable:
        """What may be said at a node."""
        key = (tree, name, language)
        found = self._sayable.get(key)
        if found is None:
            found = self._sayable[key] = sayable_at(self._menus.trees[tree], node, language)
        return found
