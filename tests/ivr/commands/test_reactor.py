"""The reactor's timers go by the monotonic clock."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import time
from ivr.commands.reactor import installed_reactor

reactor = installed_reactor()
later = reactor.callLater(50, print, "too early")
print(round(later.getTime() - time.monotonic()), type(reactor).__name__)
reactor.callLater(0.01, print, "in time")
reactor.callLater(0.02, reactor.stop)
reactor.run()
"""


def test_timers_go_by_the_monotonic_clock() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.splitlines() == ["50 AsyncioSelectorReactor", "in time"]
