"""The schema that pydantic makes of a model, as draft 7 and editors want it: what authors write, with hover texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from menus.duration import DURATION_PATTERN, written_duration

JsonSchema = dict[str, Any]


def editable(schema: Any) -> Any:
    """A part of such a schema, with all its parts."""
    if isinstance(schema, list):
        return [editable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: editable(value) for key, value in schema.items() if key not in ("title", "discriminator")}
    if isinstance(schema.get("title"), dict):  # a property that is called `title`
        made["title"] = editable(schema["title"])
    made = _without_null(made)
    if {} in made.get("oneOf", ()):  # anything fits one of them, so it may fit another as well
        made["anyOf"] = made.pop("oneOf")
    if "$ref" in made and len(made) > 1:  # draft 7 ignores what stands beside a reference
        made = {"allOf": [{"$ref": made.pop("$ref")}], **made}
    if isinstance(made.get("description"), str):
        made.update(described(made["description"]))
    if isinstance(made.get("propertyNames"), dict) and "enum" in made["propertyNames"]:
        value = made.pop("additionalProperties")
        made["properties"] = dict.fromkeys(made.pop("propertyNames")["enum"], value)
        made["additionalProperties"] = False
    if "default" in made:
        made["default"] = _default(made)
    if made.get("default", 0) is None or (isinstance(made.get("default"), Mapping) and not made["default"]):
        del made["default"]
    return made


def _without_null(schema: JsonSchema) -> JsonSchema:
    """A key that may be left out is left out; nobody writes `null`."""
    options = schema.get("anyOf")
    if not isinstance(options, list) or {"type": "null"} not in options:
        return schema
    rest = [option for option in options if option != {"type": "null"}]
    others = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest[0], **others} if len(rest) == 1 else {**others, "anyOf": rest}


def _default(schema: JsonSchema) -> Any:
    """The default as an author would write it; a section's default says nothing that its keys do not."""
    default = schema["default"]
    if schema.get("pattern") == DURATION_PATTERN and isinstance(default, int):
        return written_duration(default)
    if isinstance(default, Mapping) and ("$ref" in schema or "allOf" in schema):
        return None
    return default


def described(description: str) -> JsonSchema:
    """The words for hover texts: Chinese and English each on a line of their own where Markdown is shown."""
    return {"description": description, "markdownDescription": re.sub(r"\s*/\s*", "\n\n", description, count=1)}
