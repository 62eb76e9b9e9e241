"""The pages in docs/checks: one for each check, made from its docstring and rules (see `tests/generated_docs.py`)."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

from menus.checks import CHECKS
from menus.checks.frame import FRAME
from menus.checks.rule import Rule

_TOLD_AS = {"error": "错误 error", "warning": "提醒 warning"}
_NEEDS = {
    "operations": "the contract of the backend",
    "targets": "the targets of transfers in the settings",
    "unknown_words": "the vocabulary of the recogniser",
    "studio": "the recordings",
    "voices": "the voices that are installed",
}
_MADE = "<!-- Made by scripts/docs from menus/checks/{name}.py. -->"


def pages() -> dict[str, str]:
    """Name of the file in docs/checks to its text."""
    made = {f"{_name(check)}.md": _page(check) for check in CHECKS if isinstance(check, ModuleType)}
    return {"README.md": _index(), **made}


def _name(check: ModuleType) -> str:
    return check.__name__.rpartition(".")[2]


def _page(check: ModuleType) -> str:
    name = _name(check)
    heading = "# Check `" + name + "`"
    blocks = [_MADE.format(name=name), heading, (check.__doc__ or "").strip(), "[All checks](README.md)"]
    rules: tuple[Rule, ...] = check.RULES
    return "\n\n".join([*blocks, *map(_rule, rules)]) + "\n"


def _rule(rule: Rule) -> str:
    told = _TOLD_AS[rule.severity] + ("，有时是提醒 / sometimes a warning" if rule.may_be_warning else "")
    parts = [
        f"## `{rule.code}`",
        f"{rule.title} ({told})",
        f"{rule.why.zh}\n{rule.why.en}",
        f"不对 / wrong:\n\n```yaml\n{rule.bad.strip()}\n```",
        f"对 / right:\n\n```yaml\n{rule.good.strip()}\n```",
    ]
    if rule.needs:
        parts.insert(2, f"Told only where `ivr menus check` knows {_NEEDS[rule.needs]}.")
    if rule.severity == "warning" or rule.may_be_warning:
        parts.append(f"有意这样写 / if it is meant: `# ivr: allow {rule.code} 因为……`")
    return "\n\n".join(parts)


def _index() -> str:
    rows = ["| check | tells | what it looks at |", "| --- | --- | --- |"]
    for check in CHECKS:
        assert isinstance(check, ModuleType)
        codes = " ".join(f"`{rule.code}`" for rule in check.RULES)
        first = re.sub(r"\s+", " ", (check.__doc__ or "").split("\n\n")[0]).strip()
        rows.append(f"| [{_name(check)}]({_name(check)}.md) | {codes} | {first} |")
    return f"""\
{_MADE.format(name="*")}

# Checks / 检查

`ivr menus check` tells everything in one pass. Problems of YAML itself, of keys and of values are listed in
[menus.md](../menus.md#what-the-check-tells--检查会说什么); the checks below look at what a tree means.

{chr(10).join(rows)}

## Silencing a warning / 有意这样写

A warning that is meant is allowed in place, with the reason:

```yaml
  # ivr: allow unreachable_node 因为下个月才开通
  notice: {{kind: say, text: 停电通知。, next: bye}}
```

The comment stands above a line or behind it, and holds for that line and everything indented below it. Without a
reason it silences nothing; one that silences nothing is told, and so is a code that does not exist. Errors cannot be
allowed. `ivr menus fmt` keeps it.

## The frame of the examples / 例子的框架

Each example shows only the keys that matter. They stand in this tree, in place of its own:

```yaml
{FRAME.strip()}
```
"""


def write_pages(folder: Path, check: bool) -> list[Path]:
    """Write the pages that are not up to date, remove those of no check, and return both; with `check` only return."""
    wanted = {folder / name: text for name, text in pages().items()}
    stale = [file for file, text in wanted.items() if not file.exists() or file.read_text("utf-8") != text]
    lost = [file for file in sorted(folder.glob("*.md")) if file not in wanted]
    if not check:
        folder.mkdir(exist_ok=True)
        for file in stale:
            file.write_text(wanted[file], "utf-8")
        for file in lost:
            file.unlink()
    return [*stale, *lost]
