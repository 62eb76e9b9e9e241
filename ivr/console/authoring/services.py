"""What the pages of authors work with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ivr.authoring.phone import Phones
from ivr.authoring.workshop import Workshop


@dataclass
class Authoring:
    """Everything that a page of authors may ask.

    Attributes:
        phones: the phones on the page. Only for the reactor thread.
        operations: of the backend, for completion.
        targets: to which calls can be transferred, for completion.
    """

    workshop: Workshop
    phones: Phones
    operations: Sequence[str] = ()
    targets: Sequence[str] = ()
