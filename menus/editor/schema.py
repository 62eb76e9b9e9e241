"""The JSON Schema of a menu file, for completion, hover texts and first checks while an author types.

Draft 7, which every editor's YAML support knows. It is made from the model and knows nothing that the model does not;
what needs the whole file, such as whether a node exists, is for `ivr menus check`.
"""

from __future__ import annotations

import json
from pathlib import Path

from menus.editor.json_schema import JsonSchema, described, editable
from menus.editor.kind_words import kind_words
from menus.model import NODE_KINDS, Tree
from menus.wording import SENTENCES, standard_wording

#: The schema as it is shipped; `scripts/docs` writes it.
FILE = Path(__file__).parent / "menu.schema.json"
#: The schema of a file of rehearsals, made by `ivr.rehearsal.schema`.
CASES_FILE = FILE.with_name("cases.schema.json")
#: The first line of a menu file, with the path of the schema, for editors with yaml-language-server.
MODELINE = "# yaml-language-server: $schema="


def menu_schema() -> JsonSchema:
    """Return the schema as JSON data."""
    made = Tree.model_json_schema(ref_template="#/definitions/{model}")
    definitions: JsonSchema = {name: editable(part) for name, part in made.pop("$defs").items()}
    for kind, model in NODE_KINDS.items():
        definitions[model.__name__]["properties"]["kind"] = {"const": kind, **described(str(kind_words(kind)))}
    definitions["Node"] = _any_node()
    schema = editable(made)
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


def _any_node() -> JsonSchema:
    """Which keys a node has depends on its kind: one condition for each, which editors follow while typing."""
    kinds = {kind: str(kind_words(kind)) for kind in NODE_KINDS}
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {
                "enum": list(kinds),
                "enumDescriptions": list(kinds.values()),
                **described("这一步做什么 / what it does"),
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


def _wording(schema: JsonSchema) -> JsonSchema:
    """Every standard sentence by its name, with what it says now."""
    usual = standard_wording()
    text = schema.pop("additionalProperties")
    properties = {
        name: {
            **text,
            **described(" / ".join(filter(None, (usual[language].get(name) for language in ("zh", "en"))))),
        }
        for name in SENTENCES
    }
    return {**schema, "properties": properties, "additionalProperties": False}
