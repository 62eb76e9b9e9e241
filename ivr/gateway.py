"""A whole gateway on this machine while it runs: its processes, its edge, and the socket by which it is asked."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.process import reapProcessHandlers

from ivr.children import EDGE, gateway_processes, plan_edge, plan_lines
from ivr.config import DataFolder, Settings, load_settings
from ivr.edge import kamailio
from ivr.edge.addresses import LOOPBACK, local_address
from ivr.edge.dispatching import Dispatching
from ivr.edge.kamailio import EdgeError, EdgePlan
from ivr.edge.probe import EdgeProbe
from ivr.farewell.byes import Farewell
from ivr.farewell.dialog import Dialog
from ivr.farewell.kept import take
from ivr.privacy import CallerKey
from ivr.processes import control
from ivr.processes.child import Child
from ivr.processes.supervisor import TEMPLATE, Supervisor
from ivr.processes.template import become_subreaper, reap_strangers

log = logging.getLogger(__name__)

#: Line workers are the children whose names begin so.
LINES = "line-"
#: The edge is told at once that a worker is there again. The next one is not drained before it has heard, or there
#: would be nobody to give a call to.
SEEN_BY_EDGE_S = 1.0
REAP_EVERY_S = 10.0


class Gateway:
    """Made, then started on the reactor's thread, then ended once.

    Args:
        lines: calls at once in place of what the settings say.
        gave_up: called with a child that cannot work as it is configured.

    Raises:
        EdgeError, LinePlanError, ControlError, KeyFileError, OSError: it cannot run with these settings; the message
            says why.
    """

    def __init__(
        self,
        settings: Settings,
        settings_file: Path | None,
        data: DataFolder,
        reactor: Any,
        gave_up: Callable[[Child], None],
        *,
        demo: bool,
    ) -> None:
        self._settings = settings
        self._settings_file = settings_file
        self._data = data
        self._reactor = reactor
        self._edge = plan_edge(settings, data, plan_lines(settings))
        specs = gateway_processes(settings, settings_file, data, demo=demo)
        if self._edge is not None:
            kamailio.check_ports(self._edge)
            kamailio.write(self._edge)
            kamailio.check(self._edge)
        self.supervisor = Supervisor(specs, reactor, gave_up, self._changed)
        self._dispatching = _dispatching(self._edge, reactor)
        self._key = CallerKey(data.caller_key)
        self._farewell = _farewell(self._edge, settings, reactor)
        self._cut_off: Mapping[str, Sequence[Dialog]] = {}
        control.listen(reactor, data.control, self._handlers())

    def start(self) -> Deferred[dict[str, str]]:
        """Start all processes; fires with what they said when they are ready and a call is answered."""
        become_subreaper()
        self._reap()
        self._farewell.start()
        # Calls of a gateway that is no more. Whoever starts now must not find them among their own.
        self._cut_off = {folder.name: self._left_by(folder.name) for folder in self._data.dialogs.glob("*")}
        if self._edge is None:
            self._end_cut_off()
        if self._dispatching is not None:
            self._dispatching.start()
        ready = self.supervisor.start()
        if self._edge is not None:
            (edge,) = self.supervisor.named(EDGE)
            EdgeProbe(self._reactor, self._edge.port, lambda: edge.beat({})).start()
        return ready.addCallback(self._known_to_edge)

    def _known_to_edge(self, said: dict[str, str]) -> Any:
        """What was said, when the edge knows who takes calls."""
        return said if self._dispatching is None else self._dispatching.agreed().addCallback(lambda _: said)

    def _end_cut_off(self) -> None:
        cut_off, self._cut_off = self._cut_off, {}
        for name, dialogs in cut_off.items():
            self._farewell.say(dialogs, name)

    def _left_by(self, name: str) -> list[Dialog]:
        return take(self._data.dialogs / name, self._key.unseal)

    def _changed(self, child: Child) -> None:
        """End the calls of one that has died. Let the edge know who takes calls: one that runs, and one that is started
        later.
        """
        if child.pid is None:
            self._farewell.say(self._left_by(child.spec.name), child.spec.name)
        if self._edge is None or self._dispatching is None:
            return
        if child.spec.name == EDGE and child.state == "ready":
            self._dispatching.forgotten()
            self._end_cut_off()
        elif child.spec.name in self._edge.workers:
            ready = self._ready_workers()
            kamailio.write_destinations(self._edge, ready)
            self._dispatching.tell({place: name in ready for name, place in self._edge.workers.items()})

    def _ready_workers(self) -> set[str]:
        return {child.spec.name for child in self.supervisor.named(LINES) if child.state == "ready"}

    def _reap(self) -> None:
        """Wait for those whom children of ours have left behind, when they have ended."""
        reap_strangers(reapProcessHandlers)
        self._reactor.callLater(REAP_EVERY_S, self._reap)

    def reload(self) -> None:
        """Let menus, numbers and transfer targets be what they are now, and the edge what its settings are now."""
        self.supervisor.signal(LINES, signal.SIGHUP)
        if self._edge is not None:
            self._reload_edge()

    def _reload_edge(self) -> None:
        """Restart the edge if its configuration has changed. Calls go on: nothing of them is kept there. Only who is
        being called by a worker at this moment answers in vain.
        """
        try:
            settings = load_settings(self._settings_file)
            settings = settings.model_copy(update={"lines": self._settings.lines})
            edge = plan_edge(settings, self._data, plan_lines(settings))
            if edge is None or edge == self._edge:
                return
            if (edge.bind_address, edge.port, edge.workers) != _place(self._edge):
                log.error("addresses, ports and the number of lines change only with a restart of the gateway")
                return
            kamailio.write(edge, self._ready_workers())
            kamailio.check(edge)
        except (EdgeError, ValueError, OSError) as error:
            log.error("the edge goes on as it is:\n%s", error)
            return
        self._edge = edge
        log.info("the edge starts again with its new settings")
        self.supervisor.renew(self.supervisor.named(EDGE))

    # What the control socket is asked

    def _handlers(self) -> control.Handlers:
        return {"workers": self._workers, "drain": self._drain, "start": self._start, "renew": self._renew} | {
            "reload": self._reload
        }

    def _workers(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"workers": [_described(child) for child in self.supervisor.children]}

    def _drain(self, request: dict[str, Any]) -> dict[str, Any]:
        child = self._line(request)
        child.stop()
        return {"workers": [_described(child)]}

    def _start(self, request: dict[str, Any]) -> dict[str, Any]:
        child = self._line(request)
        if child.state != "stopped":
            raise ValueError(f"{child.spec.name}: {child.state}")
        child.start()
        return {"workers": [_described(child)]}

    def _renew(self, request: dict[str, Any]) -> dict[str, Any]:
        if request.get("name"):
            # A new one is of the version that is installed now, and so must be what it is forked from.
            children = [*self.supervisor.named(TEMPLATE), self._line(request)]
        elif request.get("all"):
            # Kamailio is not of our version, and takes its configuration by `reload`. The shipper comes first: it
            # brings the tables to the newest revision before anybody else needs that, and reads older journals.
            children = [child for child in self.supervisor.children if child.spec.name != EDGE]
        else:
            children = [*self.supervisor.named(TEMPLATE), *self.supervisor.named(LINES)]
        self.supervisor.renew(children, SEEN_BY_EDGE_S if self._edge is not None else 0.0)
        return {"workers": [_described(child) for child in children]}

    def _reload(self, request: dict[str, Any]) -> dict[str, Any]:
        self.reload()
        return {}

    def _line(self, request: dict[str, Any]) -> Child:
        lines = {child.spec.name: child for child in self.supervisor.named(LINES)}
        name = request.get("name")
        if name not in lines:
            raise ValueError(f"没有接线进程 / there is no line worker {name!r}; {', '.join(lines)}")
        return lines[name]


def _place(edge: EdgePlan | None) -> tuple[Any, ...]:
    return (edge.bind_address, edge.port, edge.workers) if edge is not None else ()


def _dispatching(edge: EdgePlan | None, reactor: Any) -> Dispatching | None:
    """How the edge hears who takes calls; None where it spreads them over no workers of this machine."""
    return Dispatching(reactor, edge.control) if edge is not None and not edge.settings.destinations else None


def _farewell(edge: EdgePlan | None, settings: Settings, reactor: Any) -> Farewell:
    if edge is None:
        return Farewell(reactor, (local_address(settings.sip.bind_address), 0), None)
    return Farewell(reactor, (LOOPBACK, edge.farewell_port or 0), (LOOPBACK, edge.port))


def _described(child: Child) -> dict[str, Any]:
    return {
        "name": child.spec.name,
        "state": child.state,
        "pid": child.pid,
        "uptime_s": round(child.uptime_s, 1),
        "restarts": child.restarts,
        **child.facts,
    }
