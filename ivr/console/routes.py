"""The one list of pages: where, who may, and which function makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ivr.console import api
from ivr.console.authoring import routes as authoring
from ivr.console.pages import (
    account,
    audit,
    call,
    calls,
    health,
    live,
    menus,
    months,
    outbox,
    people,
    reports,
    sign_in,
    work,
    work_item,
)
from ivr.console.roles import Permission
from ivr.console.web import Answer

Page = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """One page.

    Attributes:
        path: with `<name>` where the page takes an argument.
        page: called with the services, the visit and the arguments of the path.
        needs: permission; None for a page that everybody may see.
    """

    method: str
    path: str
    page: Page
    needs: Permission | None

    @property
    def without_database(self) -> bool:
        """Whether the page is given while the database is down."""
        return self.path in ("/healthz", "/metrics")


def _get(path: str, page: Page, needs: Permission | None) -> Route:
    return Route("GET", path, page, needs)


def _post(path: str, page: Page, needs: Permission | None) -> Route:
    return Route("POST", path, page, needs)


ROUTES: tuple[Route, ...] = (
    _get("/", sign_in.home, "signed_in"),
    _get("/sign-in", sign_in.show, None),
    _post("/sign-in", sign_in.enter, None),
    _post("/sign-out", sign_in.leave, "signed_in"),
    _post("/look", sign_in.look, None),
    _get("/account", account.show, "signed_in"),
    _post("/account/password", account.set_password, "signed_in"),
    _post("/account/codes", account.set_codes, "signed_in"),
    _get("/calls", calls.show, "calls"),
    _post("/calls/export", calls.export, "export"),
    _post("/calls/views", calls.save_view, "calls"),
    _post("/calls/views/forget", calls.forget_view, "calls"),
    _get("/calls/<call_id>", call.show, "calls"),
    _post("/calls/<call_id>/reveal", call.reveal, "reveal"),
    _get("/calls/<call_id>/recordings/<name>", call.recording, "reveal"),
    _post("/calls/<call_id>/review", call.review, "work"),
    _get("/work", work.show, "work"),
    _get("/work/<item>", work_item.show, "work"),
    _post("/work/<item>/reveal", work_item.reveal, "reveal"),
    _post("/work/<item>/<deed>", work_item.do, "work"),
    _get("/outbox", outbox.show, "work"),
    _post("/outbox/<ticket>/retry", outbox.retry, "work"),
    _get("/live", live.show, "live"),
    _post("/live/<call_id>/hang-up", live.hang_up, "hang_up"),
    _get("/menus", menus.show, "menus"),
    _get("/menus/<tree>", menus.tree, "menus"),
    _get("/reports", reports.show, "reports"),
    _get("/reports/month/<month>", months.show, "reports"),
    _get("/reports/month/<month>/pdf", months.pdf, "reports"),
    _get("/health", health.show, "health"),
    _get("/metrics", health.metrics, None),
    _get("/healthz", health.healthz, None),
    _get("/readyz", health.readyz, None),
    _get("/api/v1/openapi.yaml", api.description, None),
    _get("/audit", audit.show, "audit"),
    _get("/people", people.show, "people"),
    _post("/people", people.add, "people"),
    _post("/people/<name>", people.change, "people"),
    *(Route(method, path, page, needs) for method, path, page, needs in authoring.PAGES),
)


def arguments_of(values: dict[str, Any]) -> dict[str, str]:
    """What the path held, as text."""
    return {name: str(value) for name, value in values.items()}
