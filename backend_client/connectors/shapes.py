"""The three shapes in which departments answer, as plain data for expressions: JSON, XML and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection
from typing import Any
from xml.etree.ElementTree import Element

import defusedxml.ElementTree as SafeTree  # type: ignore[import-untyped]
from defusedxml import DefusedXmlException


class ShapeError(ValueError):
    """What came is not of its shape. The message quotes nothing of it."""


def from_json(body: bytes) -> Any:
    """Raises:
    ShapeError: it is not JSON.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ShapeError("not JSON") from None


def from_xml(body: bytes, lists: Collection[str]) -> Any:
    """Return XML as data: an element is its text, or an object of its children and `@attributes`.

    Namespaces are left out. Children of one name are a list, and so is a single one whose name is in `lists`. Of a SOAP
    envelope only what is in its body counts; a fault is an error.

    Raises:
        ShapeError: it is not XML, or would do harm, or a SOAP fault.
    """
    try:
        root: Element = SafeTree.fromstring(body, forbid_dtd=True)
    except (SafeTree.ParseError, DefusedXmlException, ValueError):
        raise ShapeError("not XML, or XML with a DTD") from None
    try:
        data = _element(root, frozenset(lists))
    except RecursionError:
        raise ShapeError("XML that is nested too deep") from None
    if _name(root.tag) == "Envelope":
        data = data.get("Body") if isinstance(data, dict) else None
    if isinstance(data, dict) and "Fault" in data:
        raise ShapeError("a SOAP fault")
    return data


def from_csv(body: bytes, encoding: str, separator: str) -> list[dict[str, str]]:
    """Return the rows, each as column to text. The first line names the columns.

    Raises:
        ShapeError: not text in this encoding, no CSV, or rows of another length than the first line.
    """
    try:
        text = body.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError:
        raise ShapeError(f"not text in {encoding}") from None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        raise ShapeError("not CSV") from None
    if not rows:
        return []
    columns = [column.strip() for column in rows[0]]
    for number, row in enumerate(rows[1:], 2):
        if row and len(row) != len(columns):
            raise ShapeError(f"line {number} has {len(row)} columns, not {len(columns)}")
    return [dict(zip(columns, row, strict=True)) for row in rows[1:] if row]


def _element(element: Element, lists: Collection[str]) -> Any:
    data: dict[str, Any] = {f"@{_name(name)}": value for name, value in element.attrib.items()}
    for child in element:
        name, value = _name(child.tag), _element(child, lists)
        if name in lists:
            data.setdefault(name, []).append(value)
        elif name in data:
            before = data[name]
            data[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            data[name] = value
    text = (element.text or "").strip()
    if not data:
        return text or None
    if text:
        data["#text"] = text
    return data


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]
