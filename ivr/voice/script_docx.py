"""The announcer's script as a Word document (Office Open XML): to read from, and to write remarks into."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from ivr.voice.script import Line, instructions

_HEADS = ("#", "文字 text", "秒 s", "文件 file")
#: Together what is left between the margins of a sheet of A4 on its side.
_WIDTHS_MM = (12, 150, 14, 81)
_GREY = RGBColor(0x99, 0x99, 0x99)
_FONT = "Microsoft YaHei"


def as_docx(lines: Sequence[Line], language: str, title: str) -> bytes:
    """The script as a document: large type, what is recorded already in grey."""
    document = Document()
    document.core_properties.title = title
    document.core_properties.language = language
    _set_font(document.styles["Normal"])
    _lay_out(document.sections[0])
    document.add_heading(title, 1)
    for paragraph in instructions(lines):
        document.add_paragraph(paragraph)
    table: Any = document.add_table(1, len(_HEADS), document.styles["Table Grid"])
    table.autofit = False
    _fill(table.rows[0], [(head, None, None) for head in _HEADS])
    _on_every_page(table.rows[0])
    for number, line in enumerate(lines, start=1):
        colour = _GREY if line.recorded else None
        where = f"\n{line.where}" if line.where else ""
        cells = [(str(number), None, colour), (line.text, Pt(16), colour), (f"{line.seconds:g}", None, colour)]
        _fill(table.add_row(), [*cells, (line.file + where, Pt(9), colour)])
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _set_font(style: Any) -> None:
    """Word chooses the font of Chinese characters by an attribute of its own."""
    style.font.name = _FONT
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FONT)


def _lay_out(section: Any) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(20))


def _fill(row: Any, cells: Sequence[tuple[str, Any, Any]]) -> None:
    """Texts with their size and colour. A row stays on one page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, width, (text, size, colour) in zip(row.cells, _WIDTHS_MM, cells, strict=True):
        cell.width = Mm(width)
        run = cell.paragraphs[0].add_run(text)
        run.font.size = size
        if colour is not None:
            run.font.color.rgb = colour


def _on_every_page(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
