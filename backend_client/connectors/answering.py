"""A department's answer made one of the contract: offline, so that examples are tests of the same code."""

from __future__ import annotations

import json
from collections.abc import Mapping as ReadOnly
from typing import Any

from backend_client.connectors.expressions import ExpressionError
from backend_client.connectors.mapping import CsvFiles, CsvRequest, Mapping, OperationMapping, SoapSource
from backend_client.connectors.shapes import ShapeError, from_csv, from_json, from_xml
from backend_client.errors import AnswerError
from backend_client.operations import OPERATIONS

Json = dict[str, Any]


def read_answer(mapping: Mapping, operation: str, body: bytes, arguments: ReadOnly[str, Any]) -> Json | None:
    """Return the fields that the mapping gives for what the department said, None if it has no such thing.

    Raises:
        AnswerError: `bad_answer`: it is not of its shape, or does not fit the mapping.
    """
    entry = mapping.operations[operation]
    try:
        data = {"arguments": dict(arguments), "data": _shaped(mapping, entry, body, arguments)}
        if not entry.found.value(data, mapping.codes):
            return None
        return {field: expression.value(data, mapping.codes) for field, expression in entry.answer.items()}
    except (ShapeError, ExpressionError) as error:
        raise AnswerError("bad_answer", f"{mapping.department}: {error}", 200) from error


def checked(operation: str, answer: Json, arguments: ReadOnly[str, Any]) -> Json:
    """Return the whole answer with every field of the contract.

    Raises:
        AnswerError: `bad_answer`: it is not what the contract promises, or about something else.
    """
    known = OPERATIONS[operation]
    whole: Json = known.read(json.dumps(answer).encode(), known.question(arguments)).model_dump(mode="json")
    return whole


def _shaped(mapping: Mapping, entry: OperationMapping, body: bytes, arguments: ReadOnly[str, Any]) -> Any:
    source = mapping.source
    if isinstance(source, CsvFiles):
        assert isinstance(entry.request, CsvRequest)
        asked = {"arguments": dict(arguments)}
        wanted = {column: each.value(asked, mapping.codes) for column, each in entry.request.where.items()}
        rows = from_csv(body, source.encoding, source.separator)
        return [row for row in rows if all(row.get(column) == str(value) for column, value in wanted.items())]
    if isinstance(source, SoapSource):
        return from_xml(body, source.lists)
    return from_json(body)
