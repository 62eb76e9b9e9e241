"""Reports on paper, as PDF: headings, tables and bars, in a font with Chinese letters.

A font of the machine is put into the file where there is one that can be; else the file names a Chinese font that every
reader replaces by its own.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from ivr.console.drawing.bars import Bar

_MARGIN = 16 * mm
_WIDTH = A4[0] - 2 * _MARGIN
#: Fonts with Chinese letters whose outlines are of the kind that can be put into a file.
_FONT_FILES = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
)
_INK, _SOFT, _LINE, _SHADE = HexColor("#24211c"), HexColor("#655e53"), HexColor("#dcd5c7"), HexColor("#efebe1")
_COLOURS: Mapping[str, Color] = {
    "machine": HexColor("#2f7a52"),
    "person": HexColor("#2d6f93"),
    "abandoned": HexColor("#c98a1b"),
    "failed": HexColor("#b3423a"),
}


class Paper:
    """A report that is written from top to bottom.

    Args:
        title: also the title in the properties of the file.
        below: a line under the title.
    """

    def __init__(self, title: str, below: str) -> None:
        self._title = title
        self._font = _font()
        self._parts: list[Any] = [
            Paragraph(escape(title), self._style(17, leading=24)),
            Paragraph(escape(below), self._style(9.5, colour=_SOFT)),
        ]

    def tiles(self, tiles: Sequence[tuple[str, str, str]]) -> None:
        """Figures in boxes: what, how much, and a smaller line."""
        cells = [
            [
                Paragraph(escape(what), self._style(8.5, colour=_SOFT)),
                Paragraph(escape(much), self._style(14, leading=18)),
                Paragraph(escape(more) or "&nbsp;", self._style(8, colour=_SOFT)),
            ]
            for what, much, more in tiles
        ]
        table = Table([cells], colWidths=[_WIDTH / len(cells)] * len(cells))
        table.setStyle(TableStyle([("BOX", (0, 0), (-1, -1), 0.5, _LINE), ("INNERGRID", (0, 0), (-1, -1), 0.5, _LINE)]))
        self._parts += [Spacer(1, 8), table]

    def table(self, heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table; the first column is text, the others are figures."""
        widths = [_WIDTH * 0.34] + [_WIDTH * 0.66 / max(1, len(columns) - 1)] * (len(columns) - 1)
        plain, right = self._style(9), self._style(9, align=2)
        body = [[Paragraph(escape(cell), right if at else plain) for at, cell in enumerate(row)] for row in rows]
        head = [
            Paragraph(escape(name), self._style(8.5, colour=_SOFT, align=2 if at else 0))
            for at, name in enumerate(columns)
        ]
        table = Table(
            [head, *(body or [[Paragraph("—", plain)] + [""] * (len(columns) - 1)])], colWidths=widths, repeatRows=1
        )
        lines = ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE)
        narrow = [(side, (0, 0), (-1, -1), 2) for side in ("TOPPADDING", "BOTTOMPADDING")]
        table.setStyle(TableStyle([lines, ("BACKGROUND", (0, 0), (-1, 0), _SHADE), *narrow]))
        self._section(heading, table)

    def chart(self, heading: str, legend: Mapping[str, str], columns: Sequence[Bar]) -> None:
        """Stacked bars, with the colours named above them."""
        height, top, left = 46 * mm, 40 * mm, 12 * mm
        drawing = Drawing(_WIDTH, height)
        most = max((bar.total for bar in columns), default=0) or 1
        x = left
        for kind, name in legend.items():
            drawing.add(Rect(x, height - 8, 6, 6, fillColor=_COLOURS[kind], strokeColor=None))
            drawing.add(String(x + 9, height - 8, name, fontName=self._font, fontSize=8, fillColor=_SOFT))
            x += 9 + pdfmetrics.stringWidth(name, self._font, 8) + 14
        for share in (0, 0.5, 1):
            y = 10 + (top - 14) * share
            drawing.add(Line(left, y, _WIDTH, y, strokeColor=_LINE, strokeWidth=0.5))
            drawing.add(
                String(
                    left - 4,
                    y - 3,
                    f"{most * share:,.0f}",
                    fontName=self._font,
                    fontSize=7,
                    fillColor=_SOFT,
                    textAnchor="end",
                )
            )
        step = (_WIDTH - left) / max(1, len(columns))
        for index, bar in enumerate(columns):
            y = 10.0
            for kind, value in bar.parts:
                part = (top - 14) * value / most
                drawing.add(
                    Rect(
                        left + index * step + step * 0.12,
                        y,
                        step * 0.76,
                        part,
                        fillColor=_COLOURS[kind],
                        strokeColor=None,
                    )
                )
                y += part
            if bar.label:
                middle = left + index * step + step / 2
                drawing.add(
                    String(middle, 1, bar.label, fontName=self._font, fontSize=7, fillColor=_SOFT, textAnchor="middle")
                )
        self._section(heading, drawing)

    def end(self, words: str) -> bytes:
        """The file, with a last line."""
        self._parts += [Spacer(1, 10), Paragraph(escape(words), self._style(8.5, colour=_SOFT))]
        memory = io.BytesIO()
        document = SimpleDocTemplate(
            memory,
            pagesize=A4,
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=_MARGIN,
            bottomMargin=_MARGIN,
            title=self._title,
            author="乡音 Xiangyin",
        )
        document.build(self._parts, onFirstPage=self._number, onLaterPages=self._number)
        return memory.getvalue()

    def _section(self, heading: str, content: Any) -> None:
        self._parts.append(
            KeepTogether([Spacer(1, 9), Paragraph(escape(heading), self._style(11.5)), Spacer(1, 3), content])
        )

    def _number(self, canvas: Any, document: Any) -> None:
        canvas.setFont(self._font, 8)
        canvas.setFillColor(_SOFT)
        canvas.drawCentredString(A4[0] / 2, 9 * mm, str(document.page))

    def _style(self, size: float, *, leading: float = 0, colour: Color = _INK, align: int = 0) -> ParagraphStyle:
        return ParagraphStyle(
            "plain",
            fontName=self._font,
            fontSize=size,
            leading=leading or size * 1.4,
            textColor=colour,
            alignment=align,
            wordWrap="CJK",
        )


@lru_cache(maxsize=1)
def _font() -> str:
    """The name of a font that is known to the library."""
    for file in _FONT_FILES:
        if Path(file).is_file():
            try:
                pdfmetrics.registerFont(TTFont("Xiangyin", file, subfontIndex=0))
            except TTFError:
                continue
            return "Xiangyin"
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"
