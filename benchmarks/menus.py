"""How long a large menu takes to be checked and to be loaded.

`python -m benchmarks.menus [--nodes 1000] [--tries 5] [--json]` writes one tree of so many nodes in three languages, of
the kinds and lengths that the shipped hotline has: menus of four options that lead on, questions, queries, branches,
answers with values. It tells the processor time of `check_menus` (every check) and of `load_menus` (what a gateway does
at its start), each the median of several tries in one process.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from menus.loader import check_menus, load_menus
from menus.wording import standard_wording

#: What must be reached, in seconds.
CHECK_TARGET_S, LOAD_TARGET_S = 2.0, 0.5
#: The third language; it borrows the English standard sentences.
THIRD = "fr"
_HEAD = """\
ivr: 1
id: large
title: {zh: 大菜单, en: large, fr: grand}
languages: [zh, en, fr]
start: n0
way_out: person
variables: {number: "", case: ""}
"""


def text(index: int) -> str:
    """One text in three languages."""
    return (
        f"{{zh: 第{spoken(index)}步，请您听一听这件事怎么办。, en: Step {letters(index)} is about how this is done., "
        f"fr: L'étape {letters(index)} explique comment faire.}}"
    )


def spoken(index: int) -> str:
    """A number as Chinese digits, because a text must not have others."""
    return "".join("零一二三四五六七八九"[int(digit)] for digit in str(index))


def letters(index: int) -> str:
    """A number as letters, for the same reason."""
    return "".join("abcdefghij"[int(digit)] for digit in str(index))


def nodes(count: int) -> Iterator[str]:
    """Nodes in blocks of five, of which the first is a menu that leads into four blocks further on."""
    for block in range(0, count, 5):
        targets = [f"n{(block * 4 + 5 * step) % (count // 5 * 5)}" for step in range(1, 5)]
        yield f"  n{block}:\n    kind: menu\n    prompt: {text(block)}\n    options:\n"
        for key, target in enumerate(targets, 1):
            label = f"{{zh: 办{spoken(block * 4 + key)}, en: matter {letters(block * 4 + key)}, fr: affaire}}"
            phrases = f"{{zh: [办{spoken(block + key)}], en: [matter {letters(block + key)}]}}"
            yield f'      - {{keys: "{key}", label: {label}, phrases: {phrases}, next: {target}}}\n'
        yield f'      - {{keys: "5", label: {{zh: 查号码, en: number, fr: numéro}}, next: n{block + 1}}}\n'
        yield (
            f"  n{block + 1}: {{kind: collect, prompt: {text(block + 1)}, save_as: number, least: 8, most: 8, "
            f"next: n{block + 2}}}\n"
        )
        yield (
            f"  n{block + 2}: {{kind: query, operation: get_case, arguments: {{number: number}}, save_as: case, "
            f"next: n{block + 3}, not_found: n{block}, failed: person}}\n"
        )
        yield (
            f"  n{block + 3}:\n    kind: branch\n    choices:\n"
            f"      - {{when: case.status == 'done' and not empty(case.step), next: n{block + 4}}}\n"
            f"    otherwise: n{block}\n"
        )
        yield (
            f'  n{block + 4}: {{kind: say, text: {{zh: "办到{{case.step}}。", en: "It is at {{case.step}}.", '
            f'fr: "À l\'étape {{case.step}}."}}, next: n{block}}}\n'
        )


def large_tree(count: int) -> str:
    """The text of a menu file with so many nodes, and a person."""
    wording = "".join(
        f"  {name}: {{{THIRD}: {json.dumps(sentence)}}}\n" for name, sentence in standard_wording()["en"].items()
    )
    exits = ", ".join(f"{exit}: bye" for exit in ("next", "busy", "no_answer", "failed"))
    ending = f"  person: {{kind: transfer, target: operator, {exits}}}\n  bye: {{kind: hangup}}\n"
    return f"{_HEAD}wording:\n{wording}nodes:\n{''.join(nodes(count))}{ending}"


def median_s(act: Callable[[], object], tries: int) -> float:
    """Median processor time of something, in seconds."""
    times = []
    for _ in range(tries):
        began = time.process_time()
        act()
        times.append(time.process_time() - began)
    return statistics.median(times)


@click.command()
@click.option("--nodes", "count", default=1000, help="Nodes of the tree.")
@click.option("--tries", default=5, help="Tries of each.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(count: int, tries: int, as_json: bool) -> None:
    """Measure the loader and the checks."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.yaml"
        file.write_text(large_tree(count), "utf-8")
        checked = check_menus(file)
        assert checked.menus is not None, checked.problems[0].text
        figures = {
            "nodes": len(checked.menus.trees["large"].nodes),
            "file_bytes": file.stat().st_size,
            "warnings": len(checked.problems),
            "check_s": round(median_s(lambda: check_menus(file), tries), 3),
            "load_s": round(median_s(lambda: load_menus(file), tries), 3),
        }
    if as_json:
        click.echo(json.dumps(figures))
    else:
        for name, figure in figures.items():
            click.echo(f"{name:12} {figure:>12,}")
    if count <= 1000 and (figures["check_s"] > CHECK_TARGET_S or figures["load_s"] > LOAD_TARGET_S):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
