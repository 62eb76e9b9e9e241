"""The JSON Schema of a file of rehearsals, for completion, hover texts and first checks while an author types."""

from __future__ import annotations

import json

from ivr.rehearsal.cases import ACTIONS, CaseFile, Step
from menus.editor.json_schema import JsonSchema, editable


def cases_schema() -> JsonSchema:
    """Return the schema as JSON data (draft 7)."""
    made = CaseFile.model_json_schema(ref_template="#/definitions/{model}")
    definitions = {name: editable(part) for name, part in made.pop("$defs").items()}
    # What a model checks by itself is not in its schema.
    definitions[Step.__name__]["oneOf"] = [{"required": [action]} for action in ACTIONS]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "乡音排练 / Xiangyin rehearsals",
        **{key: value for key, value in editable(made).items() if key != "title"},
        "definitions": dict(sorted(definitions.items())),
    }


def cases_schema_text() -> str:
    """Return the schema as it stands in `menus.editor.schema.CASES_FILE`."""
    return json.dumps(cases_schema(), ensure_ascii=False, indent=1) + "\n"
