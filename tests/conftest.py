"""Common to all tests."""

from tests import reactor

reactor.install()

running_reactor = reactor.running_reactor
in_reactor = reactor.in_reactor
