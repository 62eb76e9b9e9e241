"""Settings of the connectors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class ConnectorSettings:
    """Which department systems are joined.

    Attributes:
        folder: every `*.yaml` file in it is a connector; None for none.
    """

    #: Where settings come from a file, a misspelt key is an error.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    folder: Path | None = None
