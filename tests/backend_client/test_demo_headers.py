"""Headers of any bytes are no mistake of the server's."""

from __future__ import annotations

import pytest

from tests.backend_client.test_demo import Browser


@pytest.mark.parametrize("name", ["if_none_match", "accept_language", "x_request_id", "authorization"])
def test_headers_that_are_not_utf8_are_read(name: str) -> None:
    assert Browser(token="").ask("/v1/policies", **{name: b"\xcf\xff"})[0] == 200
