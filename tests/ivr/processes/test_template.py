"""Processes forked from a template: whose children they are, what they have, and when they end."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

#: A template whose forked processes say who they are, and then wait until their standard input is closed.
TEMPLATE = """
import json, os, sys
from pathlib import Path
from ivr.processes.template import listen, serve
with listen(Path(sys.argv[1])) as listening:
    print("ready", flush=True)
    order = serve(listening, lambda: None)
facts = {"arguments": order.arguments, "colour": os.environ["COLOUR"], "pid": os.getpid(), "parent": os.getppid(),
         "session": os.getsid(0), "cores": list(os.sched_getaffinity(0)),
         "name": open("/proc/self/comm").read().strip(), "open": len(os.listdir("/proc/self/fd"))}
os.write(7, json.dumps(facts).encode() + b"\\n")
sys.stdin.read()
sys.exit(5)
"""
#: A supervisor that does what each line of its standard input says.
SUPERVISOR = """
import json, os, subprocess, sys
from pathlib import Path
from ivr.processes.template import Order, become_subreaper, fork_template, reap_strangers
become_subreaper()
end, path = None, Path(sys.argv[1])
template = subprocess.Popen([sys.executable, "-c", sys.argv[2], str(path)], stdout=subprocess.PIPE)
template.stdout.readline()
def fork():
    global end, last
    (inside, end), (said, out) = os.pipe(), os.pipe()
    order = Order("line-1", ["line", "--x"], {"COLOUR": "red"}, [0, 7], min(os.sched_getaffinity(0)), os.getpid())
    pid = last = fork_template(path, order, [inside, out])
    os.close(inside)
    os.close(out)
    return {"pid": pid, **(json.loads(os.read(said, 65536)) if pid else {})}
def close():
    os.close(end)
def kill_template():
    template.kill()
    template.wait()
def wait():
    pid, status = os.waitpid(last, 0)
    return [pid, os.waitstatus_to_exitcode(status)]
def strangers(*known):
    reap_strangers(known)
    return len(open(f"/proc/self/task/{os.getpid()}/children").read().split())
def orphan():
    subprocess.run([sys.executable, "-c", "import os; os.fork() or os._exit(0)"], check=True)
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
for line in sys.stdin:
    name, *arguments = json.loads(line)
    print(json.dumps(globals()[name](*arguments)), flush=True)
"""


@dataclass
class Supervisor:
    process: subprocess.Popen[str]

    def do(self, name: str, *arguments: object) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    command = [sys.executable, "-c", SUPERVISOR, str(tmp_path / "t.sock"), TEMPLATE]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    yield Supervisor(process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def has_ended(pid: int) -> bool:
    """Wait for the end of a process that is not ours."""
    descriptor = os.pidfd_open(pid)
    try:
        return bool(select.select([descriptor], [], [], 10)[0])
    finally:
        os.close(descriptor)


def test_what_is_forked_is_the_supervisors_child_and_has_what_was_ordered(supervisor: Supervisor) -> None:
    forked = supervisor.do("fork")
    assert forked["parent"] == supervisor.process.pid
    assert forked["session"] == forked["pid"], "Ctrl-C of the terminal does not reach it"
    assert (forked["arguments"], forked["colour"]) == (["line", "--x"], "red")
    assert forked["cores"] == [min(os.sched_getaffinity(0))]
    assert forked["name"] == "line-1"
    assert forked["open"] == 5, "0, 1, 2, 7 and the folder that is being listed"
    supervisor.do("close")
    assert supervisor.do("wait") == [forked["pid"], 5], "its end is told to the supervisor, as of any child"


def test_it_lives_on_without_its_template_and_ends_with_its_supervisor(supervisor: Supervisor) -> None:
    forked = supervisor.do("fork")
    supervisor.do("kill_template")
    assert supervisor.do("fork") == {"pid": None}, "the supervisor is told that there is no template"
    assert Path(f"/proc/{forked['pid']}").exists()
    supervisor.process.send_signal(signal.SIGKILL)
    assert has_ended(forked["pid"])


def test_who_was_left_behind_is_waited_for_but_no_child_of_ours(supervisor: Supervisor) -> None:
    forked = supervisor.do("fork")
    supervisor.do("orphan")
    assert supervisor.do("strangers", forked["pid"]) == 2, "the template and the other are left"
    supervisor.do("close")
    assert supervisor.do("wait") == [forked["pid"], 5]


def test_the_template_of_line_workers_has_one_thread_and_no_reactor() -> None:
    """A fork would take over the locks of other threads without the threads, and share a reactor's descriptors."""
    script = (
        "import os, sys; from ivr.commands.template import _load; _load(dictionaries=True); "
        "print(len(os.listdir('/proc/self/task')), 'twisted.internet.reactor' in sys.modules, "
        "sum('socket' in os.readlink(f'/proc/self/fd/{n}') or 'epoll' in os.readlink(f'/proc/self/fd/{n}') "
        "for n in '3456789' if os.path.exists(f'/proc/self/fd/{n}')))"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False", "0"]
