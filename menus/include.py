"""Fragments: nodes, hours, variables and sentences that several trees share, in files of their own.

A fragment is called `NAME.part.yaml` and stands in the folder of the tree or below it. What a tree writes itself comes
before what it includes. A fragment includes nothing, so that there are no circles.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from menus.problems import Bilingual, Problem
from menus.source import Source, read_text
from menus.yaml_tree import YamlMapping, YamlProblem, YamlScalar, read_yaml
from menus.yaml_values import plain_data

PART_SUFFIX = ".part.yaml"
#: What a fragment may hold.
SECTIONS = ("nodes", "hours", "variables", "wording")
#: More than this is not a menu any more.
MOST_PARTS = 20
#: Section and name to the file that brought it.
Parts = dict[tuple[str, str], Source]


def with_parts(source: Source, data: dict[str, Any]) -> tuple[dict[str, Any], Parts, list[Problem]]:
    """Return a tree's data with what it includes, where each included thing stands, and what is wrong."""
    named = data.get("include")
    if not isinstance(named, list):
        return data, {}, []
    whole: dict[str, Any] = dict(data)
    parts: Parts = {}
    problems: list[Problem] = []
    for index, name in enumerate(named[:MOST_PARTS]):
        place = ("include", index)
        file = _file(source, name)
        if file is None:
            what = Bilingual(f"“{name}”不是这个文件夹里的片段", f"{name!r} is no fragment in the folder of this menu")
            fix = Bilingual("写成 common.part.yaml 这样", "write a name such as common.part.yaml")
            problems.append(source.problem(place, "wrong_include", what, fix))
        elif not file.is_file():
            what = Bilingual(f"没有 {name} 这个文件", f"there is no file {name}")
            problems.append(source.problem(place, "include_not_found", what))
        else:
            problems += _add(file, whole, parts, set(_own(data)))
    return whole, parts, problems


def _own(data: dict[str, Any]) -> list[tuple[str, str]]:
    """What the tree writes itself."""
    sections = ((section, data.get(section)) for section in SECTIONS)
    return [(section, name) for section, held in sections if isinstance(held, dict) for name in held]


def _file(source: Source, name: Any) -> Path | None:
    """The file that is meant; None for what is no name of a fragment, or leads out of the folder."""
    if not isinstance(name, str) or not name.endswith(PART_SUFFIX) or "\\" in name:
        return None
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return None
    folder = Path(source.file).parent
    try:
        return folder / path if (folder / path).resolve().is_relative_to(folder.resolve()) else None
    except (OSError, ValueError, RuntimeError):
        return None


def _add(file: Path, whole: dict[str, Any], parts: Parts, own: set[tuple[str, str]]) -> list[Problem]:
    """Put the content of a fragment into the data of a tree."""
    fragment, data, problems = _read(file)
    for section, held in data.items():
        if section not in SECTIONS or not isinstance(held, dict):
            what = Bilingual(f"片段里不能写“{section}”", f"a fragment cannot have {section}")
            fix = Bilingual(f"只能有 {'、'.join(SECTIONS)}", f"it may have {', '.join(SECTIONS)}")
            problems.append(fragment.problem((section,), "wrong_part", what, fix, on_key=True))
            continue
        present = dict(whole.get(section) or {}) if isinstance(whole.get(section) or {}, dict) else {}
        for name, value in held.items():
            if (section, name) in parts:
                other = parts[section, name].file
                what = Bilingual(f"{other} 里也有“{name}”", f"{other} has {name}, too")
                fix = Bilingual("给其中一个换个名字", "give one of them another name")
                problems.append(fragment.problem((section, name), "included_twice", what, fix, on_key=True))
            elif (section, name) not in own:
                present[name] = value
                parts[section, name] = fragment
        whole[section] = present
    return problems


def _read(file: Path) -> tuple[Source, dict[str, Any], list[Problem]]:
    name = str(file)
    text, problems = read_text(file, name)
    lines = tuple(text.splitlines())
    empty = Source(name, lines, YamlScalar("", "plain", 1, 1))
    if any(problem.code == "control_character" for problem in problems):
        return empty, {}, problems
    try:
        root = read_yaml(text)
    except YamlProblem as error:
        excerpt = lines[error.line - 1] if error.line <= len(lines) else ""
        wrong = Problem(name, error.line, error.column, "error", error.code, error.what, error.fix, excerpt)
        return empty, {}, [*problems, wrong]
    if not isinstance(root, YamlMapping):
        what = Bilingual("片段里没有“键: 值”", "the fragment holds no keys with values")
        return empty, {}, [*problems, empty.problem((), "wrong_part", what)]

    def report(scalar: YamlScalar, code: str, what: Bilingual, fix: Bilingual) -> None:
        excerpt = lines[scalar.line - 1] if scalar.line <= len(lines) else ""
        problems.append(Problem(name, scalar.line, scalar.column, "error", code, what, fix, excerpt))

    source = Source(name, lines, root)
    return source, plain_data(root, report), problems
