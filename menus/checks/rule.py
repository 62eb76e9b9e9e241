"""What a check tells, in words for its page in docs/checks and for hover texts, with an example of each.

The examples are keys of a tree. They replace those of the smallest sound tree (`menus.checks.frame`), nodes by name, so
that a page shows only what matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from menus.checks.loaded import Loaded
from menus.problems import Bilingual, Problem, Severity


@dataclass(frozen=True)
class Rule:
    """One kind of problem that a check can tell.

    Attributes:
        code: of the problem.
        severity: the worst that it is told as.
        title: what is wrong.
        why: what it does to callers, or to those who edit the menu.
        bad: YAML that has the problem.
        good: the same put right.
        may_be_warning: an error that is told as a warning where it may be meant.
        needs: what the check must be told about the gateway, by field of `Surroundings`; empty for nothing.
    """

    code: str
    severity: Severity
    title: Bilingual
    why: Bilingual
    bad: str
    good: str
    may_be_warning: bool = False
    needs: str = ""


class CheckModule(Protocol):
    """A module in this folder.

    Attributes:
        RULES: everything that it can tell.
    """

    @property
    def RULES(self) -> tuple[Rule, ...]: ...  # noqa: N802 - a constant of a module

    def check(self, loaded: Loaded) -> Iterator[Problem]:
        """Yield what is wrong. Never raises, whatever the trees hold."""
        ...
