"""What runs, what is missing, and what to do about it; the same for Prometheus and for load balancers."""

from __future__ import annotations

from ivr.console.health import circuits
from ivr.console.metrics import CONTENT_TYPE, exposition
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.troubles import troubles
from ivr.console.web import Answer, ForbiddenError, Visit

_PLAIN = "text/plain; charset=utf-8"
_LOCAL = ("127.0.0.1", "::1", "")


def show(services: Services, visit: Visit) -> Answer:
    state = services.health()
    order = {"bad": 0, "warning": 1, "good": 2}
    findings = sorted(state.findings, key=lambda finding: order.get(finding.verdict, 0))
    return page(
        visit,
        "health.html",
        here="health",
        state=state,
        findings=findings,
        trouble=sum(1 for finding in findings if finding.verdict != "good"),
        circuits=circuits(state.processes or ()),
        troubles=troubles(state.errors),
        work=services.office.work.waiting(services.now()),
        calls=services.live.calls(),
        workers=services.live.workers(),
    )


def metrics(services: Services, visit: Visit) -> Answer:
    """For Prometheus: open to this machine if the settings say so, to others never without a token."""
    if not visit.may("health") and not (services.settings.metrics_open and visit.address in _LOCAL):
        raise ForbiddenError("只对本机开放", "open to this machine only")
    return Answer(exposition(services), content_type=CONTENT_TYPE)


def healthz(services: Services, visit: Visit) -> Answer:
    """This process lives."""
    return Answer(b"ok\n", content_type=_PLAIN)


def readyz(services: Services, visit: Visit) -> Answer:
    """This process can do its work: the database answers (else the page before this one is a 503)."""
    services.office.tallies.span()
    return Answer(b"ready\n", content_type=_PLAIN)
