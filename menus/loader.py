"""Loads menus: files in, one immutable `MenuSet` out, or everything that is wrong with them in one pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Union

from pydantic import ValidationError

from menus.allow import Allowed, apply
from menus.checks import CHECKS, ESSENTIAL, WARNINGS
from menus.checks.loaded import Loaded, LoadedTree
from menus.checks.rule import CheckModule
from menus.checks.surroundings import NOTHING_KNOWN, Surroundings
from menus.include import PART_SUFFIX, with_parts
from menus.migrations import NEWEST, migrate_placed
from menus.model import MenuSet, Tree
from menus.problems import Bilingual, MenuProblems, Problem
from menus.schema_errors import MOST_PROBLEMS, schema_problems
from menus.source import Source, read_text
from menus.wording import standard_wording
from menus.yaml_tree import YamlMapping, YamlProblem, YamlScalar, read_yaml
from menus.yaml_values import plain_data

#: A folder, a file, or several of both.
Paths = Union[str, Path, Iterable[Union[str, Path]]]

#: A check that finds more says no more: the first ones mended, it is asked again.
MOST_PER_CHECK = 50

_SUFFIXES = (".yaml", ".yml")
_REHEARSALS = (".cases.yaml", ".cases.yml")
_NO_TREES = (*_REHEARSALS, PART_SUFFIX)


@dataclass(frozen=True)
class CheckedMenus:
    """What came of looking at menus.

    Attributes:
        menus: None when there is an error.
        problems: errors and warnings, by file and line.
        allowed: warnings that the author has silenced, with the reason.
    """

    menus: MenuSet | None
    problems: list[Problem]
    allowed: list[Allowed] = field(default_factory=list)


def load_menus(paths: Paths) -> MenuSet:
    """Return the menus in a folder (its `*.yaml`, rehearsals left out) or in files.

    Raises:
        MenuProblems: when there is at least one error. Warnings alone do not raise; `check_menus` gives them.
    """
    loaded = _look_at(paths, ESSENTIAL, NOTHING_KNOWN).menus
    if loaded is None:
        raise MenuProblems(check_menus(paths).problems)
    return loaded


def check_menus(paths: Paths, surroundings: Surroundings = NOTHING_KNOWN) -> CheckedMenus:
    """Look at menus, and say everything that is wrong with them. Never raises, whatever the files hold.

    Args:
        surroundings: what is known of the gateway that is to run them; checks that need to know more are left out.
    """
    return _look_at(paths, CHECKS, surroundings)


def _look_at(paths: Paths, checks: Sequence[CheckModule], surroundings: Surroundings) -> CheckedMenus:
    files, problems = _files(paths)
    loaded: dict[str, LoadedTree] = {}
    known_ids = set()
    for file in files:
        tree, found = _load_file(file)
        problems += found
        known_ids.add(_stem(file))
        if tree and tree.tree.id in loaded:
            problems.append(_same_id(tree, loaded[tree.tree.id]))
        elif tree:
            loaded[tree.tree.id] = tree
    wording = standard_wording()
    everything = Loaded(loaded, frozenset(known_ids | set(loaded)), wording, surroundings)
    for check in checks:
        problems += islice(check.check(everything), MOST_PER_CHECK)
    sources = [source for tree in loaded.values() for source in (tree.source, *tree.source.parts.values())]
    lines_of = {source.file: source.lines for source in sources}
    problems = list(dict.fromkeys(problems))  # a fragment of several trees is read several times
    told = {rule.code for check in checks for rule in check.RULES if not rule.needs}
    problems, allowed = apply(problems, lines_of, WARNINGS, told)
    problems.sort(key=lambda problem: (problem.file, problem.line, problem.column, problem.code))
    if any(problem.severity == "error" for problem in problems):
        return CheckedMenus(None, problems, allowed)
    trees = {name: tree.tree for name, tree in sorted(loaded.items())}
    menus = MenuSet(
        trees=trees, revision=_revision(trees, wording), wording=wording, readings=_readings(trees.values())
    )
    return CheckedMenus(menus, problems, allowed)


def _readings(trees: Iterable[Tree]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for tree in trees:
        for language, readings in tree.readings.items():
            found.setdefault(language, {}).update(readings)
    return found


def _revision(trees: dict[str, Tree], wording: dict[str, dict[str, str]]) -> str:
    """The same content gives the same revision, whatever its comments and layout."""
    content = {"trees": {name: tree.model_dump(mode="json") for name, tree in trees.items()}, "wording": wording}
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _files(paths: Paths) -> tuple[list[Path], list[Problem]]:
    given = [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]
    files: list[Path] = []
    problems: list[Problem] = []
    for path in given:
        found = [path]
        try:
            if path.is_dir():
                found = sorted(file for file in path.iterdir() if _is_menu(file))
        except (OSError, ValueError) as error:
            what = Bilingual(f"打不开：{error}", f"cannot be opened: {error}")
            problems.append(Problem(str(path), 0, 0, "error", "unreadable", what))
            found = []
        files += [file for file in found if file not in files]
    if not files and not problems:
        where = ", ".join(str(path) for path in given) or "-"
        what = Bilingual("这里没有菜单文件（*.yaml）", "there are no menu files (*.yaml) here")
        problems.append(Problem(where, 0, 0, "error", "no_menus", what))
    return files, problems


def _is_menu(file: Path) -> bool:
    return file.suffix in _SUFFIXES and not file.name.endswith(_NO_TREES) and not file.name.startswith(".")


def _stem(file: Path) -> str:
    return file.name.removesuffix(file.suffix)


def _load_file(file: Path) -> tuple[LoadedTree | None, list[Problem]]:
    name = str(file)
    text, problems = read_text(file, name)
    if not text.strip() or any(problem.code == "control_character" for problem in problems):
        if not problems:
            what = Bilingual("文件是空的", "the file is empty")
            problems = [Problem(name, 0, 0, "error", "empty_file", what)]
        return None, problems
    lines = tuple(text.splitlines())
    try:
        root = read_yaml(text)
    except YamlProblem as error:
        excerpt = lines[error.line - 1] if error.line <= len(lines) else ""
        problem = Problem(name, error.line, error.column, "error", error.code, error.what, error.fix, excerpt)
        return None, [*problems, problem]
    source = Source(name, lines, root or YamlScalar("", "plain", 1, 1))
    tree, found = _load_tree(source, _stem(file))
    return tree, problems + found


def _load_tree(source: Source, stem: str) -> tuple[LoadedTree | None, list[Problem]]:
    if not isinstance(source.root, YamlMapping):
        what = Bilingual("文件里没有“键: 值”", "the file holds no keys with values")
        fix = Bilingual(f"第一行写 ivr: {NEWEST}", f"begin with ivr: {NEWEST}")
        return None, [source.problem((), "not_a_menu", what, fix)]
    migrate_placed(source.root)
    problems: list[Problem] = []

    def report(scalar: YamlScalar, code: str, what: Bilingual, fix: Bilingual) -> None:
        if len(problems) >= MOST_PROBLEMS:
            return
        excerpt = source.lines[scalar.line - 1] if scalar.line <= len(source.lines) else ""
        problems.append(Problem(source.file, scalar.line, scalar.column, "error", code, what, fix, excerpt))

    data, parts, found = with_parts(source, plain_data(source.root, report))
    problems += found
    source = replace(source, parts=parts)
    trapped = {(problem.file, problem.line, problem.column) for problem in problems}
    tree, broken, errors = _validate(data)
    # A value that was a trap has been told already; that it has the wrong type besides helps nobody.
    told = schema_problems(source, errors)
    problems += [problem for problem in told if (problem.file, problem.line, problem.column) not in trapped]
    if tree is None:
        return None, problems
    if tree.id != stem:
        what = Bilingual(f"文件名是 {stem}，id 却是 {tree.id}", f"the file is called {stem}, but its id is {tree.id}")
        fix = Bilingual(f"写 id: {stem}，或者把文件改名", f"write id: {stem}, or rename the file")
        problems.append(source.problem(("id",), "id_not_file_name", what, fix))
    return LoadedTree(tree, source, broken), problems


def _validate(data: dict[str, Any]) -> tuple[Tree | None, frozenset[str], list[Any]]:
    """Return the tree without the nodes that are wrong, the names of those, and what is wrong."""
    languages = data.get("languages")
    base = languages[0] if isinstance(languages, list) and languages and isinstance(languages[0], str) else "zh"
    try:
        return Tree.model_validate(data, strict=True, context={"base_language": base}), frozenset(), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
    nodes = data.get("nodes")
    broken = frozenset(_broken_nodes(errors))
    sound = {name: node for name, node in nodes.items() if name not in broken} if isinstance(nodes, dict) else {}
    try:
        rest = Tree.model_validate({**data, "nodes": sound}, strict=True, context={"base_language": base})
    except ValidationError:
        return None, broken, errors
    return rest, broken, errors


def _broken_nodes(errors: list[Any]) -> Iterator[str]:
    for error in errors:
        if len(error["loc"]) > 1 and error["loc"][0] == "nodes":
            yield str(error["loc"][1])


def _same_id(tree: LoadedTree, other: LoadedTree) -> Problem:
    what = Bilingual(
        f"{other.source.file} 的 id 也是 {tree.tree.id}", f"{other.source.file} has the id {tree.tree.id} too"
    )
    fix = Bilingual("给其中一个换个名字", "give one of them another name")
    return tree.source.problem(("id",), "same_id", what, fix)
