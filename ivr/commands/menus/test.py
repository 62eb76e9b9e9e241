"""`ivr menus test`: run the rehearsals."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ivr.config import SHIPPED_TREES
from ivr.rehearsal.coverage import Coverage
from ivr.rehearsal.goldens import difference, update
from ivr.rehearsal.report import FileReport, Report, rehearse
from ivr.rehearsal.transcript import transcript
from menus.loader import check_menus
from menus.problems import report as problem_report

_KINDS = (("node", "步骤 nodes"), ("option", "选项 options"), ("exit", "出错的路 failure exits"))


@click.command(name="test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--least", type=click.FloatRange(0, 100), default=0.0, help="覆盖率最低多少 / least coverage, per cent")
@click.option("--transcript", "show", is_flag=True, help="打印每次通话的经过 / print every call as it went")
@click.option("--update", "agree", is_flag=True, help="记下现在听到的 / write what is heard now to *.heard.txt")
@click.option("--json", "as_json", is_flag=True, help="给程序看 / for programs")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="写 JUnit 报告 / write JUnit XML")
def command(paths: tuple[Path, ...], least: float, show: bool, agree: bool, as_json: bool, junit: Path | None) -> None:
    """排练：不用电话，把 *.cases.yaml 里写的通话走一遍 / run the calls in *.cases.yaml, without a telephone.

    PATHS are folders of menus with their rehearsals; the shipped ones if none is given. Ends with 1 when a rehearsal
    fails, a file is wrong, what is heard differs from *.heard.txt, or the coverage is less than --least.
    """
    given = paths or (SHIPPED_TREES,)
    checked = check_menus([path for path in given if not path.name.endswith(".cases.yaml")] or [given[0].parent])
    if checked.menus is None:
        click.echo(problem_report(checked.problems), err=True)
        sys.exit(1)
    done = rehearse(checked.menus, given)
    if junit is not None:
        junit.write_text(done.as_junit(), "utf-8")
    differences = {file.path: "" if agree else difference(file) for file in done.files if file.file}
    if agree:
        for file in done.files:
            if file.passed:
                update(file)
    if as_json:
        changed = {str(path): text for path, text in differences.items() if text}
        click.echo(json.dumps({**done.as_json(), "changed": changed}, ensure_ascii=False, indent=2))
    else:
        _print(done, differences, show)
    enough = done.coverage.percent >= least
    if not enough:
        wanted = f"覆盖率低于 {least:g} % / coverage is below {least:g} %"
        click.echo(wanted, err=True)
    sys.exit(0 if done.passed and done.outcomes and enough and not any(differences.values()) else 1)


def _print(done: Report, differences: dict[Path, str], show: bool) -> None:
    for file in done.files:
        _print_file(file, show)
        if differences.get(file.path):
            click.echo(differences[file.path])
            click.echo("听到的变了，对的话用 --update 记下 / it sounds different; --update agrees")
    if not done.files:
        click.echo("这里没有排练（*.cases.yaml）/ there are no rehearsals (*.cases.yaml) here")
    failed = sum(not outcome.passed for outcome in done.outcomes)
    click.echo(f"{len(done.outcomes)} 次排练，{failed} 次不对 / {len(done.outcomes)} rehearsals, {failed} failed")
    _print_coverage(done.coverage)


def _print_file(file: FileReport, show: bool) -> None:
    click.echo(str(file.path))
    for problem in file.problems:
        click.echo(problem.text)
    for outcome in file.outcomes:
        click.echo(f"  {'✓' if outcome.passed else '✗'} {outcome.case.name}  ({outcome.duration_ms / 1000:.0f} s)")
        if not outcome.passed:
            click.echo(f"    {file.path}:{outcome.line}: {outcome.failure}")
        if show or not outcome.passed:
            for line in transcript(outcome.moments):
                click.echo(f"    {line}")


def _print_coverage(coverage: Coverage) -> None:
    shares = []
    for kind, name in _KINDS:
        seen, there = coverage.share(kind)  # type: ignore[arg-type]
        shares.append(f"{name} {seen}/{there}")
    click.echo(f"覆盖 coverage {coverage.percent:.1f} %：{'，'.join(shares)}")
    if coverage.missing:
        click.echo(f"没走到 not reached: {'、'.join(map(str, coverage.missing))}")
