from __future__ import annotations

import logging

import pytest

from ivr.sip.callbacks import callback


class Called:
    def __init__(self) -> None:
        self.got: list[int] = []

    @callback
    def works(self, value: int) -> None:
        self.got.append(value)

    @callback
    def fails(self, value: int) -> None:
        raise LookupError("nothing there")


def test_a_callback_does_its_work() -> None:
    called = Called()
    called.works(3)
    assert called.got == [3]


def test_an_exception_is_logged_and_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        Called().fails(3)
    assert "Called.fails" in caplog.text and "nothing there" in caplog.text
