"""What the first visitor after a start would otherwise wait for: a second's work that is then there for all."""

from __future__ import annotations

from ivr.console.passwords import prepare_nobody
from ivr.console.render import environment
from ivr.console.services import Services


def warm_up(services: Services) -> None:
    """Compile the templates, read the font of reports on paper, and the menus. For a thread beside the pages."""
    prepare_nobody()
    from ivr.console.paper import font

    made = environment()
    for name in made.list_templates():
        made.get_template(name)
    font()
    services.menus()
