"""A process as Twisted has it, but forked from a template where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet.process import Process

from ivr.processes.template import Order, fork_template


class ForkedProcess(Process):
    """Like `twisted.internet.process.Process`, which makes the pipes, reads them and waits for the end.

    Args:
        template: socket of the template. When nobody answers there, the command line is run.
        order: without its targets.
        more: for `Process`.
    """

    def __init__(self, template: Path, order: Order, *more: Any, **named: Any) -> None:
        self._template = template
        self._order = order
        super().__init__(*more, **named)  # type: ignore[no-untyped-call]

    def _fork(self, *command: Any, **more: Any) -> None:
        fdmap: Mapping[int, int] = more["fdmap"]
        order = Order(**{**vars(self._order), "targets": list(fdmap)})
        pid = fork_template(self._template, order, list(fdmap.values()))
        if pid is None:
            super()._fork(*command, **more)  # type: ignore[no-untyped-call]
        else:
            self.pid = pid
            self.status = -1  # not ended
