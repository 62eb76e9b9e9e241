"""Files of strangers: read without harm, and told apart by what is in them."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]

_DEEPEST = 60
_MOST_ELEMENTS = 50_000


class CannotImport(Exception):  # noqa: N818 - says what it is
    """The file is not one that can be brought over. The message says why, in both languages."""


@dataclass(frozen=True)
class Document:
    """A file that was read.

    Attributes:
        format: `freeswitch`, `voicexml` or `rapidpro`.
        root: the XML element, or JSON data.
    """

    format: str
    root: Any


def read_document(content: bytes) -> Document:
    """Return what a file holds.

    Raises:
        CannotImport: it is broken, dangerous, or of no format that is known.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        data = _json(content)
        if isinstance(data, dict) and isinstance(data.get("flows"), list):
            return Document("rapidpro", data)
        raise CannotImport("JSON 里没有 flows，不是 RapidPro 的导出 / the JSON has no flows: no export of RapidPro")
    root = _xml(content)
    if local_name(root) == "vxml":
        return Document("voicexml", root)
    if any(local_name(element) == "menu" and element.get("name") for element in root.iter()):
        return Document("freeswitch", root)
    raise CannotImport(
        "认不出来：只认 FreeSWITCH 的 <menu>、VoiceXML 和 RapidPro 的 JSON"
        " / not known: FreeSWITCH <menu>, VoiceXML and RapidPro JSON are"
    )


def local_name(element: Element) -> str:
    """The name of an element without its namespace; empty for comments and instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _json(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CannotImport(f"不是 JSON / it is not JSON: {str(error)[:200]}") from error


def _xml(content: bytes) -> Element:
    """Entities and external references are refused, and so is nesting that no menu has."""
    depth, elements, root = 0, 0, None
    try:
        for event, element in iterparse(io.BytesIO(content), ("start", "end"), forbid_entities=True):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            elements += event == "start"
            if depth > _DEEPEST or elements > _MOST_ELEMENTS:
                raise CannotImport("嵌套太深或内容太多 / nested too deeply, or too large")
    except ParseError as error:
        raise CannotImport(f"不是 XML / it is not XML: {error}") from error
    except DefusedXmlException as error:
        raise CannotImport(
            "XML 里有实体或外部引用，不读 / the XML has entities or external references and is not read"
        ) from error
    except (LookupError, ValueError) as error:
        raise CannotImport(f"XML 的编码不对 / the encoding of the XML is wrong: {error}") from error
    if not isinstance(root, Element):
        raise CannotImport("文件是空的 / the file is empty")
    return root
