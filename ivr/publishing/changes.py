"""What differs between two sets of menus, node by node, in the words of the menu language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from menus.model import MenuSet, Node, Tree

_LONGEST = 60
#: What is told of a tree node by node, or not at all.
_NOT_TOLD = ("nodes", "ivr", "id")


@dataclass(frozen=True)
class Change:
    """One thing that differs.

    Attributes:
        where: tree, or tree and node.
        what: `added`, `removed` or `changed`.
        details: what it is, or what changed in it, one line for each.
    """

    where: str
    what: Literal["added", "removed", "changed"]
    details: tuple[str, ...]


def changes(before: MenuSet, after: MenuSet) -> list[Change]:
    """Everything that differs, tree by tree, in the order of the files."""
    found: list[Change] = []
    for name in dict.fromkeys((*before.trees, *after.trees)):
        old, new = before.trees.get(name), after.trees.get(name)
        if old is None and new is not None:
            found.append(Change(name, "added", (f"菜单树，{len(new.nodes)} 步 / tree of {len(new.nodes)} nodes",)))
        elif new is None and old is not None:
            found.append(Change(name, "removed", (f"菜单树，{len(old.nodes)} 步 / tree of {len(old.nodes)} nodes",)))
        elif old is not None and new is not None:
            found += _of_tree(old, new)
    return found


def told(found: Sequence[Change]) -> list[str]:
    """Changes as lines for people."""
    marks = {"added": "+ 加 added", "removed": "- 删 removed", "changed": "~ 改 changed"}
    lines: list[str] = []
    for change in found:
        lines.append(f"{marks[change.what]}  {change.where}")
        lines += [f"    {detail}" for detail in change.details]
    return lines or ["没有不同 / nothing differs"]


def _of_tree(old: Tree, new: Tree) -> Iterator[Change]:
    details = tuple(_differences(old, new, leave_out=_NOT_TOLD))
    if details:
        yield Change(old.id, "changed", details)
    for name in dict.fromkeys((*old.nodes, *new.nodes)):
        before, after = old.nodes.get(name), new.nodes.get(name)
        where = f"{old.id}.{name}"
        if before is None and after is not None:
            yield Change(where, "added", (_summary(after),))
        elif after is None and before is not None:
            yield Change(where, "removed", (_summary(before),))
        elif before is not None and after is not None and before != after:
            if before.kind != after.kind:
                yield Change(where, "changed", (f"{_summary(before)} → {_summary(after)}",))
            else:
                yield Change(where, "changed", tuple(_differences(before, after)))


def _summary(node: Node) -> str:
    """A node in one line: its kind, and how what it says begins."""
    texts = (getattr(node, name, None) for name in ("text", "prompt"))
    said = next((next(iter(text.values())) for text in texts if text), "")
    return f"{getattr(node, 'kind', '')} {_quoted(said)}".strip() if said else str(getattr(node, "kind", ""))


def _differences(before: BaseModel, after: BaseModel, path: str = "", leave_out: Sequence[str] = ()) -> Iterator[str]:
    for name, field in type(after).model_fields.items():
        old, new = getattr(before, name), getattr(after, name)
        if name not in leave_out and old != new:
            yield from _of_value(_label(path, name, field), old, new, field)


def _of_value(label: str, old: Any, new: Any, field: FieldInfo | None) -> Iterator[str]:
    if isinstance(old, BaseModel) and isinstance(new, BaseModel) and type(old) is type(new):
        yield from _differences(old, new, label)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            if old.get(key) != new.get(key):
                yield from _of_value(f"{label} · {key}", old.get(key), new.get(key), None)
    elif _is_parts(old) and _is_parts(new):
        yield from _of_parts(label, old, new)
    else:
        yield f"{label}：{_shown(old, field)} → {_shown(new, field)}"


def _of_parts(label: str, old: Sequence[BaseModel], new: Sequence[BaseModel]) -> Iterator[str]:
    """Options are known by their keys; other parts by their place."""
    before, after = _named(old), _named(new)
    for name in dict.fromkeys((*before, *after)):
        if name not in before:
            yield f"{label} · 加 added {name}：{_part(after[name])}"
        elif name not in after:
            yield f"{label} · 删 removed {name}：{_part(before[name])}"
        elif before[name] != after[name]:
            yield from _differences(before[name], after[name], f"{label} · {name}")
    if list(before) != list(after) and sorted(before) == sorted(after):
        yield f"{label}：次序 order {' '.join(before)} → {' '.join(after)}"


def _named(parts: Sequence[BaseModel]) -> dict[str, BaseModel]:
    return {str(getattr(part, "keys", index)): part for index, part in enumerate(parts, start=1)}


def _part(part: BaseModel) -> str:
    label = getattr(part, "label", None)
    said = _quoted(next(iter(label.values()))) if label else str(getattr(part, "when", ""))
    return f"{said} → {getattr(part, 'next', '')}"


def _is_parts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, BaseModel) for item in value) and bool(value)


def _label(path: str, name: str, field: FieldInfo) -> str:
    zh = (field.description or "").partition(" / ")[0].partition("，")[0]
    here = f"{name}（{zh}）" if zh else name
    return f"{path} · {here}" if path else here


def _shown(value: Any, field: FieldInfo | None) -> str:
    if value is None or value == "":
        return "（没有 none）"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    if isinstance(value, int) and field is not None and _is_duration(field):
        return f"{value / 1000:g} s"
    if isinstance(value, Mapping):
        return "，".join(f"{key} {_shown(item, None)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "、".join(_shown(item, None) for item in value)
    if isinstance(value, BaseModel):
        return _shown(value.model_dump(exclude_defaults=True), None)
    return str(value)


def _is_duration(field: FieldInfo) -> bool:
    """Durations are the whole numbers that authors write with a unit."""
    return field.annotation is int and any(isinstance(mark, BeforeValidator) for mark in field.metadata)


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}”"
