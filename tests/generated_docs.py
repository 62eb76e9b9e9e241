"""Parts of the documentation that are made from the code. `scripts/docs` writes them; `test_docs.py` holds them to it.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->` in a Markdown file.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from ivr import cli
from ivr.config import Settings
from ivr.flow.commands import COMMANDS
from ivr.flow.events import EVENTS
from ivr.rehearsal.schema import cases_schema_text
from menus.editor import schema, snippets
from tests import rehearsal_reference
from tests.menus import check_pages, reference
from tests.test_layers import ONLY_IN, ROOMS

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def rooms() -> str:
    """Who may import whom, as a Mermaid diagram."""
    lines = ["```mermaid", "flowchart TD"]
    for room, others in ROOMS.items():
        lines.append(f'    {_id(room)}["{room}"]')
        # An arrow that another one implies says nothing new.
        implied = {deeper for other in others for deeper in ROOMS.get(other, ())}
        lines += [f"    {_id(room)} --> {_id(other)}" for other in others if other not in implied]
    return "\n".join([*lines, "```"])


def libraries() -> str:
    """Which heavy libraries are imported where."""
    rows = ["| library | only in |", "| --- | --- |"]
    rows += [f"| `{library}` | {', '.join(f'`{room}`' for room in only)} |" for library, only in ONLY_IN.items()]
    return "\n".join(rows)


def events() -> str:
    return _dataclasses(EVENTS)


def commands() -> str:
    return _dataclasses(COMMANDS)


def settings() -> str:
    """Every setting with its default."""
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    return "\n".join([*rows, *_settings(Settings, "")])


def command_line() -> str:
    """`--help` of every command."""
    root = click.Context(cli.main, info_name="ivr")
    blocks = [_help(cli.main.get_command(root, name), root, name) for name in cli.main.list_commands(root)]
    return "\n\n".join(blocks)


PARTS: dict[str, Callable[[], str]] = {
    "rooms": rooms,
    "libraries": libraries,
    "events": events,
    "commands": commands,
    "settings": settings,
    "command_line": command_line,
    "tree_keys": reference.tree_keys,
    "node_kinds": reference.node_kinds,
    "sentences": reference.sentences,
    "functions": reference.functions,
    "say_as": reference.say_as,
    "rehearsal_keys": rehearsal_reference.rehearsal_keys,
}


def documents() -> Iterator[Path]:
    yield from sorted(file for file in (ROOT / "docs").rglob("*.md") if "<!-- generated:" in file.read_text("utf-8"))


def renewed(text: str) -> str:
    """The text with every generated part as the code has it now."""
    return _BLOCK.sub(lambda match: f"{match[1]}{PARTS[match[2]]()}\n{match[3]}", text)


def _id(room: str) -> str:
    return room.replace(".", "_")


def _dataclasses(classes: dict[str, type]) -> str:
    rows = ["| name | fields | meaning |", "| --- | --- | --- |"]
    for name, cls in classes.items():
        fields = ", ".join(f"`{field.name}`" for field in dataclasses.fields(cls))
        meaning = (cls.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        meaning = "" if meaning.startswith(f"{name}(") else re.sub(r"\s+", " ", meaning)
        rows.append(f"| `{name}` | {fields} | {meaning} |")
    return "\n".join(rows)


def _settings(model: Any, path: str) -> Iterator[str]:
    for name, default, described in _fields(model):
        if isinstance(default, BaseModel) or dataclasses.is_dataclass(default):
            yield from _settings(default, f"{path}{name}.")
        else:
            yield f"| `{path}{name}` | {_shown(default)} | {described} |"


def _fields(model: Any) -> Iterator[tuple[str, Any, str]]:
    if dataclasses.is_dataclass(model):
        described = dict(re.findall(r"^\s+(\w+): (.+?)(?=\n\s+\w+: |\n\n|\Z)", model.__doc__ or "", re.M | re.S))
        for field in dataclasses.fields(model):
            meaning = re.sub(r"\s+", " ", described.get(field.name, "")).strip()
            yield field.name, getattr(model, field.name, ""), meaning
        return
    instance = model if isinstance(model, BaseModel) else None
    for name, field in type(model).model_fields.items() if instance else model.model_fields.items():
        default = field.get_default(call_default_factory=True) if instance is None else getattr(instance, name)
        yield name, None if default is PydanticUndefined else default, (field.description or "").replace("|", "\\|")


def _shown(default: Any) -> str:
    if default is None or default == "" or default == {}:
        return "none"
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT)}`" if default.is_relative_to(ROOT) else f"`{default}`"
    if isinstance(default, dict):
        return ", ".join(f"`{key}: {value}`" for key, value in default.items())
    if isinstance(default, tuple):
        return ", ".join(f"`{item}`" for item in default)
    return f"`{default}`"


def _help(command: click.Command | None, parent: click.Context, name: str) -> str:
    assert command is not None
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100, max_content_width=100)
    text = f"## `{context.command_path}`\n\n```\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        inner = [_help(command.get_command(context, sub), context, sub) for sub in command.list_commands(context)]
        return "\n\n".join([text, *(block.replace("## ", "### ", 1) for block in inner)])
    return text


def main(check: bool) -> int:
    """Write what has changed, or only name it; the number of documents that were not up to date."""
    changed = 0
    for document in documents():
        before = document.read_text("utf-8")
        after = renewed(before)
        if after != before:
            changed += 1
            sys.stdout.write(f"{document.relative_to(ROOT)}\n")
            if not check:
                document.write_text(after, "utf-8")
    for file, wanted in (
        (schema.FILE, schema.schema_text()),
        (schema.CASES_FILE, cases_schema_text()),
        (snippets.FILE, snippets.snippets_text()),
    ):
        if not file.exists() or file.read_text("utf-8") != wanted:
            changed += 1
            sys.stdout.write(f"{file.relative_to(ROOT)}\n")
            if not check:
                file.write_text(wanted, "utf-8")
    for page in check_pages.write_pages(ROOT / "docs" / "checks", check):
        changed += 1
        sys.stdout.write(f"{page.relative_to(ROOT)}\n")
    return changed


if __name__ == "__main__":
    check = "--check" in sys.argv
    stale = main(check)
    sys.exit(1 if check and stale else 0)
