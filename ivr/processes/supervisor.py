"""Keeps the processes of a gateway running: starts them, restarts what died with back-off, ends them in order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, DeferredList

from ivr.processes.child import Child, ChildSpec

log = logging.getLogger(__name__)

_SHORTLY_S = 0.2
#: How long those that are forked from a template wait for it, in seconds. Without it they start, only slower.
TEMPLATE_S = 20.0
_POLL_S = 0.05
#: Those that the gateway can be without are started after so long at the latest, in seconds.
REST_S = 30.0
#: Name of the child that is the template.
TEMPLATE = "template"


class Supervisor:
    """All children of one gateway, in the order in which they are started; they end in the reverse order.

    Args:
        gave_up, changed: see `Child`.
    """

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        reactor: Any,
        gave_up: Callable[[Child], None],
        changed: Callable[[Child], None] = lambda child: None,
    ) -> None:
        self.children = [Child(spec, reactor, gave_up, changed) for spec in specs]
        self._reactor = reactor
        self._ending = False
        self._latest: Any = None
        self._rest_is_started = False

    def start(self) -> Deferred[Any]:
        """Start what the gateway cannot serve without, and then the rest, which would only take the processor from it.
        Fires when all awaited ones have said that they are ready, with what each said.
        """
        awaited = [child for child in self.children if child.spec.awaited]
        templates = self.named(TEMPLATE)
        # Nothing is started beside the template but a program of others, which has little to load.
        at_once = [child for child in awaited if child.spec.must_start] if templates else awaited
        for child in [*templates, *at_once]:
            child.start()
        forked_first = sorted(awaited, key=lambda child: child.spec.template is None)
        then = [child for child in forked_first if child not in at_once]
        self._start_behind_template(then, self._reactor.seconds() + TEMPLATE_S)
        if len(awaited) < len(self.children):
            self._latest = self._reactor.callLater(REST_S, self._start_rest)

        def all_ready(results: list[tuple[bool, str]]) -> dict[str, str]:
            self._start_rest()
            return {child.spec.name: said for child, (_, said) in zip(awaited, results, strict=True)}

        return DeferredList([child.ready for child in awaited]).addCallback(all_ready)

    def _start_rest(self) -> None:
        """Once."""
        self._cancel_latest()
        if self._rest_is_started or self._ending:
            return
        self._rest_is_started = True
        for child in self.children:
            # Somebody may have renewed it meanwhile.
            if not child.spec.awaited and child.spec.name != TEMPLATE and child.state == "waiting":
                child.start()

    def _cancel_latest(self) -> None:
        if self._latest is not None and self._latest.active():
            self._latest.cancel()

    def _start_behind_template(self, children: Sequence[Child], deadline: float) -> None:
        """Start them when the template is ready."""
        if not children or self._ending:
            return
        is_ready = all(child.state == "ready" for child in self.named(TEMPLATE))
        if is_ready or self._reactor.seconds() >= deadline:
            # Somebody may have renewed or drained one of them meanwhile.
            for child in children:
                if child.state == "waiting":
                    child.start()
        else:
            self._reactor.callLater(_POLL_S, self._start_behind_template, children, deadline)

    def stop(self) -> Deferred[None]:
        """End the children, the last started first. Those that share their patience end together."""
        self._ending = True
        self._cancel_latest()
        remaining = list(self.children)

        def next_ones(_: object = None) -> Deferred[Any] | None:
            if not remaining:
                return None
            together = [remaining.pop()]
            while remaining and remaining[-1].spec.name.rpartition("-")[0] == _kind(together[0]):
                together.append(remaining.pop())
            return DeferredList([child.stop() for child in together]).addCallback(next_ones)

        done: Deferred[None] = Deferred()
        done.addCallback(next_ones)
        done.callback(None)
        return done

    def hurry(self) -> None:
        """Ask those that are ending to end at once. The others have their turn, and would only be started again."""
        for child in self.children:
            child.hurry()

    def signal(self, prefix: str, number: int) -> None:
        """Send a signal to every child whose name begins so."""
        for child in self.named(prefix):
            child.signal(number)

    def named(self, prefix: str) -> list[Child]:
        """The children whose names begin so."""
        return [child for child in self.children if child.spec.name.startswith(prefix)]

    def renew(self, children: Sequence[Child], rest_s: float = 0.0) -> None:
        """Drain and start again, one after the other, so that the others take the calls meanwhile.

        Args:
            rest_s: how long a new one is ready before the next one is drained, in seconds.
        """
        remaining = list(children)

        def next_one(_: object = None) -> None:
            if remaining and not self._ending:
                child = remaining.pop(0)
                child.stop().addCallback(lambda _: self._start_again(child, rested))

        def rested() -> None:
            self._reactor.callLater(rest_s, next_one)

        next_one()

    def _start_again(self, child: Child, then: Callable[[], None]) -> None:
        if self._ending:
            return
        child.start()
        self._when_ready(child, then)

    def _when_ready(self, child: Child, then: Callable[[], None]) -> None:
        if self._ending or child.state in ("draining", "stopped"):
            return
        if child.state == "ready":
            then()
        else:
            self._reactor.callLater(_SHORTLY_S, self._when_ready, child, then)


def _kind(child: Child) -> str:
    """`line` of `line-3`. A name without a number is a kind of its own, which no other child has."""
    return child.spec.name.rpartition("-")[0] or f"only {child.spec.name}"
