"""The live board: who is where in the menu at this moment."""

from __future__ import annotations

from markupsafe import Markup

from ivr.console.render import page, part
from ivr.console.services import Services
from ivr.console.web import Answer, NotFoundError, Visit, see


def show(services: Services, visit: Visit) -> Answer:
    return page(visit, "live.html", here="live", board=board(visit, services))


def board(visit: Visit, services: Services) -> Markup:
    """The table of the board, as it is sent again whenever it has changed."""
    menus = services.menus()
    titles = (
        {} if menus is None else {tree.id: tree.title.get(visit.language, tree.id) for tree in menus.trees.values()}
    )
    return part(visit, "board.html", calls=services.live.calls(), workers=services.live.workers(), titles=titles)


def hang_up(services: Services, visit: Visit, call_id: str) -> Answer:
    """End a call. It is written down before it is done."""
    if not any(call.call_id == call_id for call in services.live.calls()):
        raise NotFoundError("这次通话已经结束", "this call is over")
    services.office.audit.write(visit.who, "hung_up", call_id, address=visit.address)
    services.live.hang_up(call_id)
    return see("/live", notice=visit.say("已请求挂断", "The call is being ended"))
