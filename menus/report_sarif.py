"""Problems as SARIF 2.1.0 (OASIS standard), which code review tools and editors read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from menus.checks import CHECKS
from menus.checks.rule import CheckModule, Rule
from menus.loader import CheckedMenus
from menus.problems import NOTHING, Problem

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PAGES = "https://github.com/xiangyin/xiangyin/blob/main/docs/checks"


def sarif(checked: CheckedMenus, version: str) -> dict[str, Any]:
    """Return the log of one run as JSON data.

    Args:
        version: of the program.
    """
    results = [
        *(_result(problem) for problem in checked.problems),
        *(_result(allowed.problem, allowed.reason) for allowed in checked.allowed),
    ]
    driver = {
        "name": "ivr menus check",
        "version": version,
        "informationUri": _PAGES,
        "rules": list(_rules({result["ruleId"] for result in results})),
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(used: set[str]) -> Iterator[dict[str, Any]]:
    explained = {rule.code: (check, rule) for check in CHECKS for rule in check.RULES}
    for code in sorted(used):
        yield _rule(*explained[code]) if code in explained else {"id": code}


def _rule(check: CheckModule, rule: Rule) -> dict[str, Any]:
    page = getattr(check, "__name__", "").rpartition(".")[2]
    return {
        "id": rule.code,
        "shortDescription": {"text": str(rule.title)},
        "fullDescription": {"text": str(rule.why)},
        "helpUri": f"{_PAGES}/{page}.md#{rule.code}",
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(problem: Problem, reason: str = "") -> dict[str, Any]:
    told = str(problem.what) if problem.fix == NOTHING else f"{problem.what}\n改法 fix: {problem.fix}"
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.file)}}
    if problem.line:
        location["region"] = {"startLine": problem.line, **({"startColumn": problem.column} if problem.column else {})}
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "level": problem.severity,
        "message": {"text": told},
        "locations": [{"physicalLocation": location}],
    }
    if reason:
        result["suppressions"] = [{"kind": "inSource", "justification": reason}]
    return result


def _uri(file: str) -> str:
    """A file below the current folder is told relative to it, as code review tools want it."""
    path = Path(file)
    here = Path.cwd()
    if path.is_absolute() and path.is_relative_to(here):
        path = path.relative_to(here)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
