"""Where a call is while an event is being handled: its node, its words, and the values that it has."""

from __future__ import annotations

from typing import Any

from ivr.flow.compositions import Compositions
from ivr.flow.resume import RESUME, Resume
from ivr.flow.state import CallState, Scratch
from menus import compose
from menus.expression import evaluate, look_up, parse_expression, paths
from menus.model import AnyNode, Listening, MenuSet, Style, Tree
from menus.parts import Part, Template
from menus.phrases import Sayable
from menus.template import fill


class Here:
    """What can be known of the present node. Nothing is changed here.

    Attributes:
        state: the working copy; it becomes the new state.
    """

    def __init__(self, menus: MenuSet, compositions: Compositions, state: CallState) -> None:
        self.menus = menus
        self._compositions = compositions
        self.state = state

    @property
    def tree(self) -> Tree:
        return self.menus.trees[self.state.tree]

    @property
    def node(self) -> AnyNode | Resume:
        if self.state.resuming is not None:
            return RESUME
        return self.tree.nodes[self.state.node]

    @property
    def scratch(self) -> Scratch:
        return self.state.scratch

    def evaluate(self, expression: str) -> Any:
        return evaluate(parse_expression(expression), self.state.variables)

    def is_sensitive(self, path: str) -> bool:
        """Whether a value is sensitive, belongs to one that is, or has one within it."""
        return any(f"{path}.".startswith(f"{name}.") or name.startswith(f"{path}.") for name in self.state.sensitive)

    def depends_on_private(self, expression: str) -> bool:
        """Whether a value follows from something sensitive."""
        used = {path.steps[0] for path in paths(parse_expression(expression))}
        return not used.isdisjoint(self.state.private) or self.depends_on_sensitive(expression)

    def depends_on_sensitive(self, expression: str) -> bool:
        return any(self.is_sensitive(path.text) for path in paths(parse_expression(expression)))

    def values(self, expressions: dict[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The values of expressions by name, and the names of those that logs must mask."""
        values = {name: self.evaluate(expression) for name, expression in expressions.items()}
        hidden = self.node.sensitive
        secret = tuple(name for name, written in expressions.items() if hidden or self.depends_on_sensitive(written))
        return values, secret

    @property
    def hears(self) -> bool:
        """Whether the caller may speak here: the call, the line, the worker and this visit allow it."""
        state = self.state
        able = not state.bad_line and not state.rests_from_hearing and not state.scratch.keys_only
        return able and self.language in state.speech

    # Words

    @property
    def language(self) -> str:
        """The language in which the present node speaks: the call's, or its tree's base language."""
        state = self.state
        return self._compositions.language(state.tree, self.node_name, self.node, state.language)

    @property
    def node_name(self) -> str:
        """The name of the present node, empty for one that stands in no menu."""
        return "" if self.state.resuming is not None else self.state.node

    def fill(
        self, template: Template, more: dict[str, Any] | None = None, *, sensitive: bool = False
    ) -> tuple[Part, ...]:
        """Fill the slots of a template from the variables of the call, and from `more` before them.

        Args:
            sensitive: True where every value is to be masked in logs.
        """
        variables = {**self.state.variables, **more} if more else self.state.variables
        return fill(
            template,
            lambda path: look_up(variables, path),
            lambda path: sensitive or self.is_sensitive(path),
            now=self.state.local_time,
        )

    def sentence(self, name: str) -> tuple[Part, ...]:
        """A standard sentence in the language of the node."""
        return self.fill(self._compositions.sentence(self.state.tree, name, self.language))

    def prompt(self, rung: compose.Rung, *, invites_speech: bool = False) -> Template:
        """What the present node asks in its present phase."""
        state, node = self.state, self.node
        assert isinstance(node, Listening)
        return self._compositions.prompt(
            state.tree,
            self.node_name,
            node,
            self.language,
            rung,
            state.scratch.phase,
            self._style(node) if node.variants else None,
            invites_speech,
        )

    def _style(self, node: Listening) -> Style | None:
        """Which of the variants of a node is for this caller."""
        profile = self.state.variables.get("profile")
        wanted = profile.get("style") if isinstance(profile, dict) else None
        if "elderly" in node.variants and (wanted == "elderly" or self.state.pace == "slow"):
            return "elderly"
        been_here = self.state.visits.get(f"{self.state.tree}/{self.state.node}", 0) > 1
        return "short" if "short" in node.variants and (wanted == "short" or been_here) else None

    @property
    def sayable(self) -> Sayable:
        """What may be said at the present node."""
        return self._compositions.sayable(self.state.tree, self.node_name, self.node, self.language)
