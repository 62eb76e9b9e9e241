"""Common to all tests."""

import gc

from tests import postgresql as postgresql_server
from tests import reactor

reactor.install()

running_reactor = reactor.running_reactor
in_reactor = reactor.in_reactor
postgresql = postgresql_server.postgresql


def pytest_configure() -> None:
    """Collect tests without collecting garbage: there is none, only thousands of objects that stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look at no module and no test again while tests run."""
    gc.freeze()
    gc.enable()
