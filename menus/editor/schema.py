"""The JSON Schema of a menu file, for completion, hover texts and first checks while an author types.

Draft 7, which every editor's YAML support knows. It is made from the model and knows nothing that the model does not;
what needs the whole file, such as whether a node exists, is for `ivr menus check`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from menus.duration import DURATION_PATTERN, written_duration
from menus.editor.kind_words import kind_words
from menus.model import NODE_KINDS, Tree
from menus.wording import SENTENCES, standard_wording

#: The schema as it is shipped; `scripts/docs` writes it.
FILE = Path(__file__).parent / "menu.schema.json"
#: The first line of a menu file, with the path of the schema, for editors with yaml-language-server.
MODELINE = "# yaml-language-server: $schema="
_JsonSchema = dict[str, Any]


def menu_schema() -> _JsonSchema:
    """Return the schema as JSON data."""
    made = Tree.model_json_schema(ref_template="#/definitions/{model}")
    definitions: _JsonSchema = {name: _editable(part) for name, part in made.pop("$defs").items()}
    for kind, model in NODE_KINDS.items():
        definitions[model.__name__]["properties"]["kind"] = {"const": kind, **_described(str(kind_words(kind)))}
    definitions["Node"] = _any_node()
    schema = _editable(made)
    nodes = schema["properties"]["nodes"]
    nodes["patternProperties"] = {key: {"$ref": "#/definitions/Node"} for key in nodes["patternProperties"]}
    nodes["additionalProperties"] = False
    schema["properties"]["wording"] = _wording(schema["properties"]["wording"])
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "乡音菜单 / Xiangyin menu tree",
        **{key: value for key, value in schema.items() if key != "title"},
        "definitions": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """Return the schema as it stands in the file."""
    return json.dumps(menu_schema(), ensure_ascii=False, indent=1) + "\n"


def _any_node() -> _JsonSchema:
    """Which keys a node has depends on its kind: one condition for each, which editors follow while typing."""
    kinds = {kind: str(kind_words(kind)) for kind in NODE_KINDS}
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {
                "enum": list(kinds),
                "enumDescriptions": list(kinds.values()),
                **_described("这一步做什么 / what it does"),
            }
        },
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                "then": {"$ref": f"#/definitions/{model.__name__}"},
            }
            for kind, model in NODE_KINDS.items()
        ],
    }


def _wording(schema: _JsonSchema) -> _JsonSchema:
    """Every standard sentence by its name, with what it says now."""
    usual = standard_wording()
    text = schema.pop("additionalProperties")
    properties = {
        name: {
            **text,
            **_described(" / ".join(filter(None, (usual[language].get(name) for language in ("zh", "en"))))),
        }
        for name in SENTENCES
    }
    return {**schema, "properties": properties, "additionalProperties": False}


def _editable(schema: Any) -> Any:
    """A part of pydantic's schema as draft 7 and editors want it."""
    if isinstance(schema, list):
        return [_editable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _editable(value) for key, value in schema.items() if key not in ("title", "discriminator")}
    if isinstance(schema.get("title"), dict):  # a property that is called `title`
        made["title"] = _editable(schema["title"])
    made = _without_null(made)
    if {} in made.get("oneOf", ()):  # anything fits one of them, so it may fit another as well
        made["anyOf"] = made.pop("oneOf")
    if "$ref" in made and len(made) > 1:  # draft 7 ignores what stands beside a reference
        made = {"allOf": [{"$ref": made.pop("$ref")}], **made}
    if isinstance(made.get("description"), str):
        made.update(_described(made["description"]))
    if isinstance(made.get("propertyNames"), dict) and "enum" in made["propertyNames"]:
        value = made.pop("additionalProperties")
        made["properties"] = dict.fromkeys(made.pop("propertyNames")["enum"], value)
        made["additionalProperties"] = False
    if "default" in made:
        made["default"] = _default(made)
    if made.get("default", 0) is None or (isinstance(made.get("default"), Mapping) and not made["default"]):
        del made["default"]
    return made


def _without_null(schema: _JsonSchema) -> _JsonSchema:
    """A key that may be left out is left out; nobody writes `null`."""
    options = schema.get("anyOf")
    if not isinstance(options, list) or {"type": "null"} not in options:
        return schema
    rest = [option for option in options if option != {"type": "null"}]
    others = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest[0], **others} if len(rest) == 1 else {**others, "anyOf": rest}


def _default(schema: _JsonSchema) -> Any:
    """The default as an author would write it; a section's default says nothing that its keys do not."""
    default = schema["default"]
    if schema.get("pattern") == DURATION_PATTERN and isinstance(default, int):
        return written_duration(default)
    if isinstance(default, Mapping) and ("$ref" in schema or "allOf" in schema):
        return None
    return default


def _described(description: str) -> _JsonSchema:
    """The words for hover texts: Chinese and English each on a line of their own where Markdown is shown."""
    return {"description": description, "markdownDescription": re.sub(r"\s*/\s*", "\n\n", description, count=1)}
