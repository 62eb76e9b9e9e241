"""A running gateway becomes one of a newer version, as docs/operations.md says it, while calls go on."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import venv
from pathlib import Path
from typing import Any

import pytest

from benchmarks.light_caller import LightCall, LightCallers
from benchmarks.under_load import all_ready, load_settings, worker_of, workers
from ivr.storage.database import current_revision, newest_revision, open_database
from tests.system.running import ROOT, Running, gateway

pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(600)]

#: A migration that only the newer version has.
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "upgraded", "{before}", None, None


def upgrade() -> None:
    op.add_column("calls", sa.Column("of_the_newer_version", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("calls", "of_the_newer_version")
"""


def of_commit(commit: str, folder: Path) -> Path:
    """The files of a commit; skipped where the history does not go back so far."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"no commit {commit} in this checkout: {packed.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def of_here(folder: Path) -> Path:
    """The files of this checkout as they are."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


def installed(folder: Path) -> Path:
    """A virtual environment in it that runs its code, with the packages of the one that runs the tests."""
    venv.create(folder / ".venv", with_pip=False)
    packages = next((folder / ".venv" / "lib").glob("python*/site-packages"))
    (packages / "here.pth").write_text(f"{folder.resolve()}\n{sysconfig.get_path('purelib')}\n")
    return folder


def point(link: Path, at: Path) -> None:
    """`ln -sfn`: nobody ever sees no link."""
    fresh = link.with_suffix(".new")
    fresh.symlink_to(at.name)
    fresh.replace(link)


def revisions(running: Running) -> dict[str, str]:
    """SIP Call-ID to the revision of the menus that the call heard."""
    journal = running.journal()
    calls = {line["call"]: line["data"]["sip_call_id"] for line in journal if line["name"] == "offered"}
    started = [line for line in journal if line["name"] == "Note" and line["data"]["name"] == "call_started"]
    return {calls[line["call"]]: line["data"]["data"]["revision"] for line in started}


def call(callers: LightCallers) -> LightCall:
    made = callers.call()
    until = time.monotonic() + 10
    while not made.status and time.monotonic() < until:
        callers.run(0.05)
    assert made.status == 200
    return made


def renew(running: Running, callers: LightCallers) -> None:
    """`ivr workers renew --all`, and calls all the while: those of a worker that drains hang up a moment later."""
    before = {name: worker["pid"] for name, worker in workers(running).items() if name != "edge"}
    asked = subprocess.Popen(
        [*running.program, "workers", "renew", "--all"],
        env=running.environment,
        cwd=running.folder,
        stdout=subprocess.DEVNULL,
    )
    draining_since: dict[str, float] = {}
    until = time.monotonic() + 400
    while True:
        callers.run(1.0)
        now: dict[str, dict[str, Any]] = workers(running)
        if all(now[name]["pid"] not in (None, pid) and now[name]["state"] == "ready" for name, pid in before.items()):
            break
        assert time.monotonic() < until, now
        callers.hang_up(call(callers))
        for name in [name for name, worker in now.items() if worker["state"] == "draining" and worker.get("calls")]:
            if time.monotonic() - draining_since.setdefault(name, time.monotonic()) > 2.0:
                for going in callers.calls:
                    if worker_of(going) == name:
                        callers.hang_up(going)
    assert asked.wait(30) == 0
    assert {"line-1", "line-2"} <= draining_since.keys(), "both had calls to wait for"


def test_a_newer_version_takes_over_without_losing_a_call(tmp_path: Path) -> None:
    versions = tmp_path / "opt"
    older, newer = (versions / name for name in ("xiangyin-1", "xiangyin-2"))
    for folder in (older, newer):
        folder.mkdir(parents=True)
    installed(of_commit("HEAD~1", older))
    installed(of_here(newer))
    tables = newer / "ivr" / "storage" / "migrations" / "versions"
    (tables / "m9999_upgraded.py").write_text(MIGRATION.format(before=newest_revision()))
    tree = newer / "menus" / "trees" / "hotline.yaml"
    tree.write_text(tree.read_text("utf-8").replace("resumable: 15min", "resumable: 16min", 1), "utf-8")
    link = versions / "xiangyin"
    point(link, older)
    assert sys.version_info[:2] == tuple(map(int, newer.glob(".venv/lib/python*").__next__().name[6:].split(".")))

    with gateway(tmp_path, load_settings(8), installed=link / ".venv" / "bin" / "python") as running:
        callers = LightCallers(("127.0.0.1", running.sip_port), "12345", 3.0)
        try:
            all_ready(running)
            first = [call(callers) for _ in range(4)]
            assert {worker_of(one) for one in first} == {"line-1", "line-2"}
            point(link, newer)
            late = call(callers)
            renew(running, callers)
            last = call(callers)
            callers.run(2.0)
            assert not any(one.ended_by_other for one in callers.calls), "no call was cut"
            assert last.received > 50
            callers.hang_up(last)
            callers.run(1.0)
        finally:
            callers.close()
        of_call = revisions(running)
        assert of_call[late.call_id] == of_call[first[0].call_id], "until it is renewed a worker is the older version"
        assert of_call[last.call_id] != of_call[first[0].call_id], "then it answers with the newer one"
        _log_is_whole(running, len(callers.calls))
        engine = open_database(f"sqlite:///{running.data / 'log' / 'calls.sqlite'}")
        assert current_revision(engine) == "upgraded"
        engine.dispose()


def _log_is_whole(running: Running, calls: int) -> None:
    until = time.monotonic() + 20
    while True:
        listed = json.loads(running.ivr("calls", "list", "--json", "--limit", "1000"))
        lines = len(running.journal())
        if sum(entry["journal_lines"] for entry in listed) == lines or time.monotonic() > until:
            break
        time.sleep(0.5)
    assert sum(entry["journal_lines"] for entry in listed) == lines
    assert len(listed) == calls
    assert {entry["ended_by"] for entry in listed} == {"caller"}, "every call ended by itself"
