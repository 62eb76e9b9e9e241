"""SIPp as the other side: a traffic generator that has nothing to do with PJSIP, run on scenarios of `sipp/`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.system.running import free_port

SCENARIOS = Path(__file__).with_name("sipp")


def call(scenario: str, target: str, folder: Path, *options: str, timeout: float = 30.0) -> str:
    """Run a calling scenario once and expect it to succeed; what it wrote about its messages.

    Args:
        target: HOST:PORT.
    """
    command = [*_command(scenario, folder), target, "-m", "1", "-s", "12345", "-timeout", "20s", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False)
    messages = "".join(file.read_text() for file in folder.glob("*_messages.log"))
    assert done.returncode == 0, f"{scenario}: {done.stdout[-1500:]}\n{messages[-4000:]}"
    return messages


@contextmanager
def answering(scenario: str, folder: Path, options: Sequence[str] = ()) -> Iterator[str]:
    """An answering scenario, run once; its URI. It must have succeeded at the end."""
    port = free_port()
    command = [*_command(scenario, folder), "-p", str(port), "-m", "1", "-timeout", "30s", *options]
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield f"sip:person@127.0.0.1:{port}"
        said, _ = process.communicate(timeout=10)
        assert process.returncode == 0, f"{scenario}: {said.decode()[-1500:]}"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _command(scenario: str, folder: Path) -> list[str]:
    file = SCENARIOS / f"{scenario}.xml"
    return ["sipp", "-sf", str(file), "-i", "127.0.0.1", "-nostdin", "-trace_msg", "-nd"]
