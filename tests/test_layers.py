"""Holds the table of rooms (docs/architecture.md) to the code: who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Room to the rooms of ours that it may import, besides itself. The composition root may import everything.
ROOMS: dict[str, tuple[str, ...]] = {
    "menus": (),
    "audio": (),
    "backend_client": (),
    "speech": ("audio",),
    "ivr.flow": ("menus",),
    "ivr.call": ("ivr.flow", "menus"),
    "ivr.farewell": (),
    "ivr.sip": ("ivr.call", "ivr.farewell", "ivr.flow", "audio"),
    "ivr.storage": ("ivr.call", "ivr.flow", "menus"),
    "ivr.console": (
        *("ivr.authoring", "ivr.publishing", "ivr.rehearsal", "ivr.storage"),
        *("ivr.call", "ivr.flow", "menus"),
    ),
    "ivr.authoring": (
        *("ivr.publishing", "ivr.rehearsal", "ivr.storage"),
        *("ivr.call", "ivr.flow", "speech", "menus"),
    ),
    "ivr.rehearsal": ("ivr.call", "ivr.flow", "ivr.voice", "speech", "menus"),
    "ivr.hearing": ("ivr.call", "ivr.flow", "speech"),
    "ivr.publishing": ("ivr.rehearsal", "ivr.storage", "menus"),
    "ivr.edge": (),
    "ivr.outbound": ("ivr.call", "ivr.flow"),
    "ivr.processes": (),
    "ivr.voice": ("ivr.call", "ivr.flow", "speech", "audio", "menus"),
}
COMPOSITION = (
    "ivr.commands",
    "ivr.app",
    "ivr.children",
    "ivr.cli",
    "ivr.config",
    "ivr.backup",
    "ivr.calling",
    "ivr.deep_doctor",
    "ivr.leaving",
    "ivr.doctor",
    "ivr.gateway",
    "ivr.logs",
    "ivr.recordings",
    "ivr.served",
    "ivr.texting",
    "ivr.waiting",
    "ivr.privacy",
)
OURS = ("ivr", "menus", "audio", "speech", "backend_client")
#: Library to the only rooms that may import it.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "pjsua2": ("ivr.sip",),
    "sqlalchemy": ("ivr.storage", "backend_client"),
    "alembic": ("ivr.storage", "backend_client"),
    "vosk": ("speech",),
    "onnxruntime": ("speech",),
    "faster_whisper": ("speech",),
    "ctranslate2": ("speech",),
    "pyttsx3": ("speech",),
    "klein": ("ivr.console", "backend_client"),
    "jinja2": ("ivr.console",),
    "argon2": ("ivr.console",),
}
#: What would make the engine impure.
IMPURE = ("time", "datetime", "random", "socket", "os", "pathlib", "threading", "asyncio", "twisted", "logging")


def modules() -> Iterator[tuple[str, Path]]:
    for package in OURS:
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), file


@cache
def imports(file: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def is_in(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


MODULES = list(modules())


def test_there_are_modules_in_every_room() -> None:
    for room in ROOMS:
        assert any(is_in(name, (room,)) for name, _ in MODULES), room


@pytest.mark.parametrize(("name", "file"), MODULES, ids=[name for name, _ in MODULES])
def test_module_imports_only_what_its_room_may(name: str, file: Path) -> None:
    room = next((room for room in ROOMS if is_in(name, (room,))), None)
    ours = {imported for imported in imports(file) if is_in(imported, OURS)}
    if room is None:
        assert name == "ivr" or is_in(name, COMPOSITION), f"{name} is in no room of the table"
        return
    foreign = {imported for imported in ours if not is_in(imported, (room, *ROOMS[room]))}
    assert not foreign, f"{name} ({room}) imports {sorted(foreign)}"


@pytest.mark.parametrize(("library", "rooms"), ONLY_IN.items())
def test_library_stays_in_its_room(library: str, rooms: tuple[str, ...]) -> None:
    users = [name for name, file in MODULES if any(is_in(imported, (library,)) for imported in imports(file))]
    assert [name for name in users if not is_in(name, rooms)] == []


@pytest.mark.parametrize(("name", "file"), [(n, f) for n, f in MODULES if is_in(n, ("ivr.flow",))])
def test_the_engine_is_pure(name: str, file: Path) -> None:
    impure = {imported for imported in imports(file) if is_in(imported, IMPURE)}
    assert not impure, f"{name} imports {sorted(impure)}"
