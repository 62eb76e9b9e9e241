"""One file per check. Adding a check adds its file and one line to the registry below, and nothing else."""

from __future__ import annotations

from menus.checks import (
    answers,
    assignments,
    calls,
    collects,
    contract,
    expressions,
    keys,
    languages,
    lengths,
    loops,
    numbers,
    options,
    person,
    reachable,
    recordings,
    references,
    sounds,
    texts,
    types,
    variables,
    vocabulary,
    voices,
)
from menus.checks.rule import CheckModule

#: The registry of checks, in the order in which they run.
CHECKS: tuple[CheckModule, ...] = (
    references,
    calls,
    languages,
    texts,
    expressions,
    keys,
    collects,
    loops,
    reachable,
    variables,
    types,
    options,
    person,
    lengths,
    numbers,
    sounds,
    assignments,
    contract,
    answers,
    vocabulary,
    voices,
    recordings,
)

#: Those that can find an error. A gateway that loads menus needs no advice, and must not wait for it.
ESSENTIAL: tuple[CheckModule, ...] = tuple(
    check for check in CHECKS if any(rule.severity == "error" for rule in check.RULES)
)
#: Codes that authors can allow (`menus.allow`): what is told as a warning, always or sometimes.
WARNINGS: frozenset[str] = frozenset(
    rule.code for check in CHECKS for rule in check.RULES if rule.severity == "warning" or rule.may_be_warning
)
