"""What a worker answers when it does not do what it is asked."""

from __future__ import annotations


class RefusedError(Exception):
    """A request that is not carried out.

    Attributes:
        code: `busy`, `bad-request`, `cannot-say`, `no-engine`, `unwanted` or `stopping`.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
