"""One file per check. Adding a check adds its file and one line to the registry below, and nothing else."""

from __future__ import annotations

from menus.checks import (
    calls,
    collects,
    expressions,
    keys,
    languages,
    loops,
    options,
    person,
    reachable,
    references,
    texts,
    variables,
)
from menus.checks.loaded import Check

#: The registry of checks, in the order in which they run.
CHECKS: tuple[Check, ...] = (
    references.check,
    calls.check,
    languages.check,
    texts.check,
    expressions.check,
    keys.check,
    collects.check,
    loops.check,
    reachable.check,
    variables.check,
    options.check,
    person.check,
)
