"""Common to all tests."""

from tests import postgresql as postgresql_server
from tests import reactor

reactor.install()

running_reactor = reactor.running_reactor
in_reactor = reactor.in_reactor
postgresql = postgresql_server.postgresql


def pytest_unconfigure() -> None:
    """When all is over."""
    reactor.close()
