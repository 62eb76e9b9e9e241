"""Takes people out of what is kept of a call: numbers become others, texts become the names of their fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: A number of fewer digits names nobody: it is the key of an option.
SHORTEST_NUMBER = 4
_NUMBER = re.compile(rf"\d{{{SHORTEST_NUMBER},}}")
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?|\d\d:\d\d")


class Names:
    """Replaces numbers by others of the same length, the same one always by the same one."""

    def __init__(self) -> None:
        self._made: dict[str, str] = {}

    def number(self, real: str) -> str:
        made = self._made.get(real)
        if made is None:
            made = str(10 ** (len(real) - 1) + len(self._made) + 1)
            self._made[real] = made
        return made

    def within(self, text: str) -> str:
        """A text with every number in it replaced; those that were met before first, also within longer ones."""
        for real, made in sorted(self._made.items(), key=lambda pair: -len(pair[0])):
            text = text.replace(real, made)
        known = set(self._made.values())
        return _NUMBER.sub(lambda found: found[0] if _is_made(found[0], known) else self.number(found[0]), text)

    def data(self, value: Any, field: str = "") -> Any:
        """JSON data of the same shape in which nobody is named."""
        if isinstance(value, Mapping):
            return {name: self.data(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.data(item, field) for item in value]
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            return value
        if isinstance(value, int):
            return int(self.number(str(value))) if abs(value) >= 10**SHORTEST_NUMBER else value
        if not value or _CODE.fullmatch(value) or _MOMENT.fullmatch(value):
            return value
        return self.number(value) if value.isdigit() else f"（{field}）"


def _is_made(number: str, made: set[str]) -> bool:
    return any(number in one or one in number for one in made)
